"""Moving a sink: a group's offsets that another client committed are where `pinlake sink` goes on, and its own are where
another client does."""

import json
import subprocess

import pytest

import kafka as kafka_service
from process import find_program

TOPIC = "orders"
PARTITIONS = 3
SINK = """name=orders-to-s3
connector.class=io.confluent.connect.s3.S3SinkConnector
tasks.max=2
topics=orders
s3.bucket.name=lake
store.url=file://{objects}
flush.size=10
storage.class=io.confluent.connect.s3.storage.S3Storage
format.class=io.confluent.connect.s3.format.json.JsonFormat
partitioner.class=io.confluent.connect.storage.partitioner.DefaultPartitioner
value.converter=org.apache.kafka.connect.json.JsonConverter
value.converter.schemas.enable=false
"""


@pytest.fixture(scope="module", params=["2.8", "3.9"])
def broker(request):
    with kafka_service.Kafka(version=request.param) as server:
        yield server


def java_tool(broker, tool, *arguments):
    """Runs one of Kafka's own consumer tools, those of 2.8, against the broker."""
    ran = subprocess.run(kafka_service.java("2.8", tool, "--bootstrap-server", broker.bootstrap, *arguments, heap="256m"),
                         capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def produce(broker, partition, first, count):
    lines = "".join(f'{{"p":{partition},"n":{n}}}\n' for n in range(first, first + count))
    subprocess.run([find_program("kcat", "run scripts/bootstrap --test"), "-b", broker.bootstrap, "-t", TOPIC, "-P", "-p",
                    str(partition)], input=lines, text=True, check=True)


def stored(objects):
    """(partition, first offset, numbers of the records) of each object, in order."""
    found = []
    for path in sorted(objects.rglob("orders+*.json")):
        _, partition, offset = path.stem.split("+")
        found.append((int(partition), int(offset), [json.loads(line)["n"] for line in path.read_text().splitlines()]))
    return found


def test_a_sink_goes_on_where_another_clients_group_stood(broker, pinlake, tmp_path):
    kafka_service.create_topic(broker.bootstrap, TOPIC, PARTITIONS, 1)
    for partition in range(PARTITIONS):
        produce(broker, partition, 0, 40)
    # Another client reads as the group of a connector of this name: 17 records of partition 0, 20 of partition 1, all of the
    # third stay unread, which is offset 0 committed.
    group = "connect-orders-to-s3"
    for partition, offset in ((0, 17), (1, 20), (2, 0)):
        java_tool(broker, "kafka.admin.ConsumerGroupCommand", "--group", group, "--reset-offsets", "--to-offset", str(offset),
                  "--topic", f"{TOPIC}:{partition}", "--execute")
    read = java_tool(broker, "kafka.tools.ConsoleConsumer", "--topic", TOPIC, "--group", group, "--max-messages", "5",
                     "--consumer-property", "max.poll.records=5", "--timeout-ms", "30000")
    assert len(read.splitlines()) == 5
    committed = offsets(broker, group)
    assert sum(committed.values()) == 17 + 20 + 0 + 5

    (tmp_path / "sink.properties").write_text(SINK.format(objects=tmp_path / "objects"))
    server = ("--bootstrap-server", broker.bootstrap)
    first = pinlake("sink", "sink.properties", *server, "--exit-at-end")
    assert first.returncode == 0, first.stderr
    expected = sorted((partition, start, list(range(start, start + 10)))
                      for partition, offset in committed.items() for start in range(offset, 40 - 9, 10))
    assert stored(tmp_path / "objects") == expected
    verified = pinlake("verify", "sink.properties", *server)
    assert verified.returncode == 0, verified.stdout + verified.stderr

    # Back again: the other client, in the same group, gets what lies behind the last object and nothing else.
    left = {partition: (40 - offset) % 10 for partition, offset in committed.items()}
    assert offsets(broker, group) == {partition: 40 - rest for partition, rest in left.items()}
    rest = java_tool(broker, "kafka.tools.ConsoleConsumer", "--topic", TOPIC, "--group", group, "--max-messages",
                     str(sum(left.values())), "--timeout-ms", "30000")
    assert sorted((row["p"], row["n"]) for row in map(json.loads, rest.splitlines())) == sorted(
        (partition, n) for partition, count in left.items() for n in range(40 - count, 40))


def offsets(broker, group):
    """The committed offset of each partition, as Kafka's own tool lists them."""
    listed = java_tool(broker, "kafka.admin.ConsumerGroupCommand", "--group", group, "--describe")
    rows = [line.split() for line in listed.splitlines() if line.startswith(group)]
    return {int(row[2]): int(row[3]) for row in rows}
