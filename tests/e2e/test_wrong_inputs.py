"""Wrong inputs: each is answered with a clear sentence and the right exit code or status; nothing is lost, nothing crashes."""

import http.client
import json
import os
import pathlib
import re
import signal
import socket
import time

import pytest

from process import free_port

TOP = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = TOP / "examples" / "pinterest" / "pipeline.yaml"
TOPIC = "129a67850695.pin"
JSON_V2 = "application/vnd.kafka.json.v2+json"

SINK = """
sinks:
  - name: s
    topics.regex: 129a67850695.*
    flush.size: 1
    format.class: io.confluent.connect.s3.format.json.JsonFormat
    value.converter: org.apache.kafka.connect.json.JsonConverter
    value.converter.schemas.enable: false
"""


# ---- the command line and files: exit code 64, every problem named, nothing made

@pytest.mark.parametrize("arguments, sentence", [
    (["qurey"], "unknown command 'qurey'; did you mean query?"),
    (["demo", "--pots", "5"], "unknown option --pots; did you mean --posts?"),
    (["demo", "--posts", "many"], "--posts: 'many' is not an integer (allowed: 1 .. 100000000)"),
    (["demo", "--posts"], "--posts: needs a value"),
    (["run", "a.yaml", "b.yaml"], "'a.yaml' is one argument too many"),
    (["run", "none.yaml"], "read none.yaml: No such file or directory"),
    (["run"], "there is no ./pipeline.yaml; name one with --pipeline FILE"),
    (["run", str(EXAMPLE), "--set", "gateway.listn=127.0.0.1:0"],
     "--set: gateway.listn: unknown option; did you mean gateway.listen?"),
    (["run", str(EXAMPLE), "--set", "store.url"], "--set: 'store.url' is not key=value"),
    (["run", str(EXAMPLE), "--set", "gateway.listen=${env:PINLAKE_NOT_SET}"],
     "--set: gateway.listen: environment variable PINLAKE_NOT_SET is not set"),
    (["run", str(EXAMPLE), "--set", "store.url=gs://bucket"],
     "--set: store.url: 'gs://bucket' has a scheme that is not known here (allowed: file://…, s3://…)"),
    (["run", str(EXAMPLE), "--set", "log.type=kafka"], "bootstrap.servers: required"),
    (["run", str(EXAMPLE), "--set", "sinks.pinterest.transforms=x"], "transforms: 'x' is not supported yet"),
    (["run", str(EXAMPLE), "--set", "sinks.pinterst.flush.size=1"],
     "--set: sinks.pinterst.flush.size: no sink of the file has that name"),
    (["run", str(EXAMPLE), "--set", "memory.budget=lots"], "memory.budget: 'lots' is not a number of bytes such as 256MiB"),
    (["topics", "--create", "--log-dir", "x"], "--topic: required"),
    (["sink"], "connector.properties is missing"),
    (["run", str(EXAMPLE), "--log-level", "loud"],
     "--log-level: 'loud' is not one of the choices (allowed: debug, info, warn, error)"),
])
def test_a_wrong_command_line_says_what_is_wrong(pinlake, tmp_path, arguments, sentence):
    ran = pinlake(*arguments)
    assert ran.returncode == 64, ran.stderr
    assert sentence in ran.stderr
    assert ran.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text, sentence", [
    ("gateway: {listen: [1\nlog: x\n", "p.yaml:2:"),
    ("gatway: {listen: x}\n", "p.yaml:1: gatway: unknown section; did you mean gateway?"),
    ("streams: [{name: s}]\n", "p.yaml:1: streams: is not supported"),
    ("gateway: {}\ngateway: {}\n", "p.yaml:2:1: gateway is given twice"),
    ("data.dir: x\n", "p.yaml has neither a gateway nor a sink to run"),
    ("gateway:\nsinks: [{name: s, file: none.properties}]\n", "none.properties: No such file or directory"),
    ("gateway:\nlog: {topics: [{partitions: 3}]}\n", "log.topics[0].name: required"),
])
def test_a_wrong_pipeline_file_says_where(pinlake, tmp_path, text, sentence):
    (tmp_path / "p.yaml").write_text(text)
    ran = pinlake("run", "p.yaml")
    assert ran.returncode == 64, ran.stderr
    assert sentence in ran.stderr


