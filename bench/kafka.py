#!/usr/bin/env python3
"""The gateway on a real Kafka, with a bare librdkafka producer and consumer as floor of the same run.

kafka.py [--seconds N] [--records N] [--instances N] [--json]

Produce: one record a request (32 connections) and 500 (8 connections), each answer a delivery report. Consume: one REST
consumer instance that polls until it has all records, beside kcat. Memory: what idle consumer instances add.
"""

import argparse
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

import kafka as kafka_service  # noqa: E402
from process import find_program, free_port  # noqa: E402

PARTITIONS = 3
RECORD = {"index": 1, "text": "x" * 270}
JSON = "application/vnd.kafka.json.v2+json"
PIPELINE = """
log: {{type: kafka, bootstrap.servers: "{bootstrap}"}}
gateway: {{listen: "127.0.0.1:{port}"}}
"""
WRK = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "{type}"
wrk.body = {body}
"""


class Gateway:
    """`pinlake run` with a gateway on the broker; its CPU and memory are read from outside."""

    def __init__(self, directory, bootstrap):
        self.port = free_port()
        (directory / "pipeline.yaml").write_text(PIPELINE.format(bootstrap=bootstrap, port=self.port))
        self.process = subprocess.Popen([TOP / "build" / "bin" / "pinlake", "run", "pipeline.yaml"], cwd=directory,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert "gateway=" in self.process.stdout.readline()

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_mib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def call(self, connection, method, path, body=None, accept=None):
        headers = {"Content-Type": "application/vnd.kafka.v2+json"}
        if accept:
            headers["Accept"] = accept
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        assert answer.status < 300, (answer.status, text[:300])
        return json.loads(text) if text else None

    def stop(self):
        self.process.terminate()
        self.process.wait(60)


def end_offsets(broker, topic):
    listed = subprocess.run([find_program("kcat", ""), "-b", broker.bootstrap, "-Q", *(f"-t{topic}:{p}:-1" for p in range(PARTITIONS))],
                            capture_output=True, text=True, check=True)
    return sum(int(line.rsplit(" ", 1)[1]) for line in listed.stdout.splitlines())


def produce(broker, gateway, directory, topic, per_request, connections, seconds):
    kafka_service.create_topic(broker.bootstrap, topic, PARTITIONS, 1)
    script = directory / "post.lua"
    body = json.dumps({"records": [{"value": RECORD}] * per_request})
    script.write_text(WRK.format(type=JSON, body=json.dumps(body)))
    cpu = gateway.cpu_seconds()
    start = time.monotonic()
    ran = subprocess.run([find_program("wrk", ""), "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", script,
                          f"http://127.0.0.1:{gateway.port}/topics/{topic}"], capture_output=True, text=True, check=True)
    wall = time.monotonic() - start
    time.sleep(1)  # what was under way when the load ended is delivered
    cpu = gateway.cpu_seconds() - cpu
    assert "Non-2xx" not in ran.stdout, ran.stdout
    stored = end_offsets(broker, topic)
    requests = int(ran.stdout.split(" requests in ")[0].split()[-1])
    # Every answered request is in the log, and no more than were under way besides.
    assert requests * per_request <= stored <= (requests + connections) * per_request, (requests, stored)
    p99 = [line.split()[1] for line in ran.stdout.splitlines() if line.strip().startswith("99%")][0]
    return {"requests_per_s": round(requests / wall), "records_per_s": round(stored / wall),
            "cpu_us_per_record": round(cpu / stored * 1e6, 2), "p99": p99}


def consume(gateway, topic, records):
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port)
    gateway.call(connection, "POST", "/consumers/bench",
                 {"name": "one", "format": "json", "auto.offset.reset": "earliest", "auto.commit.enable": "false"})
    gateway.call(connection, "POST", "/consumers/bench/instances/one/subscription", {"topics": [topic]})
    path = "/consumers/bench/instances/one/records?timeout=1000&max_bytes=4000000"
    read = 0
    while read == 0:
        read = len(gateway.call(connection, "GET", path, accept=JSON))
    first, cpu, start = read, gateway.cpu_seconds(), time.monotonic()
    while read < records:
        read += len(gateway.call(connection, "GET", path, accept=JSON))
    wall = time.monotonic() - start
    cpu = gateway.cpu_seconds() - cpu
    gateway.call(connection, "DELETE", "/consumers/bench/instances/one")
    assert read == records, (read, records)
    return {"records_per_s": round((records - first) / wall), "cpu_us_per_record": round(cpu / (records - first) * 1e6, 2)}


def kcat_rate(broker, topic, records):
    start = time.monotonic()
    ran = subprocess.run([find_program("kcat", ""), "-b", broker.bootstrap, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-c",
                          str(records)], stdout=subprocess.PIPE, check=True)
    wall = time.monotonic() - start
    assert ran.stdout.count(b"\n") == records
    return round(records / wall)


def idle_instances(gateway, topic, count):
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port)
    before = gateway.rss_mib()
    for number in range(count):
        group = f"/consumers/idle-{number}"
        gateway.call(connection, "POST", group, {"name": "one", "format": "json"})
        gateway.call(connection, "POST", f"{group}/instances/one/subscription", {"topics": [topic]})
        gateway.call(connection, "GET", f"{group}/instances/one/records?timeout=1", accept=JSON)
    time.sleep(2)
    grown = gateway.rss_mib() - before
    cpu = gateway.cpu_seconds()
    time.sleep(5)
    idle_cpu = (gateway.cpu_seconds() - cpu) / 5
    for number in range(count):
        gateway.call(connection, "DELETE", f"/consumers/idle-{number}/instances/one")
    return {"mib_per_instance": round(grown / count, 2), "idle_cpu_cores": round(idle_cpu, 3), "instances": count}


def measure(arguments):
    with kafka_service.Kafka() as broker, tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        figures = {}
        kafka_service.create_topic(broker.bootstrap, "floor", PARTITIONS, 1)
        floor = subprocess.run([TOP / "build" / "bench" / "bin" / "kafka_bench", "--topic", "floor", "--records",
                                str(arguments.records), "--benchmark_format=json"], capture_output=True, text=True, check=True,
                               env={**os.environ, **broker.environment()})
        figures["floor"] = json.loads(floor.stdout)
        gateway = Gateway(directory, broker.bootstrap)
        try:
            figures["produce_1"] = produce(broker, gateway, directory, "one", 1, 32, arguments.seconds)
            figures["produce_500"] = produce(broker, gateway, directory, "many", 500, 8, arguments.seconds)
            stored = end_offsets(broker, "many")
            figures["consume"] = consume(gateway, "many", stored)
            figures["consume"]["kcat_per_s"] = kcat_rate(broker, "many", stored)
            figures["idle"] = idle_instances(gateway, "one", arguments.instances)
            figures["rss_mib"] = round(gateway.rss_mib(), 1)
        finally:
            gateway.stop()
        return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--instances", type=int, default=50)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = measure(arguments)
    if arguments.json:
        print(json.dumps(figures))
        return
    for name, row in figures.items():
        print(name, " ".join(f"{key}={value}" for key, value in row.items()) if isinstance(row, dict) else row)


if __name__ == "__main__":
    main()
