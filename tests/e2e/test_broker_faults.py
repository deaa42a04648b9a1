"""Faults of brokers under load: what the gateway acknowledged is in the log exactly once, at its place, with its value.

A cluster of three, replication 3, min.insync.replicas 2; a gateway in front; senders that never send a record again.
PINLAKE_FAULTS: short (kill -9 of a leader under load, and its return) or all (scripts/soak broker-faults).
PINLAKE_SIM_FIRST_SEED chooses the records.
"""

import collections
import http.client
import json
import os
import random
import re
import subprocess
import threading
import time

import pytest

import kafka as kafka_service
from process import find_program

ALL = os.environ.get("PINLAKE_FAULTS", "short") == "all"
SEED = int(os.environ.get("PINLAKE_SIM_FIRST_SEED", "1"))
RATE = 5000 if ALL else 1000
SENDERS = 8
TOPIC, PARTITIONS = "faults", 3
# The machine may be slow: how long anything is waited for before the test fails.
PATIENCE_S = 240
# What a gateway without brokers may say.
HONEST = {200, 429, 503}

PIPELINE = """
log:
  type: kafka
  bootstrap.servers: "{bootstrap}"
  topics: [{{name: {topic}, partitions: {partitions}, replication.factor: 3}}]
gateway: {{listen: "127.0.0.1:0"}}
"""


class Load:
    """Posts records at a rate until it is closed. Each value is sent once."""

    def __init__(self, port):
        self.acknowledged = {}  # (partition, offset) → id
        self.sent = set()
        self.unanswered = 0  # requests cut off or without an answer in time
        self.statuses = collections.Counter()
        self.codes = collections.Counter()  # of records in answers with 200
        self.wrong = []  # answers that make no sense
        self.last_acknowledged = time.monotonic()
        self.longest_silence = 0.0
        self._port = port
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(i,), daemon=True) for i in range(SENDERS)]
        for thread in self._threads:
            thread.start()

    def close(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE_S)
            assert not thread.is_alive(), "a request was never answered"

    def count(self):
        with self._lock:
            return len(self.acknowledged)

    def _send(self, sender):
        chance = random.Random(SEED * 1000 + sender)
        connection, number, due = None, 0, time.monotonic()
        while not self._stop.is_set():
            ids = []
            for _ in range(chance.choice((1, 5, 25, 25, 50))):
                number += 1
                ids.append(f"{sender}-{number}")
            with self._lock:
                self.sent.update(ids)
            body = json.dumps({"records": [{"key": i, "value": {"id": i, "pad": "x" * chance.randrange(200)}} for i in ids]})
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
                connection.request("POST", f"/topics/{TOPIC}", body, {"Content-Type": "application/vnd.kafka.json.v2+json"})
                answer = connection.getresponse()
                self._note(ids, answer.status, answer.read())
            except (OSError, http.client.HTTPException):
                with self._lock:
                    self.unanswered += 1
                if connection:
                    connection.close()
                connection = None
            # Behind after a fault: what was missed is not made up for.
            due = max(due + len(ids) * SENDERS / RATE, time.monotonic() - 1)
            self._stop.wait(max(0.0, due - time.monotonic()))

    def _note(self, ids, status, body):
        with self._lock:
            self.statuses[status] += 1
            if status != 200:
                return
            results = json.loads(body)["offsets"]
            if len(results) != len(ids):
                self.wrong.append(body)
            for record_id, result in zip(ids, results):
                if result.get("error_code") is not None:
                    self.codes[result["error_code"]] += 1
                    continue
                now = time.monotonic()
                self.longest_silence = max(self.longest_silence, now - self.last_acknowledged)
                self.last_acknowledged = now
                place = (result["partition"], result["offset"])
                if place in self.acknowledged:
                    self.wrong.append(f"{place} was acknowledged for {self.acknowledged[place]} and {record_id}")
                self.acknowledged[place] = record_id


@pytest.fixture
def cluster():
    with kafka_service.KafkaCluster() as brokers:
        yield brokers


@pytest.fixture
def port(cluster, pinlake_process, tmp_path):
    """Of a gateway in front of the cluster."""
    (tmp_path / "pipeline.yaml").write_text(
        PIPELINE.format(bootstrap=cluster.bootstrap, topic=TOPIC, partitions=PARTITIONS))
    process = pinlake_process("run", "pipeline.yaml", stderr=(tmp_path / "run.log").open("w"))
    ready = process.stdout.readline()
    assert ready.startswith("ready"), (tmp_path / "run.log").read_text()[-3000:]
    yield int(re.search(r"gateway=http://[^:]+:(\d+)", ready)[1])
    assert process.poll() is None, (tmp_path / "run.log").read_text()[-3000:]