def test_all_problems_of_a_file_come_at_once_and_no_secret_with_them(pinlake, tmp_path, monkeypatch):
    monkeypatch.setenv("PINLAKE_TEST_SECRET", "geheim")
    (tmp_path / "p.yaml").write_text(
        "gateway:\n  listen: here\n  threads: ${env:PINLAKE_TEST_SECRET}\nmemory.budgt: 1\n"
        "store: {secret.access.key: geheim}\n" + SINK.replace("flush.size: 1", "flush.size: 0"))
    ran = pinlake("run", "p.yaml")
    assert ran.returncode == 64
    for sentence in ("p.yaml:2: gateway.listen: 'here' is not HOST:PORT",
                     "p.yaml:3: gateway.threads: the value is not an integer (allowed: 0 .. 256)",
                     "p.yaml:4: memory.budgt: unknown option; did you mean memory.budget?",
                     "flush.size: '0' is out of bounds (allowed: at least 1)",
                     "one is given without the other"):
        assert sentence in ran.stderr
    assert "geheim" not in ran.stderr


def test_a_wrong_connector_file_names_its_lines(pinlake, tmp_path):
    (tmp_path / "s3.properties").write_text("flush.size=ten\ntopics=a\ntransforms=drop\ntasks.max=3\\u12\n")
    ran = pinlake("sink", "s3.properties", "--log-dir", "log")
    assert (ran.returncode, "s3.properties:4: \\u needs four hexadecimal digits" in ran.stderr) == (64, True), ran.stderr
    (tmp_path / "s3.properties").write_text("flush.size=ten\ntopics=a\ntransforms=drop\n")
    ran = pinlake("sink", "s3.properties", "--log-dir", "log")
    assert ran.returncode == 64
    for sentence in ("s3.properties:1: flush.size: 'ten' is not an integer", "s3.properties:3: transforms: 'drop' is not",
                     "s3.bucket.name: required", "format.class: required"):
        assert sentence in ran.stderr


# ---- the surroundings: exit code 3 for what is not there, in use or not allowed

def run_example(pinlake, tmp_path, *sets):
    arguments = [part for key in ("gateway.listen=127.0.0.1:0", f"data.dir={tmp_path}/d", *sets) for part in ("--set", key)]
    return pinlake("run", EXAMPLE, *arguments)


