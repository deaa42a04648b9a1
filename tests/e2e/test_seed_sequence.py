"""The sequence of the README that this project starts from, on a Kafka of its version (2.8.1, with ZooKeeper): topics by the
kafka-topics.sh command with only the program's place changed, posts through the gateway, other clients read, a sink with
the README's properties into a bucket; counts are equal and verify is clean."""

import collections
import json
import os
import re
import signal
import subprocess

import pytest

import kafka as kafka_service
from conftest import TOP
from process import find_program

TOPICS = ("129a67850695.pin", "129a67850695.geo", "129a67850695.user")
POSTS = 60
BUCKET = "user-129a67850695-bucket"


@pytest.fixture(scope="module")
def broker():
    with kafka_service.Kafka(version="2.8") as server:
        yield server


def lines(text):
    """What stands between line feeds: the records hold other characters that Python too takes for ends of lines."""
    return text.removesuffix("\n").split("\n")


def by_kcat(broker, topic):
    """The values that kcat reads of a topic."""
    read = subprocess.run([find_program("kcat", "run scripts/bootstrap --test"), "-b", broker.bootstrap, "-t", topic, "-C", "-e",
                           "-q", "-o", "beginning"], capture_output=True, text=True, timeout=120, check=True)
    return lines(read.stdout)


def by_console_consumer(broker, topic, count):
    """The values that Kafka's own console consumer reads of a topic."""
    read = subprocess.run(kafka_service.java("2.8", "kafka.tools.ConsoleConsumer", "--bootstrap-server", broker.bootstrap,
                                             "--topic", topic, "--from-beginning", "--max-messages", count, "--timeout-ms",
                                             60000, heap="256m"), capture_output=True, text=True, timeout=120, check=True)
    return lines(read.stdout)


def test_the_seeds_sequence_runs_as_it_is_written(broker, pinlake_path, pinlake, pinlake_process, own_versitygw, tmp_path):
    own_versitygw.create_bucket(BUCKET)
    environment = {**os.environ, **own_versitygw.aws_environment()}
    # <KAFKA_FOLDER>/bin/kafka-topics.sh --bootstrap-server BootstrapServerString --command-config client.properties
    #   --create --topic <topic_name>
    folder = tmp_path / "kafka_2.12-2.8.1" / "bin"
    folder.mkdir(parents=True)
    (folder / "kafka-topics.sh").symlink_to(pinlake_path)
    (folder / "client.properties").write_text("# no login on this cluster\nsecurity.protocol = PLAINTEXT\n")
    for topic in TOPICS:
        made = subprocess.run([folder / "kafka-topics.sh", "--bootstrap-server", broker.bootstrap, "--command-config",
                               "client.properties", "--create", "--topic", topic], cwd=folder, capture_output=True, text=True,
                              timeout=120, check=False)
        assert (made.returncode, made.stdout.splitlines()[-1:]) == (0, [f"Created topic {topic}."]), made.stderr

    log = tmp_path / "gateway.log"
    gateway = pinlake_process("gateway", "--listen", "127.0.0.1:0", "--set", "log.type=kafka", "--set",
                              f"log.bootstrap.servers={broker.bootstrap}", "--set",
                              f"log.client.config={folder}/client.properties", env=environment, stderr=log.open("w"))
    url = re.search(r"http://\S+", gateway.stdout.readline())
    assert url, log.read_text()
    posted = pinlake("emulate", "--to", url[0], "--rate", "max", "--count", POSTS, "--acked", "acked")
    assert posted.returncode == 0, posted.stderr
    gateway.send_signal(signal.SIGTERM)
    assert gateway.wait(60) == 0, log.read_text()[-3000:]

    read = {topic: by_kcat(broker, topic) for topic in TOPICS}
    assert {topic: len(values) for topic, values in read.items()} == dict.fromkeys(TOPICS, POSTS)
    assert sorted(by_console_consumer(broker, TOPICS[0], POSTS)) == sorted(read[TOPICS[0]])

    (tmp_path / "s3-sink.properties").write_text((TOP / "examples" / "pinterest" / "s3-sink.properties").read_text()
                                                 + f"store.url={own_versitygw.endpoint}\n")
    server = ("--name", "pinterest", "--bootstrap-server", broker.bootstrap, "--command-config", folder / "client.properties")
    sunk = pinlake("sink", "s3-sink.properties", *server, "--exit-at-end", env=environment)
    assert sunk.returncode == 0, sunk.stderr
    verified = pinlake("verify", "s3-sink.properties", *server, env=environment)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    stored = collections.defaultdict(list)
    for path in (own_versitygw.dir / "data" / BUCKET).glob("topics/**/*.json"):
        stored[path.name.split("+")[0]] += map(json.loads, lines(path.read_text()))
    order = {topic: sorted(json.dumps(json.loads(value), sort_keys=True) for value in values) for topic, values in read.items()}
    assert {topic: sorted(json.dumps(row, sort_keys=True) for row in rows) for topic, rows in stored.items()} == order
