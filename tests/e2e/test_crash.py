"""kill -9 of gateway, log and sink in one process, at random moments under load, again and again.

Every acknowledged (topic, partition, offset) is in exactly one object, at the place that its offset says, and
`pinlake verify` agrees. PINLAKE_CRASH_ROUNDS kills (5 unless said; `scripts/soak crash` makes 200),
PINLAKE_SIM_FIRST_SEED the first of the seeds.
"""

import collections
import http.client
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import threading
import time

import pytest

from process import free_port

TOPICS = ("129a67850695.pin", "129a67850695.geo")
PARTITIONS = 3
SENDERS = 3
SETTLE_S = 120
ROUNDS = int(os.environ.get("PINLAKE_CRASH_ROUNDS", "5"))
SEED = int(os.environ.get("PINLAKE_SIM_FIRST_SEED", "1"))

PIPELINE = """
data.dir: data
log:
  type: embedded
  topics:
{topics}
gateway:
  listen: 127.0.0.1:{port}
store:
{store}
sinks:
  - name: crash
    topics.regex: 129a67850695.*
    tasks.max: 2
    flush.size: 50
    rotate.schedule.interval.ms: 300
    retry.backoff.ms: 200
    timezone: UTC
    format.class: io.confluent.connect.s3.format.json.JsonFormat
    partitioner.class: io.confluent.connect.storage.partitioner.DefaultPartitioner
    value.converter: org.apache.kafka.connect.json.JsonConverter
    value.converter.schemas.enable: false
"""


class Load:
    """Posts records without end to whatever gateway is there; remembers what was acknowledged."""

    def __init__(self, port, seed):
        self.acknowledged = {}  # (topic, partition, offset) → id
        self.refused = collections.Counter()
        self._port = port
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._send, args=(i, random.Random(seed * 100 + i)))
                         for i in range(SENDERS)]
        for thread in self._threads:
            thread.start()

    def close(self):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _send(self, sender, chance):
        connection, number = None, 0
        while not self._stop.is_set():
            topic = chance.choice(TOPICS)
            ids = []
            for _ in range(chance.choice((1, 1, 2, 10, 40))):
                number += 1
                ids.append(f"{sender}-{number}")
            body = json.dumps({"records": [{"value": {"id": i, "text": "é" * chance.randrange(100)}} for i in ids]})
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
                connection.request("POST", f"/topics/{topic}", body.encode(),
                                   {"Content-Type": "application/vnd.kafka.json.v2+json"})
                answer = connection.getresponse()
                self._note(topic, ids, answer.status, answer.read())
            except (OSError, http.client.HTTPException):
                # Killed or not there yet: what was sent may be in the log or not. It is not sent again.
                if connection:
                    connection.close()
                connection = None
                self._stop.wait(0.02)
            self._stop.wait(chance.random() * 0.01)

    def _note(self, topic, ids, status, body):
        if status != 200:
            self.refused[status] += 1
            return
        with self._lock:
            for record_id, result in zip(ids, json.loads(body)["offsets"], strict=True):
                if result.get("error_code") is None:
                    place = (topic, result["partition"], result["offset"])
                    assert place not in self.acknowledged, f"{place} was acknowledged twice"
                    self.acknowledged[place] = record_id


class Pipeline:
    """`pinlake run` over one pipeline file, started and killed."""

    def __init__(self, pinlake_path, directory, store, environment):
        self.port = free_port()
        self._program = pinlake_path
        self.file = directory / "pipeline.yaml"
        self._directory = directory
        self._environment = {**os.environ, **environment}
        topics = "\n".join(f"    - {{name: {topic}, partitions: {PARTITIONS}}}" for topic in TOPICS)
        self.file.write_text(PIPELINE.format(topics=topics, port=self.port, store=store))
        self.log = directory / "stderr.txt"
        self.process = None

    def start(self, **properties):
        sets = [f"--set=sinks.crash.{name.replace('_', '.')}={value}" for name, value in properties.items()]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(self._program), "run", str(self.file), *sets], cwd=self._directory,
                                            env=self._environment, stdout=subprocess.PIPE, stderr=log, text=True)

    def kill(self):
        assert self.process.poll() is None, f"ended by itself:\n{self.log_end()}"
        self.process.kill()
        self.process.communicate()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=60)
        return self.process.returncode

    def log_end(self):
        return self.log.read_text(errors="replace")[-3000:]

    def run(self, *arguments):
        return subprocess.run([str(self._program), *arguments], cwd=self._directory, env=self._environment, text=True,
                              capture_output=True, timeout=300, check=False)