def test_a_taken_port_is_named(pinlake, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ran = run_example(pinlake, tmp_path, f"gateway.listen=127.0.0.1:{port}")
    assert ran.returncode == 3, ran.stderr
    assert f"127.0.0.1:{port}" in ran.stderr and "the port is taken" in ran.stderr


def test_an_address_for_all_needs_to_be_said_aloud(pinlake, tmp_path):
    ran = run_example(pinlake, tmp_path, "gateway.listen=0.0.0.0:0")
    assert ran.returncode == 2, ran.stderr
    assert "insecure" in ran.stderr


@pytest.mark.parametrize("key", ["log.dir=/sys/pinlake", "store.url=file:///sys/pinlake"])
def test_a_directory_that_can_not_be_written_is_named(pinlake, tmp_path, key):
    ran = run_example(pinlake, tmp_path, key)
    assert ran.returncode == 3, ran.stderr
    assert "/sys/pinlake" in ran.stderr


def test_a_file_in_the_place_of_the_log_is_named(pinlake, tmp_path):
    (tmp_path / "file").write_text("x")
    ran = run_example(pinlake, tmp_path, f"log.dir={tmp_path}/file")
    assert ran.returncode in (2, 3), ran.stderr
    assert f"{tmp_path}/file" in ran.stderr


def test_a_demo_wants_a_directory_of_its_own(pinlake, tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "mine").write_text("x")
    ran = pinlake("demo", "--dir", "d", "--exit")
    assert ran.returncode == 3
    assert "d is not empty" in ran.stderr
    assert os.listdir(tmp_path / "d") == ["mine"]


def s3_sets(server, bucket, **more):
    keys = {"store.url": f"s3://{bucket}/prefix", "store.endpoint": server.endpoint, **more}
    return [f"{key}={value}" for key, value in keys.items()]


def test_a_missing_bucket_is_named(pinlake, tmp_path, versitygw, monkeypatch):
    for name, value in versitygw.aws_environment().items():
        monkeypatch.setenv(name, value)
    ran = run_example(pinlake, tmp_path, *s3_sets(versitygw, "no-such-bucket"))
    assert ran.returncode == 3, ran.stderr
    assert "no-such-bucket" in ran.stderr


def test_a_wrong_secret_is_refused_and_not_shown(pinlake, tmp_path, versitygw, monkeypatch):
    environment = versitygw.aws_environment()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-the-secret")
    ran = run_example(pinlake, tmp_path, *s3_sets(versitygw, "pinlake-test"))
    assert ran.returncode == 3, ran.stderr
    assert "pinlake-test" in ran.stderr
    assert "not-the-secret" not in ran.stderr and environment["AWS_SECRET_ACCESS_KEY"] not in ran.stderr


def test_sql_that_is_wrong_or_reaches_out_is_refused(pinlake, tmp_path):
    shown = pinlake("demo", "--dir", "d", "--exit", "--posts", "10", "--json")
    assert shown.returncode == 0, shown.stderr
    for sql, word in (("SELEC 1", "SELEC"), ("SELECT * FROM raw.nothing", "nothing"),
                      ("SELECT * FROM read_csv('/etc/passwd')", "passwd")):
        ran = pinlake("query", "--pipeline", "d/pipeline.yaml", "--sql", sql)
        assert ran.returncode == 2, (sql, ran.stdout, ran.stderr)
        assert ran.stdout == "" and "root:" not in ran.stderr
        assert word in ran.stderr
    ran = pinlake("query", "posts_per_contry", "--pipeline", "d/pipeline.yaml")
    assert ran.returncode == 64 and "posts_per_contry" in ran.stderr, ran.stderr


# ---- the running server

@pytest.fixture
def served(pinlake_process, tmp_path):
    """The example, running, with short time-outs. What is posted to it is in `acknowledged`."""
    sets = ["gateway.listen=127.0.0.1:0", f"data.dir={tmp_path}/d", "gateway.head.timeout.ms=500",
            "gateway.body.timeout.ms=500", "gateway.body.bytes.max=1MiB", "log.record.bytes.max=64KiB"]
    process = pinlake_process("run", EXAMPLE, *[part for key in sets for part in ("--set", key)],
                              stderr=(tmp_path / "stderr").open("w"))
    ready = process.stdout.readline()
    server = Served(process, int(re.search(r"gateway=http://127.0.0.1:(\d+)", ready)[1]), tmp_path)
    server.post_good()
    return server


class Served:
    def __init__(self, process, port, tmp_path):
        self.process, self.port, self.tmp_path = process, port, tmp_path
        self.acknowledged = 0

    def request(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def post(self, body, topic=TOPIC, content_type=JSON_V2):
        return self.request("POST", f"/topics/{topic}", body, Content_Type=content_type)

    def post_good(self):
        status, text = self.post(json.dumps({"records": [{"value": {"index": self.acknowledged}}]}))
        assert status == 200, text
        assert json.loads(text)["offsets"][0]["error_code"] is None
        self.acknowledged += 1

    def raw(self, data, until_closed=True):
        """What the server answers to \\p data on a connection of its own."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall(data)
            answer = b""
            while part := connection.recv(65536):
                answer += part
                if not until_closed and b"\r\n\r\n" in answer:
                    break
            return answer.decode()

    def stop_and_verify(self, pinlake):
        """It still serves, stops cleanly, and what was acknowledged is in the log and its objects."""
        self.post_good()
        pipeline = ["--pipeline", EXAMPLE, "--set", f"data.dir={self.tmp_path}/d"]
        self.wait_for_objects()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=30) == 0
        verified = pinlake("verify", "--json", *pipeline)
        assert verified.returncode == 0, verified.stdout + verified.stderr
        assert json.loads(verified.stdout)["records"] == self.acknowledged

    def wait_for_objects(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            lines = sum(len(file.read_bytes().splitlines()) for file in (self.tmp_path / "d" / "lake").rglob("*.json"))
            if lines == self.acknowledged:
                time.sleep(0.3)  # for the commit that follows the last object
                return
            time.sleep(0.1)
        raise AssertionError("the records were not stored")


def test_wrong_requests_are_answered_and_nothing_is_lost(served, pinlake):
    too_large = json.dumps({"records": [{"value": "x" * 100_000}]})
    cases = [
        (served.post('{"records": [{"value": 1}'), 400, "JSON at byte 25: the text ends too early"),
        (served.post('{"recrods": []}'), 422, "recrods"),
        (served.post('{"records": []}'), 422, "record"),
        (served.post("{}", content_type="text/plain"), 415, "415"),
        (served.post('{"records": [{"value": 1}]}', topic="no.such.topic"), 404, "40401"),
        (served.request("GET", "/no/such/path"), 404, "404"),
        (served.request("DELETE", f"/topics/{TOPIC}"), 405, "405"),
        (served.request("GET", "/topics/" + "x" * 300), 422, "1 to 249 are allowed"),
    ]
    for (status, text), expected, word in cases:
        assert status == expected, (expected, word, text)
        assert word.lower() in text.lower(), (expected, word, text)
    status, text = served.post(too_large)
    assert status in (200, 413, 422), text
    if status == 200:
        assert json.loads(text)["offsets"][0]["error_code"] is not None
    served.stop_and_verify(pinlake)


def test_wrong_framing_is_answered_and_nothing_is_lost(served, pinlake):
    head = f"POST /topics/{TOPIC} HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON_V2}\r\n".encode()
    cases = [
        (b"complete nonsense\r\n\r\n", " 400 "),
        (b"GET / HTTP/1.1\r\n\r\n", " 400 "),
        (head + b"Content-Length: 10737418240\r\n\r\n", " 413 "),
        (head + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", " 400 "),
        (head + b"Content-Length: -1\r\n\r\n", " 400 "),
        (head + b"X-Large: " + b"x" * 100_000 + b"\r\n\r\n", " 431 "),
    ]
    for data, status in cases:
        answer = served.raw(data)
        assert status in answer.split("\r\n")[0], (data[-60:], answer[:300])
        body = answer.split("\r\n\r\n", 1)[1]
        assert len(json.loads(body)["message"]) > 10, body
    served.stop_and_verify(pinlake)


def test_slow_clients_are_told_to_go_and_others_are_served(served, pinlake):
    slow_head = socket.create_connection(("127.0.0.1", served.port), timeout=30)
    slow_head.sendall(b"POST /topics/t HT")
    slow_body = socket.create_connection(("127.0.0.1", served.port), timeout=30)
    slow_body.sendall(f"POST /topics/{TOPIC} HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON_V2}\r\n"
                      "Content-Length: 1000\r\n\r\n{".encode())
    for connection in (slow_head, slow_body):
        served.post_good()
        answer = connection.recv(65536).decode()
        assert " 408 " in answer.split("\r\n")[0], answer
        connection.close()
    served.stop_and_verify(pinlake)


def test_a_client_that_goes_away_harms_nobody(served, pinlake):
    for cut in (1, 60, 150):
        with socket.create_connection(("127.0.0.1", served.port), timeout=30) as connection:
            request = (f"POST /topics/{TOPIC} HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON_V2}\r\n"
                       "Content-Length: 1000\r\n\r\n" + "{" * 500).encode()
            connection.sendall(request[:cut])
    served.stop_and_verify(pinlake)


def test_a_second_process_on_the_same_log_is_refused(served, pinlake, tmp_path):
    ran = run_example(pinlake, tmp_path)
    assert ran.returncode == 3, ran.stderr
    assert str(tmp_path / "d" / "log") in ran.stderr and str(served.process.pid) in ran.stderr
    ran = pinlake("topics", "--create", "--topic", "t", "--log-dir", tmp_path / "d" / "log")
    assert ran.returncode == 3, ran.stderr
    served.stop_and_verify(pinlake)


def test_looking_at_topics_needs_no_lock_and_makes_nothing(pinlake, served, tmp_path):
    for flags in (["--list"], ["--describe", "--topic", TOPIC]):
        ran = pinlake("topics", *flags, "--log-dir", tmp_path / "d" / "log")
        assert ran.returncode == 0 and TOPIC in ran.stdout, ran.stderr
        ran = pinlake("topics", *flags, "--log-dir", "none")
        assert ran.returncode == 3 and "no log in" in ran.stderr, ran.stderr
        assert not (tmp_path / "none").exists()
    ran = pinlake("topics", "--create", "--topic", "new", "--log-dir", tmp_path / "d" / "log")
    assert ran.returncode == 3 and "held by process" in ran.stderr, ran.stderr
