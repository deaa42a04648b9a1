"""MariaDB -> emulate -> gateway -> embedded log -> sink with the reference project's properties -> S3.

Each post is three rows of a database; with flush.size=1 each acknowledged record is one object under the key that
the original connector gives it, and holds the row that stands in the database. PINLAKE_MYSQL_POSTS posts (200 unless
said; `scripts/soak mysql-to-s3` makes 20,000), PINLAKE_SIM_FIRST_SEED draws the rows.
"""

import collections
import contextlib
import json
import os
import re
import subprocess
import time

import pytest

from conftest import TOP
from mysql_peer import MySqlPeer
POSTS = int(os.environ.get("PINLAKE_MYSQL_POSTS", "200"))
SEED = int(os.environ.get("PINLAKE_SIM_FIRST_SEED", "1"))
ROWS = 11_000
BUCKET = "user-129a67850695-bucket"
TOPICS = {"129a67850695.pin": ("pinterest_data", "index"), "129a67850695.geo": ("geolocation_data", "ind"),
          "129a67850695.user": ("user_data", "ind")}
KEY = re.compile(r"topics/(?P<topic>129a67850695\.(?:pin|geo|user))/partition=(?P<partition>\d+)/"
                 r"(?P=topic)\+(?P=partition)\+(?P<offset>\d{10})\.json")
STORED_WITHIN_S = 60 + POSTS / 50


def pipeline_text(store):
    """A pipeline whose sink has the reference project's connector properties, verbatim."""
    lines = (TOP / "examples" / "pinterest" / "s3-sink.properties").read_text().splitlines()
    properties = [line.split("=", 1) for line in lines if line and not line.startswith("#")]
    topics = "\n".join(f"    - {{name: {topic}, partitions: 3}}" for topic in TOPICS)
    sink = "\n".join(f"    {key}: {json.dumps(value)}" for key, value in properties)
    return (f"data.dir: data\nlog:\n  topics:\n{topics}\ngateway: {{listen: \"127.0.0.1:0\"}}\n"
            f"store:\n  url: {store}\nsinks:\n  - name: pinterest\n{sink}\n")


@pytest.fixture
def database(mariadb, pinlake_path):
    """The URL of a MariaDB with the data set's three tables, and the environment with its password."""
    environment = dict(os.environ, PINLAKE_MYSQL_PASSWORD=mariadb.password)
    url = f"mysql://{mariadb.user}@127.0.0.1:{mariadb.port}/{mariadb.database}"
    subprocess.run([pinlake_path, "dataset", "load", "--to", url, "--rows", str(ROWS)], env=environment, check=True,
                   capture_output=True, timeout=120)
    return url, environment


@contextlib.contextmanager
def running(pinlake_path, directory, environment):
    with open(directory / "run.log", "w", encoding="utf-8") as log:
        process = subprocess.Popen([pinlake_path, "run", "pipeline.yaml", "--log-level", "warn"], cwd=directory, text=True,
                                   stdout=subprocess.PIPE, stderr=log, env=environment)
    try:
        ready = process.stdout.readline()
        assert ready.startswith("ready "), (directory / "run.log").read_text()
        yield ready.split("gateway=")[1].split()[0]
        process.terminate()
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.communicate()


