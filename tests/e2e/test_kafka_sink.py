"""Sinks on a real Kafka broker: offsets that no reader sees (transactions, compaction, deleted records), static members."""

import json
import pathlib
import signal
import subprocess
import time

import pytest

import kafka as kafka_service
from process import find_program

SERVICES = pathlib.Path(kafka_service.__file__).parent
PATIENCE_S = 120
SINK = """
name={topic}
connector.class=io.confluent.connect.s3.S3SinkConnector
topics={topic}
s3.bucket.name=lake
store.url=file://{objects}
flush.size={flush}
tasks.max={tasks}
storage.class=io.confluent.connect.s3.storage.S3Storage
format.class=io.confluent.connect.s3.format.json.JsonFormat
partitioner.class=io.confluent.connect.storage.partitioner.DefaultPartitioner
value.converter=org.apache.kafka.connect.json.JsonConverter
value.converter.schemas.enable=false
"""


@pytest.fixture(scope="module")
def broker():
    compaction = {"log.cleaner.enable": "true", "log.cleaner.backoff.ms": 200}
    with kafka_service.Kafka(properties=compaction) as server:
        yield server


@pytest.fixture
def sink_file(tmp_path):
    """Writes sink.properties into objects/ beside it."""

    def write(topic, flush, tasks=1):
        (tmp_path / "sink.properties").write_text(
            SINK.format(topic=topic, objects=tmp_path / "objects", flush=flush, tasks=tasks))

    return write


