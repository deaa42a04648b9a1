"""`pinlake run`: one line when it serves, an ordered stop, and sinks that take their properties from a connector's file."""

import http.client
import json
import pathlib
import re
import signal
import socket
import time

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = TOP / "examples" / "pinterest" / "pipeline.yaml"
TOPIC = "129a67850695.pin"
JSON_V2 = "application/vnd.kafka.json.v2+json"


@pytest.fixture
def run(pinlake_process, tmp_path):
    def start(*sets, pipeline=EXAMPLE):
        keys = ["gateway.listen=127.0.0.1:0", f"data.dir={tmp_path}/d", *sets]
        process = pinlake_process("run", pipeline, *[part for key in keys for part in ("--set", key)],
                                  stderr=(tmp_path / "stderr").open("w"))
        ready = process.stdout.readline()
        assert re.fullmatch(rf"ready gateway=http://127\.0\.0\.1:\d+ log={tmp_path}/d/log store=\S+\n", ready), ready
        return process, int(re.search(r":(\d+) ", ready)[1])
    return start


def post(port, values):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", f"/topics/{TOPIC}", json.dumps({"records": [{"value": v} for v in values]}),
                       {"Content-Type": JSON_V2})
    answer = connection.getresponse()
    body = json.loads(answer.read())
    connection.close()
    assert answer.status == 200, body
    return body["offsets"]


def begin_request(port, size):
    """A produce request whose body has not come yet."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.sendall(f"POST /topics/{TOPIC} HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON_V2}\r\n"
                       f"Content-Length: {size}\r\n\r\n".encode())
    return connection


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_answers_what_is_in_flight_first(run, pinlake, tmp_path, how):
    process, port = run()
    body = b'{"records": [{"value": {"index": 1}}]}'
    connection = begin_request(port, len(body))
    post(port, [{"index": 0}])  # by now the other request is under way
    process.send_signal(how)
    with pytest.raises(OSError):  # nobody new is let in
        for _ in range(1000):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            time.sleep(0.01)
    connection.sendall(body)
    answer = connection.recv(65536).decode()
    assert " 200 " in answer.split("\r\n")[0], answer
    assert process.wait(timeout=30) == 0
    assert process.stdout.read() == ""
    described = pinlake("topics", "--describe", "--topic", TOPIC, "--log-dir", tmp_path / "d" / "log")
    assert sum(int(end) for end in re.findall(r"EndOffset: (\d+)", described.stdout)) == 2


def test_a_second_signal_ends_it_at_once(run):
    process, port = run("gateway.body.timeout.ms=60000")
    connection = begin_request(port, 10)
    post(port, [1])
    process.send_signal(signal.SIGTERM)
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=5) == 130
    connection.close()


def test_what_is_posted_is_stored_within_five_seconds_and_again_after_a_restart(run, pinlake, tmp_path):
    total = 0
    for values in ([{"index": n} for n in range(700)], [{"index": 1}]):
        process, port = run()
        post(port, values)
        total += len(values)
        deadline = time.monotonic() + 5
        while stored(tmp_path) < total:
            assert time.monotonic() < deadline, "the schedule closes what is open every two seconds"
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    verified = pinlake("verify", "--json", "--pipeline", EXAMPLE, "--set", f"data.dir={tmp_path}/d")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def stored(tmp_path):
    return sum(len(file.read_bytes().splitlines()) for file in (tmp_path / "d" / "lake").rglob("*.json"))


def test_a_sink_takes_its_properties_from_a_connectors_file(run, tmp_path):
    (tmp_path / "s3-sink.properties").write_text((TOP / "examples/pinterest/s3-sink.properties").read_text())
    (tmp_path / "p.yaml").write_text(
        f"log: {{topics: [{TOPIC}]}}\ngateway:\nsinks:\n  - name: seed\n    file: s3-sink.properties\n    tasks.max: 1\n")
    process, port = run(pipeline=tmp_path / "p.yaml")
    post(port, [{"index": 0}, {"index": 1}])
    deadline = time.monotonic() + 20
    while stored(tmp_path) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    objects = sorted(file.name for file in (tmp_path / "d" / "lake").rglob("*.json"))
    assert objects == [f"{TOPIC}+0+{n:010}.json" for n in range(2)]
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0


def test_a_link_named_kafka_topics_sh_acts_as_topics(pinlake_path, tmp_path):
    import subprocess
    link = tmp_path / "kafka-topics.sh"
    link.symlink_to(pinlake_path)
    for flags in (["--create", "--topic", "orders", "--partitions", "3"], ["--list"]):
        ran = subprocess.run([link, *flags, "--log-dir", tmp_path / "log"], text=True, capture_output=True, check=False)
        assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "orders\n"