def emulate(pinlake_path, directory, environment, url, gateway, *arguments):
    done = subprocess.run([pinlake_path, "emulate", "--source", url, "--to", gateway, "--seed", str(SEED), "--acked",
                           "acked", "--json", *arguments], cwd=directory, env=environment, text=True,
                          capture_output=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def wait_for_objects(bucket, wanted):
    deadline = time.monotonic() + STORED_WITHIN_S
    while True:
        found = [path for path in bucket.glob("topics/**/*.json")]
        if len(found) >= wanted:
            return found
        assert time.monotonic() < deadline, f"{len(found)} of {wanted} objects after {STORED_WITHIN_S:.0f} s"
        time.sleep(max(0.1, POSTS / 10_000))


def database_rows(mariadb):
    """(topic, number) → the row as JSON objects hold it."""
    rows = {}
    for topic, (table, number) in TOPICS.items():
        columns = [line[0] for line in mariadb.execute(
            f"SELECT column_name FROM information_schema.columns WHERE table_schema = '{mariadb.database}' "
            f"AND table_name = '{table}' ORDER BY ordinal_position")]
        pairs = ", ".join(f"'{column}', `{column}`" for column in columns)
        listed = mariadb.execute(f"SELECT HEX(JSON_OBJECT({pairs})) FROM {mariadb.database}.{table}")
        for line in listed:
            row = json.loads(bytes.fromhex(line[0]))
            for column in ("timestamp", "date_joined"):
                if row.get(column):
                    row[column] = row[column][:19]
            rows[topic, row[number]] = row
    return rows


def check_objects(mariadb, bucket, objects, acknowledged):
    """Keys as the original makes them, one for each acknowledged record; contents as in the database."""
    rows = database_rows(mariadb)
    keys = collections.Counter()
    for path in objects:
        match = KEY.fullmatch(str(path.relative_to(bucket)))
        assert match, path
        keys[match["topic"], int(match["partition"]), int(match["offset"])] += 1
        lines = path.read_text(encoding="utf-8").split("\n")
        assert len(lines) == 2 and lines[1] == "", path
        value = json.loads(lines[0])
        assert value == rows[match["topic"], value[TOPICS[match["topic"]][1]]], path
    assert keys == collections.Counter(acknowledged)


def read_acknowledged(directory):
    lines = (directory / "acked").read_text(encoding="utf-8").splitlines()
    return [(topic, int(partition), int(offset)) for topic, partition, offset in (line.split(",") for line in lines)]


def verify(pinlake, directory, environment):
    done = pinlake("verify", "--json", "--deep", cwd=directory, env=environment, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr


def test_mysql_to_s3(pinlake, pinlake_path, tmp_path, mariadb, own_versitygw, database):
    url, environment = database
    environment = {**environment, **own_versitygw.aws_environment()}
    own_versitygw.create_bucket(BUCKET)
    (tmp_path / "pipeline.yaml").write_text(pipeline_text(f"s3://{BUCKET}\n  endpoint: {own_versitygw.endpoint}"))
    bucket = own_versitygw.dir / "data" / BUCKET
    started = time.monotonic()
    with running(pinlake_path, tmp_path, environment) as gateway:
        report = emulate(pinlake_path, tmp_path, environment, url, gateway, "--rate", "max", "--count", str(POSTS),
                         "--concurrency", "4")
        posted = time.monotonic()
        objects = wait_for_objects(bucket, 3 * POSTS)
        stored = time.monotonic()
    assert report["posts"] == POSTS and report["acknowledged"] == 3 * POSTS and report["failed"] == 0
    assert report["maybe_doubled"] == 0
    check_objects(mariadb, bucket, objects, read_acknowledged(tmp_path))
    verify(pinlake, tmp_path, environment)
    print(f"\n{POSTS} posts, {3 * POSTS} objects: posted in {posted - started:.1f} s "
          f"({POSTS / (posted - started):.0f}/s, p99 {report['latency_ms_p99']:.1f} ms), "
          f"all stored {stored - posted:.1f} s later ({3 * POSTS / (stored - started):.0f} objects/s)", flush=True)


def test_the_database_goes_away_and_comes_back(pinlake_path, tmp_path, mariadb, database):
    url, environment = database
    (tmp_path / "pipeline.yaml").write_text(pipeline_text("file:bucket-root/user-129a67850695-bucket"))
    with running(pinlake_path, tmp_path, environment) as gateway:
        process = subprocess.Popen(
            [pinlake_path, "emulate", "--source", url, "--to", gateway, "--rate", "100/s", "--count", "300", "--acked",
             "acked", "--json"], cwd=tmp_path, env=environment, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        acked = tmp_path / "acked"
        while not acked.exists() or acked.read_bytes().count(b"\n") < 90:
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        mariadb.restart()
        out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert "The database is away" in err
    assert json.loads(out)["acknowledged"] == 900


def test_a_wrong_password_is_a_clear_sentence(pinlake, mariadb, database):
    url, environment = database
    done = pinlake("emulate", "--source", url, "--count", "1", env={**environment, "PINLAKE_MYSQL_PASSWORD": "wrong"})
    assert done.returncode == 3
    assert "Access denied for user 'pinlake'" in done.stderr
    assert "wrong" not in done.stderr and mariadb.password not in done.stderr


@pytest.mark.parametrize("full", [False, True], ids=["fast", "full"])
def test_mysql_8_passwords(pinlake, tmp_path, full):
    """caching_sha2_password, by scramble and by RSA; a wrong password is refused."""
    with MySqlPeer(tmp_path, "s3cret", full) as peer:
        url = f"mysql://peer@127.0.0.1:{peer.port}/db"
        right = pinlake("dataset", "load", "--to", url, env={**os.environ, "PINLAKE_MYSQL_PASSWORD": "s3cret"})
        wrong = pinlake("dataset", "load", "--to", url, env={**os.environ, "PINLAKE_MYSQL_PASSWORD": "other"})
    assert "scripted end" in right.stderr and peer.seen[0].startswith("SET time_zone")
    assert wrong.returncode == 3 and "Access denied for user 'peer'" in wrong.stderr


def test_ed25519_passwords(pinlake, mariadb):
    """MariaDB's own, without a secret on the wire."""
    mariadb.execute(f"""
        INSTALL SONAME 'auth_ed25519';
        CREATE USER edward@'127.0.0.1' IDENTIFIED VIA ed25519 USING PASSWORD('s3cret');
        GRANT ALL ON {mariadb.database}.* TO edward@'127.0.0.1';
    """)
    url = f"mysql://edward@127.0.0.1:{mariadb.port}/{mariadb.database}"
    done = pinlake("dataset", "load", "--to", url, "--rows", "10", env={**os.environ, "PINLAKE_MYSQL_PASSWORD": "s3cret"})
    assert done.returncode == 0, done.stderr
    mariadb.execute("DROP USER edward@'127.0.0.1'; UNINSTALL SONAME 'auth_ed25519';")
