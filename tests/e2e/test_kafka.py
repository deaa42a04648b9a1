"""A pipeline whose log is a real Kafka broker: topics, gateway, sink, verify, kill -9, and wrong configurations.

PINLAKE_CRASH_ROUNDS kills (3 unless said).
"""

import collections
import json
import os
import pathlib
import re
import signal
import subprocess
import time

import pytest

import kafka as kafka_service
import test_crash
from conftest import TOP
from process import find_program, free_port

TOPICS = ("129a67850695.pin", "129a67850695.geo", "129a67850695.user")
POSTS = 100
ROUNDS = int(os.environ.get("PINLAKE_CRASH_ROUNDS", "3"))
ANSWER_WITHIN_S = 15

PIPELINE = """
log:
  type: kafka
  bootstrap.servers: {bootstrap}
  client.config: client.properties
gateway: {{listen: "127.0.0.1:0"}}
store: {{url: "s3://{bucket}", endpoint: "{endpoint}"}}
sinks:
  - name: pinterest
    file: s3-sink.properties
    s3.bucket.name: {bucket}
"""


@pytest.fixture(scope="module")
def broker():
    with kafka_service.Kafka() as server:
        yield server


def kcat_count(broker, topic):
    """How many records another client finds."""
    listed = subprocess.run([find_program("kcat", "run scripts/bootstrap --test"), "-b", broker.bootstrap, "-t", topic, "-C",
                             "-e", "-q", "-o", "beginning", "-f", "%p %o\\n"], capture_output=True, text=True, timeout=60,
                            check=True)
    return len(listed.stdout.splitlines())


def test_posts_go_through_kafka_into_a_bucket(broker, pinlake, pinlake_process, versitygw, tmp_path):
    bucket = f"kafka-{os.getpid()}"
    versitygw.create_bucket(bucket)
    environment = {**os.environ, **versitygw.aws_environment()}
    (tmp_path / "client.properties").write_text("security.protocol = PLAINTEXT\n")
    server = ("--bootstrap-server", broker.bootstrap, "--command-config", "client.properties")
    for topic in TOPICS:
        made = pinlake("topics", *server, "--create", "--topic", topic, "--partitions", 3, "--replication-factor", 1)
        assert made.returncode == 0 and made.stdout.endswith(f"Created topic {topic}.\n"), made.stderr
    again = pinlake("topics", *server, "--create", "--topic", TOPICS[0])
    assert again.returncode == 3 and "already exists" in again.stderr
    assert pinlake("topics", *server, "--create", "--if-not-exists", "--topic", TOPICS[0]).returncode == 0
    assert set(TOPICS) <= set(pinlake("topics", *server, "--list").stdout.split())

    (tmp_path / "s3-sink.properties").write_text((TOP / "examples" / "pinterest" / "s3-sink.properties").read_text())
    (tmp_path / "pipeline.yaml").write_text(PIPELINE.format(bootstrap=broker.bootstrap, bucket=bucket,
                                                            endpoint=versitygw.endpoint))
    run = pinlake_process("run", "pipeline.yaml", env=environment, stderr=(tmp_path / "run.log").open("w"))
    ready = run.stdout.readline()
    assert f"log=kafka://{broker.bootstrap}" in ready, (tmp_path / "run.log").read_text()
    gateway = re.search(r"gateway=(\S+)", ready)[1]
    posted = pinlake("emulate", "--to", gateway, "--rate", "max", "--count", POSTS, "--acked", "acked")
    assert posted.returncode == 0, posted.stderr
    objects = versitygw.dir / "data" / bucket
    deadline = time.monotonic() + 60
    while len(list(objects.glob("topics/**/*.json"))) < 3 * POSTS:
        assert time.monotonic() < deadline and run.poll() is None, (tmp_path / "run.log").read_text()[-3000:]
        time.sleep(0.2)
    run.send_signal(signal.SIGTERM)
    assert run.wait(60) == 0, (tmp_path / "run.log").read_text()[-3000:]
    verified = pinlake("verify", "--pipeline", "pipeline.yaml", env=environment)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert {topic: kcat_count(broker, topic) for topic in TOPICS} == dict.fromkeys(TOPICS, POSTS)
    stored = collections.Counter(path.name.split("+")[0] for path in objects.glob("topics/**/*.json"))
    assert stored == dict.fromkeys(TOPICS, POSTS)


