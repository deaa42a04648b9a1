"""REST Proxy clients as they are: curl, Python's requests, the reference's own sequence, on the embedded log and on Kafka."""

import base64
import json
import re
import subprocess
import time

import pytest
import requests

import kafka as kafka_service
from process import find_program

JSON_TYPE = "application/vnd.kafka.json.v2+json"
PLAIN_TYPE = "application/vnd.kafka.v2+json"
PIN = "129a67850695.pin"
WITHIN_S = 60


@pytest.fixture(scope="module")
def broker():
    # The brokers' default: the first member of a group waits three seconds for others.
    with kafka_service.Kafka({"group.initial.rebalance.delay.ms": 3000, "num.partitions": 3}) as server:
        yield server


@pytest.fixture(params=["embedded", "kafka"])
def gateway(request, pinlake, pinlake_process, tmp_path):
    """The address of a gateway over a log with the reference's topic."""
    if request.param == "embedded":
        log = f"log:\n  type: embedded\n  dir: log\n  topics: [{{name: {PIN}, partitions: 3}}]\n"
    else:
        broker = request.getfixturevalue("broker")
        log = f"log: {{type: kafka, bootstrap.servers: '{broker.bootstrap}'}}\n"
        made = pinlake("topics", "--bootstrap-server", broker.bootstrap, "--create", "--if-not-exists", "--topic", PIN,
                       "--partitions", 3, "--replication-factor", 1)
        assert made.returncode == 0, made.stderr
    (tmp_path / "pipeline.yaml").write_text(log + "gateway: {listen: '127.0.0.1:0'}\n")
    process = pinlake_process("run", "pipeline.yaml", stderr=(tmp_path / "run.log").open("w"))
    ready = process.stdout.readline()
    found = re.search(r"gateway=(\S+)", ready)
    assert found, (tmp_path / "run.log").read_text()
    yield found[1]
    process.terminate()
    assert process.wait(60) == 0, (tmp_path / "run.log").read_text()


def post(url, body, content_type=PLAIN_TYPE):
    return requests.post(url, data=json.dumps(body), headers={"Content-Type": content_type}, timeout=30)


def read_until(url, count):
    """Reads until so many records came; what one read misses the next one brings."""
    records, deadline = [], time.monotonic() + WITHIN_S
    while len(records) < count:
        assert time.monotonic() < deadline, records
        answer = requests.get(url, headers={"Accept": JSON_TYPE}, timeout=30)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == JSON_TYPE
        records += answer.json()
    return records


def test_the_references_sequence_reads_twice_and_keeps_the_second(gateway):
    # A group of its own on the broker that the tests share.
    group = f"students{time.time_ns()}"
    posted = post(f"{gateway}/topics/{PIN}", {"records": [{"value": {"index": 1}}, {"value": {"index": 2}}]}, JSON_TYPE)
    assert posted.status_code == 200, posted.text
    made = post(f"{gateway}/consumers/{group}",
                {"name": "pin_consumer", "format": "json", "auto.offset.reset": "earliest"})
    assert made.json() == {"instance_id": "pin_consumer",
                           "base_uri": f"{gateway}/consumers/{group}/instances/pin_consumer"}
    instance = f"{gateway}/consumers/{group}/instances/pin_consumer"
    assert post(f"{instance}/subscription", {"topics": [PIN]}).status_code == 204
    first = requests.get(f"{instance}/records", headers={"Accept": JSON_TYPE}, timeout=30)
    assert (first.status_code, first.json()) == (200, [])
    second = read_until(f"{instance}/records", 2)
    assert {1, 2} <= {record["value"]["index"] for record in second}
    assert set(second[0]) == {"topic", "key", "value", "partition", "offset"}
    gone = requests.delete(instance, headers={"Content-Type": PLAIN_TYPE}, timeout=30)
    assert (gone.status_code, gone.content) == (204, b"")
    assert requests.delete(instance, timeout=30).json()["error_code"] == 40403
    # The name is free, and the group goes on behind what was read.
    again = post(f"{gateway}/consumers/{group}", {"name": "pin_consumer", "format": "json", "auto.offset.reset": "earliest"})
    assert again.status_code == 200
    assert post(f"{instance}/subscription", {"topics": [PIN]}).status_code == 204
    posted = post(f"{gateway}/topics/{PIN}", {"records": [{"value": {"index": 3}}]}, JSON_TYPE)
    assert posted.status_code == 200
    assert [record["value"]["index"] for record in read_until(f"{instance}/records", 1)] == [3]
    assert requests.delete(instance, timeout=30).status_code == 204


def curl(*arguments):
    done = subprocess.run([find_program("curl", "install curl"), "-sS", "--max-time", "60", *arguments], capture_output=True,
                          text=True, timeout=90, check=True)
    return done.stdout


