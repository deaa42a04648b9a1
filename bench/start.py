#!/usr/bin/env python3
"""start [--json] [--rounds N]: process start to first request served, and memory when idle.

Budget: 150 ms, 40 MiB (a JVM stack takes 8-10 s of CPU to start). The floor beside it is the same program when
it only prints its version: what the loader and the static data take on this machine.
"""

import argparse
import json
import os
import pathlib
import re
import signal
import socket
import statistics
import subprocess
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[1]
PINLAKE = TOP / "build" / "bin" / "pinlake"
EXAMPLE = TOP / "examples" / "pinterest" / "pipeline.yaml"
IDLE_S = 2


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def first_answer(port, deadline_s=10):
    """Asks again and again until /healthz is answered."""
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    end = time.monotonic() + deadline_s
    while time.monotonic() < end:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                connection.sendall(request)
                if connection.recv(64).startswith(b"HTTP/1.1 200"):
                    return time.monotonic()
        except OSError:
            time.sleep(0.0005)
    raise SystemExit("the gateway did not answer")


def status_kib(pid, field):
    return int(re.search(rf"{field}:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text())[1])


def cpu_ms(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def start_once(directory):
    port = free_port()
    sets = [f"gateway.listen=127.0.0.1:{port}", f"data.dir={directory}"]
    began = time.monotonic()
    process = subprocess.Popen([PINLAKE, "run", EXAMPLE, *[part for key in sets for part in ("--set", key)]],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        served_ms = (first_answer(port) - began) * 1000
        process.stdout.readline()
        time.sleep(IDLE_S)
        return {"served_ms": served_ms, "idle_rss_mib": status_kib(process.pid, "VmRSS") / 1024,
                "idle_private_mib": status_kib(process.pid, "RssAnon") / 1024,
                "cpu_ms": cpu_ms(process.pid)}
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def floor_once():
    began = time.monotonic()
    subprocess.run([PINLAKE, "--version"], stdout=subprocess.DEVNULL, check=True)
    return (time.monotonic() - began) * 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    runs = []
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as directory:
            runs.append({"first start": start_once(directory), "later start": start_once(directory)})
    result = {"floor_ms": round(statistics.median(floor_once() for _ in range(options.rounds)), 1)}
    for kind in ("first start", "later start"):
        result[kind.replace(" ", "_")] = {
            field: round(statistics.median(run[kind][field] for run in runs), 1) for field in runs[0][kind]}
    if options.json:
        print(json.dumps(result))
        return
    print(f"floor: --version in {result['floor_ms']} ms")
    for kind in ("first_start", "later_start"):
        row = result[kind]
        print(f"{kind.replace('_', ' ')}: first request served after {row['served_ms']} ms (budget 150), "
              f"{row['cpu_ms']} ms of CPU in {IDLE_S} s, idle RSS {row['idle_rss_mib']} MiB (budget 40), "
              f"of it private {row['idle_private_mib']} MiB")


if __name__ == "__main__":
    main()
