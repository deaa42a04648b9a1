#!/usr/bin/env python3
"""From a POST to the object that holds its record, with flush.size=1: how long, and how many a second.

post_to_object.py [--posts N] [--rate N] [--s3] [--json]

Goal: p99 at most 50 ms on loopback. Beside it the floors of the same run: the POST's own answer
(durable in the log), and, into a directory, a synced file that is linked to its name.
"""

import argparse
import contextlib
import http.client
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOP / "tests" / "services"))

from process import free_port  # noqa: E402
import s3  # noqa: E402

TOPIC = "129a67850695.pin"
PIPELINE = """
data.dir: data
log:
  type: embedded
  topics: [{{name: {topic}, partitions: 3}}]
gateway: {{listen: "127.0.0.1:{port}"}}
store:
{store}
sinks:
  - name: bench
    topics: {topic}
    tasks.max: 3
    flush.size: 1
    format.class: io.confluent.connect.s3.format.json.JsonFormat
    partitioner.class: io.confluent.connect.storage.partitioner.DefaultPartitioner
    value.converter: org.apache.kafka.connect.json.JsonConverter
    value.converter.schemas.enable: false
"""


def percentiles(seconds):
    ordered = sorted(seconds)
    return {name: round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 2)
            for name, share in (("p50_ms", 0.5), ("p99_ms", 0.99), ("max_ms", 1.0))}


def post(connection, number):
    body = json.dumps({"records": [{"value": {"index": number, "text": "x" * 300}}]})
    connection.request("POST", f"/topics/{TOPIC}", body, {"Content-Type": "application/vnd.kafka.json.v2+json"})
    result = json.loads(connection.getresponse().read())["offsets"][0]
    return result["partition"], result["offset"]


def wait_for(path, give_up_s=30):
    deadline = time.monotonic() + give_up_s
    while not path.exists():
        if time.monotonic() > deadline:
            raise SystemExit(f"{path} did not appear in {give_up_s} s")
        time.sleep(0.0002)
    return time.monotonic()


def synced_link(directory, number):
    """What a directory store can't do without: write, sync, link, sync the directory."""
    begin = time.monotonic()
    temporary, name = directory / f"t{number}", directory / f"o{number}"
    with open(temporary, "wb") as file:
        file.write(b"x" * 320)
        file.flush()
        os.fsync(file.fileno())
    os.link(temporary, name)
    handle = os.open(directory, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
    temporary.unlink()
    return time.monotonic() - begin


def measure(options, directory, store, bucket, environment):
    port = free_port()
    file = directory / "pipeline.yaml"
    file.write_text(PIPELINE.format(topic=TOPIC, port=port, store=store))
    with open(directory / "stderr.txt", "w", encoding="utf-8") as log:
        process = subprocess.Popen([TOP / "build/bin/pinlake", "run", str(file)], cwd=directory, text=True,
                                   stdout=subprocess.PIPE, stderr=log, env={**os.environ, **environment})
        try:
            if not process.stdout.readline().startswith("ready"):
                raise SystemExit((directory / "stderr.txt").read_text())
            connection = http.client.HTTPConnection("127.0.0.1", port)
            answered, visible = [], []
            for number in range(options.posts):
                begin = time.monotonic()
                partition, offset = post(connection, number)
                answered.append(time.monotonic() - begin)
                path = bucket / f"topics/{TOPIC}/partition={partition}/{TOPIC}+{partition}+{offset:010}.json"
                visible.append(wait_for(path) - begin)
                time.sleep(max(0.0, 1 / options.rate - (time.monotonic() - begin)))
        finally:
            process.terminate()
            process.communicate()
    return {"post_to_object": percentiles(visible[5:]), "floor_post_answered": percentiles(answered[5:])}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--posts", type=int, default=500)
    parser.add_argument("--rate", type=float, default=100)
    parser.add_argument("--s3", action="store_true", help="into versitygw instead of a directory")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pinlake_bench_")))
        if options.s3:
            server = stack.enter_context(s3.VersityGateway())
            store = f"  url: s3://{server.bucket}\n  endpoint: {server.endpoint}"
            result = measure(options, directory, store, server.dir / "data" / server.bucket, server.aws_environment())
        else:
            result = measure(options, directory, "  url: file:lake", directory / "lake", {})
            result["floor_synced_link"] = percentiles([synced_link(directory, n) for n in range(200)])
    if options.json:
        print(json.dumps(result))
        return
    for name, figures in result.items():
        print(f"{name:22}", "  ".join(f"{key} {value:8.2f}" for key, value in figures.items()))


if __name__ == "__main__":
    main()
