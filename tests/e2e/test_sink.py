"""`pinlake sink FILE` over the embedded log, into a directory and into versitygw."""

import http.client
import json
import pathlib
import re
import signal

import pytest

from process import free_port

TOP = pathlib.Path(__file__).resolve().parents[2]
SEEDS_FILE = TOP / "examples" / "pinterest" / "s3-sink.properties"
TOPIC = "129a67850695.pin"


@pytest.fixture
def log_dir(pinlake_process, tmp_path):
    """An embedded log with seven pins in three partitions, and one topic that the file does not want."""
    port = free_port()
    gateway = pinlake_process("gateway", "--listen", f"127.0.0.1:{port}", "--topic", f"{TOPIC}:3", "--topic", "other",
                              "--log-dir", tmp_path / "log")
    assert gateway.stdout.readline().startswith("ready")
    for partition, count in ((0, 4), (2, 3)):
        records = [{"value": {"index": n, "title": "é"}, "partition": partition} for n in range(count)]
        post(port, TOPIC, records)
    post(port, "other", [{"value": {"index": 1}}])
    gateway.send_signal(signal.SIGTERM)
    assert gateway.wait(timeout=30) == 0
    return tmp_path / "log"


def post(port, topic, records):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", f"/topics/{topic}", json.dumps({"records": records}),
                       {"Content-Type": "application/vnd.kafka.json.v2+json"})
    answer = connection.getresponse()
    body = json.loads(answer.read())
    assert answer.status == 200 and all(r["error_code"] is None for r in body["offsets"]), body
    connection.close()


def connector(tmp_path, *lines, name="s3-sink.properties"):
    """The original project's file with more lines behind it: a later one wins."""
    file = tmp_path / name
    file.write_text(SEEDS_FILE.read_text() + "".join(f"\n{line}" for line in lines) + "\n")
    return file


EXPECTED_KEYS = [f"topics/{TOPIC}/partition={p}/{TOPIC}+{p}+{n:010}.json" for p, c in ((0, 4), (2, 3)) for n in range(c)]


def test_the_original_projects_file_into_a_directory(pinlake, tmp_path, log_dir):
    file = connector(tmp_path, f"store.url=file://{tmp_path}/objects")
    ran = pinlake("sink", file, "--log-dir", log_dir, "--exit-at-end")
    assert ran.returncode == 0, ran.stderr
    assert "group connect-S3-sink" in ran.stdout
    bucket = tmp_path / "objects" / "user-129a67850695-bucket"
    keys = sorted(str(p.relative_to(bucket)) for p in bucket.rglob("*.json"))
    assert keys == EXPECTED_KEYS
    assert (bucket / EXPECTED_KEYS[1]).read_bytes() == '{"index":1,"title":"é"}\n'.encode()
    verified = pinlake("verify", file, "--log-dir", log_dir)
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_the_original_projects_file_into_versitygw(pinlake, tmp_path, log_dir, own_versitygw, monkeypatch):
    for name, value in own_versitygw.aws_environment().items():
        monkeypatch.setenv(name, value)
    own_versitygw.create_bucket("user-129a67850695-bucket")
    file = connector(tmp_path, f"store.url={own_versitygw.endpoint}")
    ran = pinlake("sink", file, "--log-dir", log_dir, "--exit-at-end")
    assert ran.returncode == 0, ran.stderr
    bucket = own_versitygw.dir / "data" / "user-129a67850695-bucket"
    assert sorted(str(p.relative_to(bucket)) for p in bucket.rglob("*.json")) == EXPECTED_KEYS
    verified = pinlake("verify", file, "--log-dir", log_dir)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    # The file is read again from its committed offsets: nothing is left to do.
    again = pinlake("sink", file, "--log-dir", log_dir, "--exit-at-end")
    assert again.returncode == 0 and "Object stored" not in again.stderr, again.stderr


def test_a_bad_record_ends_the_sink_with_2_and_is_named(pinlake, pinlake_process, tmp_path, log_dir):
    port = free_port()
    gateway = pinlake_process("gateway", "--listen", f"127.0.0.1:{port}", "--log-dir", log_dir)
    assert gateway.stdout.readline().startswith("ready")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", f"/topics/{TOPIC}", json.dumps({"records": [{"value": "bm90IEpTT04=", "partition": 1}]}),
                       {"Content-Type": "application/vnd.kafka.binary.v2+json"})
    assert connection.getresponse().status == 200
    gateway.send_signal(signal.SIGTERM)
    assert gateway.wait(timeout=30) == 0
    file = connector(tmp_path, f"store.url=file://{tmp_path}/objects")
    ran = pinlake("sink", file, "--log-dir", log_dir, "--exit-at-end")
    assert ran.returncode == 2
    assert f"record at offset 0 of {TOPIC}-1" in ran.stderr.splitlines()[-1], ran.stderr
    # The bad record goes from task to task, as in the original, and ends them all; how much of the other
    # partitions they stored before is theirs. Whatever it was, the next run goes on there.
    tolerant = connector(tmp_path, f"store.url=file://{tmp_path}/objects", "errors.tolerance=all")
    assert pinlake("sink", tolerant, "--log-dir", log_dir, "--exit-at-end").returncode == 0
    assert len(list((tmp_path / "objects").rglob("*.json"))) == 7
    verified = pinlake("verify", tolerant, "--log-dir", log_dir)
    assert verified.returncode == 0, verified.stdout + verified.stderr