def test_a_sink_with_a_worker_file_reads_kafka(broker, pinlake, tmp_path):
    made = pinlake("topics", "--bootstrap-server", broker.bootstrap, "--create", "--topic", "worker.t")
    assert made.returncode == 0, made.stderr
    subprocess.run([find_program("kcat", "run scripts/bootstrap --test"), "-b", broker.bootstrap, "-t", "worker.t", "-P"],
                   input="".join(f'{{"n":{n}}}\n' for n in range(40)), text=True, timeout=60, check=True)
    (tmp_path / "worker.properties").write_text(
        f"bootstrap.servers={broker.bootstrap}\ngroup.id=connect-cluster\nplugin.path=/opt\n"
        "value.converter=org.apache.kafka.connect.json.JsonConverter\nvalue.converter.schemas.enable=false\n"
        "consumer.fetch.max.wait.ms=50\n")
    (tmp_path / "sink.properties").write_text(
        "name=w\nconnector.class=io.confluent.connect.s3.S3SinkConnector\ntopics=worker.t\ns3.bucket.name=b\n"
        f"store.url=file://{tmp_path}/objects\nflush.size=10\nstorage.class=io.confluent.connect.s3.storage.S3Storage\n"
        "format.class=io.confluent.connect.s3.format.json.JsonFormat\n"
        "partitioner.class=io.confluent.connect.storage.partitioner.DefaultPartitioner\n")
    ran = pinlake("sink", "sink.properties", "--worker", "worker.properties", "--exit-at-end")
    assert ran.returncode == 0, ran.stderr
    lines = [line for path in (tmp_path / "objects").rglob("*.json") for line in path.read_text().splitlines()]
    assert sorted(json.loads(line)["n"] for line in lines) == list(range(40))
    verified = pinlake("verify", "sink.properties", "--worker", "worker.properties")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_topics_are_described_as_kafkas_tool_does_and_grow_and_go(broker, pinlake):
    server = ("--bootstrap-server", broker.bootstrap)
    assert pinlake("topics", *server, "--create", "--topic", "d", "--config", "retention.ms=60000").returncode == 0
    assert pinlake("topics", *server, "--alter", "--topic", "d", "--partitions", 2).returncode == 0
    deadline = time.monotonic() + 10
    while True:
        described = pinlake("topics", *server, "--describe", "--topic", "d").stdout
        if "PartitionCount: 2" in described or time.monotonic() > deadline:
            break
    first, *partitions = described.splitlines()
    assert re.fullmatch(r"Topic: d\tTopicId: \S+\tPartitionCount: 2\tReplicationFactor: 1\tConfigs: .*retention.ms=60000.*",
                        first)
    assert partitions == [f"\tTopic: d\tPartition: {n}\tLeader: 1\tReplicas: 1\tIsr: 1" for n in (0, 1)]
    assert pinlake("topics", *server, "--delete", "--topic", "d").returncode == 0
    gone = pinlake("topics", *server, "--delete", "--topic", "d")
    assert gone.returncode == 3 and "d" in gone.stderr
    assert pinlake("topics", *server, "--delete", "--if-exists", "--topic", "d").returncode == 0


WRONG = {
    "nobody listens": ("", "bootstrap.servers", 4),
    "unknown mechanism": ("security.protocol=SASL_PLAINTEXT\nsasl.mechanism=SCRAM-512\n",
                          "client.properties:2: sasl.mechanism: 'SCRAM-512' is not a SASL mechanism", 64),
    "missing trust store": ("security.protocol=SSL\nssl.truststore.location=/no/such/store.jks\n",
                            "/no/such/store.jks", 64),
    "TLS to a plaintext port": ("security.protocol=SSL\n", "security.protocol ssl", None),
    "no region": ("security.protocol=SASL_SSL\nsasl.mechanism=AWS_MSK_IAM\n", "set AWS_REGION", 64),
    "no such file": (None, "client.properties", None),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_configuration_is_answered_with_its_property(broker, pinlake, tmp_path, case):
    text, sentence, code = WRONG[case]
    if text is not None:
        (tmp_path / "client.properties").write_text(text)
    address = f"127.0.0.1:{free_port()}" if case == "nobody listens" else broker.bootstrap
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment.update(AWS_EC2_METADATA_DISABLED="true", HOME=str(tmp_path))
    ran = pinlake("topics", "--bootstrap-server", address, "--command-config", "client.properties", "--list",
                  timeout=ANSWER_WITHIN_S, env=environment)
    assert sentence in ran.stderr
    assert ran.returncode == code if code else ran.returncode != 0


def test_msk_tokens_are_those_of_amazons_signer(pinlake):
    vectors = json.loads((TOP / "tests" / "golden" / "msk_iam" / "vectors.json").read_text())["oauthbearer"]
    for vector in vectors:
        environment = {**os.environ, "AWS_ACCESS_KEY_ID": vector["access_key_id"],
                       "AWS_SECRET_ACCESS_KEY": vector["secret_access_key"],
                       "AWS_SESSION_TOKEN": vector["session_token"] or ""}
        made = pinlake("msk-token", "--region", vector["region"], "--signing-time", vector["time_utc"], "--user-agent",
                       vector["user_agent"], "--json", env=environment)
        assert made.returncode == 0, made.stderr
        assert json.loads(made.stdout) == {"token": vector["token"], "expires_ms": vector["expiration_ms"]}


class KafkaPipeline(test_crash.Pipeline):
    """`pinlake run` on Kafka, started and killed."""

    def __init__(self, pinlake_path, directory, broker):
        super().__init__(pinlake_path, directory, "  url: file:lake", {})
        text = self.file.read_text().replace("  type: embedded", f"  type: kafka\n  bootstrap.servers: {broker.bootstrap}\n"
                                             "  properties.session.timeout.ms: 4000")
        self.file.write_text(text)


def test_every_acknowledged_record_is_stored_once_after_kills(pinlake_path, tmp_path):
    with kafka_service.Kafka() as broker:
        pipeline = KafkaPipeline(pinlake_path, tmp_path, broker)
        bucket = pathlib.Path(tmp_path / "lake")
        acknowledged, stored = test_crash.crash_again_and_again(pipeline, bucket, ROUNDS, test_crash.SEED)
        print(f"{ROUNDS} kills: {acknowledged} acknowledged, {stored} stored")
        test_crash.verify(pipeline)