def stored(bucket):
    """(topic, partition, offset) → the ids that objects hold at that place, and how often each id is stored.

    No record is skipped and the log has no gaps, so the line's number says its offset."""
    places, times = {}, collections.Counter()
    for path in pathlib.Path(bucket).rglob("*.json"):
        topic, partition, first = re.fullmatch(r"(.+)\+(\d+)\+(\d+)\.json", path.name).groups()
        for index, line in enumerate(path.read_text().splitlines()):
            place = (topic, int(partition), int(first) + index)
            assert place not in places, f"{place} is in two objects, one is {path}"
            places[place] = json.loads(line)["id"]
            times[places[place]] += 1
    return places, times


def settle(pipeline, bucket, acknowledged):
    """Waits until all that was acknowledged is stored."""
    deadline = time.monotonic() + SETTLE_S
    while True:
        places, times = stored(bucket)
        missing = [place for place in acknowledged if place not in places]
        if not missing:
            return places, times
        assert time.monotonic() < deadline, f"{len(missing)} are not stored, e.g. {missing[:3]}:\n{pipeline.log_end()}"
        assert pipeline.process.poll() is None, pipeline.log_end()
        time.sleep(0.3)


def crash_again_and_again(pipeline, bucket, rounds, seed):
    chance = random.Random(seed)
    load = Load(pipeline.port, seed)
    try:
        for _ in range(rounds):
            pipeline.start(flush_size=chance.choice((1, 3, 50, 500)),
                           rotate_schedule_interval_ms=chance.choice((100, 300, 1000)))
            # From before it listens until long after its first objects.
            time.sleep(chance.choice((chance.random() * 0.3, 0.3 + chance.random() * 1.7)))
            pipeline.kill()
        pipeline.start(rotate_schedule_interval_ms=300)
        time.sleep(1)
    finally:
        load.close()
    places, times = settle(pipeline, bucket, load.acknowledged)
    assert pipeline.stop() == 0, pipeline.log_end()
    wrong = {p: (i, places[p]) for p, i in load.acknowledged.items() if places[p] != i}
    assert not wrong, f"other records than acknowledged: {list(wrong.items())[:3]}"
    assert [i for i, n in times.items() if n > 1] == [], "in more than one object"
    assert len(load.acknowledged) > 20 * rounds, f"hardly any load: {load.refused}"
    return len(load.acknowledged), len(places)


def verify(pipeline):
    if not re.search(r"^  verify ", pipeline.run("help").stdout, re.MULTILINE):
        pytest.skip("this build has no verify command")
    ran = pipeline.run("verify", "--pipeline", str(pipeline.file))
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_crash_into_a_directory(pinlake_path, tmp_path):
    pipeline = Pipeline(pinlake_path, tmp_path, "  url: file:lake", {})
    bucket = tmp_path / "lake"
    acknowledged, objects_hold = crash_again_and_again(pipeline, bucket, ROUNDS, SEED)
    print(f"{ROUNDS} kills, seed {SEED}: {acknowledged} acknowledged, {objects_hold} stored")
    verify(pipeline)


def test_crash_into_versitygw(pinlake_path, tmp_path, versitygw):
    bucket = f"crash-{os.getpid()}"
    versitygw.create_bucket(bucket)
    store = f"  url: s3://{bucket}\n  endpoint: {versitygw.endpoint}"
    pipeline = Pipeline(pinlake_path, tmp_path, store, versitygw.aws_environment())
    acknowledged, objects_hold = crash_again_and_again(pipeline, versitygw.dir / "data" / bucket, ROUNDS, SEED + 1)
    print(f"{ROUNDS} kills, seed {SEED + 1}: {acknowledged} acknowledged, {objects_hold} stored")
    verify(pipeline)