def test_curl_as_in_confluents_quick_start(gateway):
    group = f"curl{time.time_ns()}"
    produced = json.loads(curl("-X", "POST", "-H", f"Content-Type: {JSON_TYPE}", "-H", f"Accept: {PLAIN_TYPE}", "--data",
                               '{"records":[{"value":{"foo":"bar"}}]}', f"{gateway}/topics/{PIN}"))
    where = produced["offsets"][0]
    assert where["error_code"] is None
    instance = f"{gateway}/consumers/{group}/instances/my"
    curl("-X", "POST", "-H", f"Content-Type: {PLAIN_TYPE}", "--data",
         '{"name":"my","format":"json","auto.offset.reset":"earliest","auto.commit.enable":"false"}',
         f"{gateway}/consumers/{group}")
    assigned = json.dumps({"partitions": [{"topic": PIN, "partition": where["partition"]}]})
    curl("-X", "POST", "-H", f"Content-Type: {PLAIN_TYPE}", "--data", assigned, f"{instance}/assignments")
    position = json.dumps({"offsets": [{"topic": PIN, "partition": where["partition"], "offset": where["offset"]}]})
    curl("-X", "POST", "-H", f"Content-Type: {PLAIN_TYPE}", "--data", position, f"{instance}/positions")
    deadline, records = time.monotonic() + WITHIN_S, []
    while not records:
        assert time.monotonic() < deadline
        records = json.loads(curl("-X", "GET", "-H", f"Accept: {JSON_TYPE}", f"{instance}/records?max_bytes=300000"))
    assert (records[0]["value"], records[0]["offset"]) == ({"foo": "bar"}, where["offset"])
    assert curl("-X", "POST", "-H", f"Content-Type: {PLAIN_TYPE}", "--data", position, f"{instance}/offsets") == "[]"
    committed = json.loads(curl("-X", "GET", "-H", f"Content-Type: {PLAIN_TYPE}", "--data", assigned, f"{instance}/offsets"))
    assert committed["offsets"][0]["offset"] == where["offset"] + 1
    assert curl("-X", "DELETE", "-H", f"Content-Type: {PLAIN_TYPE}", "-o", "/dev/null", "-w", "%{http_code}", instance) == "204"


def test_v3_topics_streamed_records_and_lag(gateway):
    cluster = requests.get(f"{gateway}/v3/clusters", timeout=30).json()["data"][0]["cluster_id"]
    base = f"{gateway}/v3/clusters/{cluster}"
    topic, group = f"v3-{time.time_ns()}", f"v3group{time.time_ns()}"
    made = requests.post(f"{base}/topics", json={"topic_name": topic, "partitions_count": 2}, timeout=60)
    assert made.status_code == 201 and made.headers["Location"] == f"{base}/topics/{topic}"
    deadline = time.monotonic() + WITHIN_S
    while requests.get(f"{base}/topics/{topic}", timeout=30).json().get("partitions_count") != 2:
        assert time.monotonic() < deadline

    def records():
        for number in range(5):
            yield json.dumps({"partition_id": 1, "key": {"type": "BINARY", "data": base64.b64encode(b"k").decode()},
                              "value": {"type": "JSON", "data": number}}).encode()

    answer = requests.post(f"{base}/topics/{topic}/records", data=records(), timeout=60,
                           headers={"Content-Type": "application/json"})
    results = [json.loads(line) for line in answer.text.splitlines()]
    assert [result["offset"] for result in results] == [0, 1, 2, 3, 4]

    instance = f"{gateway}/consumers/{group}/instances/c"
    post(f"{gateway}/consumers/{group}", {"name": "c", "format": "json", "auto.offset.reset": "earliest"})
    assert post(f"{instance}/assignments", {"partitions": [{"topic": topic, "partition": 1}]}).status_code == 204
    committed = post(f"{instance}/offsets", {"offsets": [{"topic": topic, "partition": 1, "offset": 1}]})
    assert committed.status_code == 200, committed.text
    lags = requests.get(f"{base}/consumer-groups/{group}/lags", timeout=60).json()["data"]
    assert [(lag["current_offset"], lag["log_end_offset"], lag["lag"]) for lag in lags] == [(2, 5, 3)]
    assert requests.delete(instance, timeout=30).status_code == 204
    assert requests.delete(f"{base}/topics/{topic}", timeout=60).status_code == 204


def test_the_proxys_own_file_is_taken(broker, pinlake, pinlake_process, tmp_path):
    (tmp_path / "kafka-rest.properties").write_text(
        f"id=rest-1\nzookeeper.connect=nowhere:2181\nbootstrap.servers=PLAINTEXT://{broker.bootstrap}\n"
        "listeners=http://127.0.0.1:0\nschema.registry.url=http://localhost:8081\nproducer.linger.ms=1\napi.v3.enable=false\n")
    with (tmp_path / "gateway.log").open("w") as log:
        process = pinlake_process("gateway", "kafka-rest.properties", stderr=log)
    ready = process.stdout.readline()
    said = (tmp_path / "gateway.log").read_text()
    address = re.search(r"gateway=(\S+)", ready)
    assert address and f"kafka://{broker.bootstrap}" in ready, said
    assert "zookeeper.connect" in said and "schema.registry.url" in said
    made = post(f"{address[1]}/consumers/g", {})
    assert made.json()["instance_id"].startswith("rest-consumer-rest-1-")
    assert requests.get(f"{address[1]}/v3/clusters", timeout=30).status_code == 404
    (tmp_path / "kafka-rest.properties").write_text("bootstrap.servers=b:9092\nauthentication.method=BASIC\n")
    refused = pinlake("gateway", "kafka-rest.properties")
    assert refused.returncode == 64 and "kafka-rest.properties:2: authentication.method" in refused.stderr