@pytest.mark.parametrize("lines, arguments, code, named", [
    ((), (), 64, "exactly one of --log-dir"),
    ((), ("--log-dir", "log", "--bootstrap-server", "a:9092"), 64, "exactly one of"),
    ((), ("--bootstrap-server", "127.0.0.1:1"), 4, "reach Kafka at 127.0.0.1:1 (bootstrap.servers)"),
    ((), ("--worker", "nowhere.properties"), 64, "nowhere.properties"),
    (("flush.size=none",), ("--log-dir", "log"), 64, "flush.size"),
    (("rotate.schedule.interval.ms=1000", "timezone=Mars/Olympus"), ("--log-dir", "log"), 64, "Mars/Olympus"),
    (("format.class=io.confluent.connect.s3.format.avro.AvroFormat",), ("--log-dir", "log"), 64, "AvroFormat"),
    (("transforms=a",), ("--log-dir", "log"), 64, "transforms"),
    (("store.url=file:///proc/nowhere",), ("--log-dir", "log"), None, "/proc/nowhere"),
])
def test_what_is_wrong_is_named(pinlake, tmp_path, lines, arguments, code, named):
    ran = pinlake("sink", connector(tmp_path, *lines), *arguments)
    assert ran.returncode == code if code is not None else ran.returncode not in (0, 64), ran.stderr
    assert named in ran.stderr
    assert not re.search(r"terminate|Assertion|CHECK", ran.stderr)


@pytest.mark.parametrize("break_it, named", [
    (lambda env: env.update(AWS_SECRET_ACCESS_KEY="wrong"), "SignatureDoesNotMatch"),
    (lambda env: env.update(AWS_ACCESS_KEY_ID="nobody"), "nobody"),
    (lambda env: None, "user-129a67850695-nothing"),
])
def test_a_store_that_refuses_ends_the_sink_with_2(pinlake, tmp_path, log_dir, versitygw, monkeypatch, break_it, named):
    environment = versitygw.aws_environment()
    break_it(environment)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    file = connector(tmp_path, f"store.url={versitygw.endpoint}", "s3.bucket.name=user-129a67850695-nothing")
    ran = pinlake("sink", file, "--log-dir", log_dir, "--exit-at-end", timeout=60)
    assert ran.returncode == 2, ran.stderr
    assert "user-129a67850695-nothing" in ran.stderr, named


def test_a_pipelines_store_counts_and_its_bucket_must_be_the_connectors(pinlake, tmp_path, log_dir):
    pipeline = tmp_path / "pipeline.yaml"
    pipeline.write_text(f"log:\n  type: embedded\n  dir: {log_dir}\nstore:\n  url: file:lake\n")
    file = connector(tmp_path)
    ran = pinlake("sink", file, "--pipeline", pipeline, "--exit-at-end")
    assert ran.returncode == 0, ran.stderr
    assert sorted(str(p.relative_to(tmp_path / "lake")) for p in (tmp_path / "lake").rglob("*.json")) == EXPECTED_KEYS
    verified = pinlake("verify", file, "--pipeline", pipeline)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    ran = pinlake("sink", file, "--pipeline", pipeline, "--set", "store.url=s3://another/prefix", "--exit-at-end")
    assert ran.returncode == 64
    assert "s3.bucket.name: 'user-129a67850695-bucket'" in ran.stderr


def test_explain_says_what_the_original_projects_file_will_do(pinlake, tmp_path):
    ran = pinlake("explain", connector(tmp_path), "--rate", "3", "--partitions", "9")
    assert ran.returncode == 0, ran.stderr
    assert "group: connect-S3-sink" in ran.stdout
    assert "259200 PUT requests a day, 1.30 $" in ran.stdout
    assert "partition=0/" in ran.stdout and "+0+0000000001.json" in ran.stdout
    refused = pinlake("explain", connector(tmp_path, "transforms=a", "s3.acl.canned=everybody"))
    assert refused.returncode == 64
    assert "transforms: " in refused.stderr and "s3.acl.canned: 'everybody'" in refused.stderr