def ready_status(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/readyz")
    status = connection.getresponse().status
    connection.close()
    return status


def wait_for(done, what):
    deadline = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def more(load, records):
    """Waits until so many records more are acknowledged: the gateway has recovered by itself."""
    goal = load.count() + records
    wait_for(lambda: load.count() >= goal, f"no {records} records more were acknowledged: {load.statuses} {load.codes}")


def wait_for_another_leader(cluster, old):
    wait_for(lambda: cluster.leader(TOPIC, 0) not in (None, old), "no other broker leads")


def in_the_log(cluster):
    """(partition, offset) → id of all that is in the log, by another client."""
    ran = subprocess.run([find_program("kcat", "run scripts/bootstrap --test"), "-b", cluster.bootstrap, "-t", TOPIC, "-C", "-e",
                          "-q", "-o", "beginning", "-X", "isolation.level=read_uncommitted", "-f", "%p %o %k\\n"],
                         capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    found = {}
    for line in ran.stdout.splitlines():
        partition, offset, record_id = line.split(" ", 2)
        found[int(partition), int(offset)] = json.loads(record_id)
    return found


def check(cluster, load, capsys):
    """Every acknowledged record is at its place, once; nothing is there that nobody sent."""
    assert not load.wrong, load.wrong[:5]
    cluster.wait_for_brokers()
    found = in_the_log(cluster)
    wrong = {place: (record_id, found.get(place)) for place, record_id in load.acknowledged.items()
             if found.get(place) != record_id}
    assert not wrong, f"{len(wrong)} acknowledged records are not at their place: {list(wrong.items())[:5]}"
    times = collections.Counter(found.values())
    doubled = [record_id for record_id in load.acknowledged.values() if times[record_id] != 1]
    assert not doubled, f"{len(doubled)} acknowledged records are in the log more than once: {doubled[:5]}"
    assert set(times) <= load.sent, "the log holds what nobody sent"
    with capsys.disabled():
        print(f"\nbroker faults: seed {SEED}, {len(load.acknowledged)} acknowledged, {len(found)} in the log, "
              f"{len(load.sent)} sent, longest silence {load.longest_silence:.1f} s, answers {dict(load.statuses)}, "
              f"records refused {dict(load.codes)}, requests without an answer {load.unanswered}")
    assert set(load.statuses) <= HONEST and set(load.codes) <= {50003} and load.unanswered == 0


def kill_a_leader(cluster, load):
    """kill -9 of the leader of a partition; another leads; it comes back."""
    leader = cluster.leader(TOPIC, 0)
    cluster.kill_broker(leader)
    wait_for_another_leader(cluster, leader)
    more(load, RATE)
    cluster.start_broker(leader)
    cluster.wait_for_brokers()
    more(load, RATE)


def move_a_leader(cluster, load):
    """An orderly stop: the leader hands over first."""
    leader = cluster.leader(TOPIC, 0)
    cluster.stop_broker(leader)
    wait_for_another_leader(cluster, leader)
    more(load, RATE)
    cluster.start_broker(leader)
    cluster.wait_for_brokers()
    more(load, RATE)


def restart_all(cluster, load):
    """One after the other, each once the others are whole."""
    for node in cluster.nodes:
        cluster.stop_broker(node)
        cluster.start_broker(node)
        cluster.wait_for_brokers()
        more(load, RATE)


def stop_the_world(cluster, load, port):
    """All brokers down for a minute: nothing is acknowledged, and the gateway says so."""
    for node in cluster.nodes:
        cluster.kill_broker(node)
    down = time.monotonic()
    before = load.count()
    wait_for(lambda: ready_status(port) == 503, "/readyz does not say that no broker is there")
    time.sleep(max(0.0, 60 - (time.monotonic() - down)))  # the fault itself lasts a minute
    assert load.count() - before <= SENDERS * 50, "records were acknowledged without a broker"
    assert set(load.statuses) - {200} or load.codes, "nobody was told"
    for node in cluster.nodes:
        cluster.start_broker(node)
    cluster.wait_for_brokers()
    more(load, RATE)
    wait_for(lambda: ready_status(port) == 200, "/readyz does not say that the brokers are back")


def freeze_a_leader(cluster, load):
    """SIGSTOP: it answers nothing and closes nothing."""
    leader = cluster.leader(TOPIC, 0)
    cluster.pause_broker(leader)
    try:
        wait_for_another_leader(cluster, leader)
        more(load, RATE)
    finally:
        cluster.resume_broker(leader)
    cluster.wait_for_brokers()
    more(load, RATE)


@pytest.mark.timeout(900)
def test_what_is_acknowledged_survives_the_brokers(cluster, port, capsys):
    load = Load(port)
    try:
        more(load, RATE)
        kill_a_leader(cluster, load)
        if ALL:
            move_a_leader(cluster, load)
            freeze_a_leader(cluster, load)
            restart_all(cluster, load)
            stop_the_world(cluster, load, port)
            kill_a_leader(cluster, load)
    finally:
        load.close()
    check(cluster, load, capsys)
