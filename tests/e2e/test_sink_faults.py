"""Three `pinlake sink` processes in one group, between a real broker and a real S3 server that is spoilt on its way: kill -9,
processes that sleep past their session's end and wake up as zombies, S3 cut off, answers refused, late, half or lost.

Objects are cut by the wall clock, so no run repeats another. Every acknowledged record is in exactly one object, at the place
that its offset says, and `pinlake verify --deep` agrees. PINLAKE_SINK_ROUNDS rounds (5 unless said; `scripts/soak sink` makes
300), PINLAKE_SIM_FIRST_SEED the seed, PINLAKE_SINK_CUT_S how long S3 is cut off.
"""

import json
import os
import pathlib
import random
import re
import signal
import subprocess
import threading
import time

import kafka as kafka_service
from fault_proxy import FaultProxy
from process import find_program

TOPIC = "faults"
BUCKET = "sink-faults"
PARTITIONS = 6
PROCESSES = 3
SESSION_S = 3
SETTLE_S = 240
ROUNDS = int(os.environ.get("PINLAKE_SINK_ROUNDS", "5"))
SEED = int(os.environ.get("PINLAKE_SIM_FIRST_SEED", "1"))
CUT_S = float(os.environ.get("PINLAKE_SINK_CUT_S", "3"))

SINK = """name=faults
connector.class=io.confluent.connect.s3.S3SinkConnector
tasks.max=2
topics={topic}
s3.bucket.name={bucket}
s3.region=us-east-1
store.url={endpoint}
flush.size=200
rotate.schedule.interval.ms=400
timezone=UTC
retry.backoff.ms=300
s3.retry.backoff.ms=50
s3.object.tagging=true
storage.class=io.confluent.connect.s3.storage.S3Storage
format.class=io.confluent.connect.s3.format.json.JsonFormat
partitioner.class=io.confluent.connect.storage.partitioner.DefaultPartitioner
value.converter=org.apache.kafka.connect.json.JsonConverter
value.converter.schemas.enable=false
"""


class Load:
    """Produces batches with kcat until it is closed; each batch is acknowledged as a whole."""

    def __init__(self, bootstrap, seed):
        self.acknowledged = [0] * PARTITIONS  # records
        self.failure = None
        self._bootstrap = bootstrap
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send, args=(random.Random(seed),))
        self._thread.start()

    def close(self):
        self._stop.set()
        self._thread.join()
        assert self.failure is None, self.failure

    def _send(self, chance):
        kcat = find_program("kcat", "run scripts/bootstrap --test")
        while not self._stop.is_set():
            partition = chance.randrange(PARTITIONS)
            count = chance.choice((1, 3, 50, 500))
            first = self.acknowledged[partition]
            lines = "".join(f'{{"p":{partition},"n":{first + i}}}\n' for i in range(count))
            ran = subprocess.run([kcat, "-b", self._bootstrap, "-t", TOPIC, "-P", "-p", str(partition), "-X", "acks=all",
                                  "-X", "enable.idempotence=true"], input=lines, text=True, capture_output=True, check=False)
            if ran.returncode:
                self.failure = ran.stderr
                return
            self.acknowledged[partition] += count
            self._stop.wait(chance.random() * 0.1)


class Group:
    """The processes, by number."""

    def __init__(self, program, directory, environment, bootstrap):
        self._command = [str(program), "sink", "sink.properties", "--bootstrap-server", bootstrap, "--command-config",
                         "client.properties"]
        self._directory = directory
        self._environment = {**os.environ, **environment}
        self.running = {}

    def start(self, number):
        with open(self._log(number), "ab") as log:
            self.running[number] = subprocess.Popen(self._command, cwd=self._directory, env=self._environment,
                                                    stdout=subprocess.DEVNULL, stderr=log)

    def kill(self, number):
        self.check()
        self.running[number].kill()
        self.running[number].wait()

    def check(self):
        for number, process in self.running.items():
            assert process.poll() is None, f"process {number} ended with {process.returncode}:\n{self.log_end(number)}"

    def close(self):
        for process in self.running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()

    def stop(self):
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        for number, process in self.running.items():
            assert process.wait(timeout=120) == 0, self.log_end(number)

    def log_end(self, number):
        return self._log(number).read_text(errors="replace")[-3000:]

    def _log(self, number):
        return self._directory / f"stderr-{number}.txt"