def java_tool(broker, tool, *arguments):
    """One of Kafka's own tools, those of 2.8."""
    ran = subprocess.run(kafka_service.java("2.8", tool, "--bootstrap-server", broker.bootstrap, *arguments, heap="256m"),
                         capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def kcat(broker, *arguments, text=None):
    return subprocess.run([find_program("kcat", "run scripts/bootstrap --test"), "-b", broker.bootstrap, *arguments],
                          input=text, capture_output=True, text=True, timeout=PATIENCE_S, check=True).stdout


def seen_by_kcat(broker, topic, isolation="read_uncommitted"):
    """(offset, value) of each record that another client sees."""
    lines = kcat(broker, "-t", topic, "-C", "-e", "-q", "-o", "beginning", "-X", f"isolation.level={isolation}",
                 "-f", "%o %s\\n").splitlines()
    return [(int(offset), json.loads(value)) for offset, value in (line.split(" ", 1) for line in lines)]


def stored(objects):
    """The values of all objects of partition 0, in the order of their offsets."""
    paths = sorted(objects.rglob("*+0+*.json"), key=lambda path: int(path.stem.rsplit("+", 1)[1]))
    return [json.loads(line) for path in paths for line in path.read_text().splitlines()]


def create(pinlake, broker, topic, *arguments):
    made = pinlake("topics", "--bootstrap-server", broker.bootstrap, "--create", "--topic", topic, *arguments)
    assert made.returncode == 0, made.stderr


@pytest.mark.parametrize("isolation", ["read_uncommitted", "read_committed"])
def test_a_sink_passes_transactions_and_comes_to_the_end(broker, pinlake, sink_file, tmp_path, isolation):
    topic = f"tx.{isolation}"
    create(pinlake, broker, topic)
    # Marks lie between, aborted records in the middle and at the end.
    command = kafka_service.java("3.9", str(SERVICES / "TransactionWriter.java"), broker.bootstrap, topic, "+12", "-7", "+8", "-5")
    wrote = subprocess.run(command, capture_output=True, text=True, check=False)
    assert wrote.returncode == 0, wrote.stderr[-3000:]
    deadline = time.monotonic() + PATIENCE_S
    while True:  # the last mark comes a moment after its transaction's answer
        expected = [value for _, value in seen_by_kcat(broker, topic, isolation)]
        if len(expected) == (20 if isolation == "read_committed" else 32):
            break
        assert time.monotonic() < deadline, expected
    (tmp_path / "client.properties").write_text(f"isolation.level={isolation}\n")
    server = ("--bootstrap-server", broker.bootstrap, "--command-config", "client.properties")
    sink_file(topic, 4)
    ran = pinlake("sink", "sink.properties", *server, "--exit-at-end")
    assert ran.returncode == 0, ran.stderr
    assert stored(tmp_path / "objects") == expected
    verified = pinlake("verify", "sink.properties", *server, "--deep")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_a_sink_passes_what_compaction_and_deletion_took(broker, pinlake, sink_file, tmp_path):
    topic = "compacted"
    create(pinlake, broker, topic, "--config", "cleanup.policy=compact,delete", "--config", "segment.bytes=10000", "--config",
           "min.cleanable.dirty.ratio=0.01", "--config", "max.compaction.lag.ms=100")
    count = 2000
    lines = "".join(f'k{n % 50}\t{{"n":{n},"pad":"{"x" * 80}"}}\n' for n in range(count))
    kcat(broker, "-t", topic, "-P", "-K", "\t", "-X", "batch.num.messages=20", text=lines)
    deadline = time.monotonic() + PATIENCE_S
    while len(seen_by_kcat(broker, topic)) > count // 2:  # the cleaner does it in its own time
        assert time.monotonic() < deadline, "nothing was compacted"
        time.sleep(0.2)
    # Records below an offset are deleted too: the log begins in the middle.
    low = seen_by_kcat(broker, topic)[3][0]
    (tmp_path / "delete.json").write_text(json.dumps(
        {"version": 1, "partitions": [{"topic": topic, "partition": 0, "offset": low}]}))
    java_tool(broker, "kafka.admin.DeleteRecordsCommand", "--offset-json-file", str(tmp_path / "delete.json"))
    # The cleaner may go on meanwhile, but it is done with what has no later record of its key.
    server = ("--bootstrap-server", broker.bootstrap)
    sink_file(topic, 1)
    ran = pinlake("sink", "sink.properties", *server, "--exit-at-end")
    assert ran.returncode == 0, ran.stderr
    numbers = [value["n"] for value in stored(tmp_path / "objects")]
    assert numbers == sorted(set(numbers)) and numbers[0] >= low
    assert {value["n"] for _, value in seen_by_kcat(broker, topic)} <= set(numbers)
    assert set(range(count - 50, count)) <= set(numbers)  # the last of each key
    verified = pinlake("verify", "sink.properties", *server)
    assert verified.returncode == 0, verified.stdout + verified.stderr


def members(broker, group):
    """Instance id → partitions, as Kafka's own tool lists them."""
    listed = java_tool(broker, "kafka.admin.ConsumerGroupCommand", "--group", group, "--describe", "--members", "--verbose")
    found = {}
    for line in listed.splitlines():
        words = line.split()
        if words and words[0] == group:
            instance, _, assigned = words[2], words[1], words[-1]
            found[instance] = assigned
    return found


def test_a_static_sink_has_its_partitions_again_after_kill(broker, pinlake, pinlake_process, sink_file, tmp_path):
    topic, group = "static", "connect-static"
    create(pinlake, broker, topic, "--partitions", 4)
    sink_file(topic, 10, tasks=2)
    server = ("--bootstrap-server", broker.bootstrap)
    for partition in range(4):
        kcat(broker, "-t", topic, "-P", "-p", str(partition), text="".join(f'{{"n":{n}}}\n' for n in range(100)))

    def start(name):
        return pinlake_process("sink", "sink.properties", *server, "--instance-id", name,
                               stderr=(tmp_path / f"{name}.log").open("a"))

    def wait_for(done, what):
        deadline = time.monotonic() + PATIENCE_S
        while not done():
            assert time.monotonic() < deadline, what
            time.sleep(0.2)

    def objects():
        return len(list((tmp_path / "objects").rglob("*.json")))

    first = start("one")
    second = start("two")
    wait_for(lambda: objects() == 40, "the first records were not stored")
    before = {}

    def all_hold_one():
        before.clear()
        before.update(members(broker, group))
        return (sorted(before) == ["one-0", "one-1", "two-0", "two-1"]
                and sorted(before.values()) == [f"{topic}({n})" for n in range(4)])

    # While the group shares anew, nobody holds anything.
    wait_for(all_hold_one, "four static members with a partition each")
    revoked = (tmp_path / "two.log").read_text().count("revoked")
    first.kill()
    first.wait()
    first = start("one")
    for partition in range(4):
        kcat(broker, "-t", topic, "-P", "-p", str(partition), text="".join(f'{{"n":{n}}}\n' for n in range(100, 200)))
    wait_for(lambda: objects() == 80, "records after the kill were not stored")
    wait_for(lambda: members(broker, group) == before, "each member has what it had")
    assert (tmp_path / "two.log").read_text().count("revoked") == revoked
    for process in (first, second):
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, (tmp_path / "one.log").read_text()[-3000:]
    verified = pinlake("verify", "sink.properties", *server, "--deep")
    assert verified.returncode == 0, verified.stdout + verified.stderr