def stored(bucket):
    """The numbers of each partition's records in the order of their offsets: each exactly at its place."""
    objects = {}
    for path in pathlib.Path(bucket).rglob(f"{TOPIC}+*.json"):
        partition, first = map(int, re.fullmatch(r".+\+(\d+)\+(\d+)\.json", path.name).groups())
        objects.setdefault(partition, {})[first] = path
    ends = [0] * PARTITIONS
    for partition, paths in objects.items():
        for first, path in sorted(paths.items()):
            if first != ends[partition]:
                break  # the one before is not stored yet; or never: then the settling ends in an error
            numbers = [json.loads(line)["n"] for line in path.read_text().splitlines()]
            assert numbers == list(range(first, first + len(numbers))), f"{path}: {numbers[:5]}…"
            ends[partition] += len(numbers)
    return ends


def first_keys(client):
    """The keys of the first objects of the bucket, in order."""
    listed = client.list_objects_v2(Bucket=BUCKET, Prefix=f"topics/{TOPIC}/partition=0/", MaxKeys=3)
    return [entry["Key"] for entry in listed["Contents"]]


def settle(group, bucket, acknowledged):
    deadline = time.monotonic() + SETTLE_S
    while (ends := stored(bucket)) != acknowledged:
        assert time.monotonic() < deadline, f"stored up to {ends}, acknowledged {acknowledged}:\n{group.log_end(0)}"
        group.check()
        time.sleep(0.3)


def one_round(group, proxy, action, chance):
    number = chance.randrange(PROCESSES)
    if action == "kill":
        group.kill(number)
        group.start(number)
    elif action == "zombie":
        process = group.running[number]
        process.send_signal(signal.SIGSTOP)
        time.sleep(SESSION_S + 1 + chance.random())
        process.send_signal(signal.SIGCONT)
    else:
        proxy.cut()
        time.sleep(CUT_S)
        proxy.mend()
    time.sleep(chance.random() * 1.5)


def actions(rounds, chance):
    """Kills most of all, and at least one of each."""
    drawn = ["zombie", "cut"] + [chance.choice(("kill",) * 9 + ("zombie",)) for _ in range(rounds - 2)]
    chance.shuffle(drawn)
    return drawn


def test_crashes_zombies_and_a_bad_s3_leave_each_record_in_one_object(pinlake_path, pinlake, tmp_path, own_versitygw):
    own_versitygw.create_bucket(BUCKET)
    bucket = own_versitygw.dir / "data" / BUCKET
    chance = random.Random(SEED)
    with kafka_service.Kafka(version="3.9") as broker, FaultProxy(own_versitygw.port, SEED) as proxy:
        kafka_service.create_topic(broker.bootstrap, TOPIC, PARTITIONS, 1)
        (tmp_path / "client.properties").write_text(f"session.timeout.ms={SESSION_S * 1000}\nheartbeat.interval.ms=500\n")
        for name, endpoint in (("sink", proxy.endpoint), ("verify", own_versitygw.endpoint)):
            (tmp_path / f"{name}.properties").write_text(SINK.format(topic=TOPIC, bucket=BUCKET, endpoint=endpoint))
        group = Group(pinlake_path, tmp_path, own_versitygw.aws_environment(), broker.bootstrap)
        load = Load(broker.bootstrap, SEED)
        try:
            for number in range(PROCESSES):
                group.start(number)
            for action in actions(ROUNDS, chance):
                one_round(group, proxy, action, chance)
                group.check()
            load.close()
            proxy.share = 0
            settle(group, bucket, load.acknowledged)
            group.stop()
        finally:
            load._stop.set()  # pylint: disable=protected-access
            group.close()
        print(f"{ROUNDS} rounds, seed {SEED}: {sum(load.acknowledged)} records, faults {dict(proxy.counts)}")
        assert sum(proxy.counts[fault] for fault in proxy.counts if fault != "none") > 0, "nothing was spoilt"

        def verify(*more):
            return pinlake("verify", "verify.properties", "--bootstrap-server", broker.bootstrap, *more,
                           env={**os.environ, **own_versitygw.aws_environment()}, timeout=600)

        verified = verify("--deep")
        assert verified.returncode == 0, verified.stdout + verified.stderr
        # That is worth something only if a missing object is missed.
        client = own_versitygw.client()
        key = first_keys(client)[-1]
        tags = {tag["Key"]: tag["Value"] for tag in client.get_object_tagging(Bucket=BUCKET, Key=key)["TagSet"]}
        assert int(tags["startOffset"]) == int(key.split("+")[-1].removesuffix(".json")), (key, tags)
        assert int(tags["endOffset"]) - int(tags["startOffset"]) + 1 == int(tags["recordCount"]), (key, tags)
        client.delete_object(Bucket=BUCKET, Key=key)
        gap = verify()
        assert gap.returncode == 5, gap.stdout + gap.stderr
        assert f"offsets {tags['startOffset']}..{tags['endOffset']} are in no object" in gap.stdout
