"""Signing in to a Kafka that checks tokens of MSK by itself: the seed's client.properties word for word, with STS played on
loopback, and each thing that can be wrong with a token."""

import http.server
import json
import os
import subprocess
import threading
import time
import urllib.parse

import pytest

import secure_kafka as service
from conftest import TOP
from process import find_program

SEED_PROPERTIES = TOP / "examples" / "pinterest" / "client.properties"
ROLE = "arn:aws:iam::123456789012:role/msk-access"
ROLE_KEY, ROLE_SECRET, ROLE_TOKEN = "ASIAPINLAKETEST00002", "canary/role+secret-e12a", "canary/role+token==9c"
ANSWER_WITHIN_S = 60


@pytest.fixture
def broker(secure_kafka):
    secure_kafka.set_accounts()
    return secure_kafka


class Sts(http.server.ThreadingHTTPServer):
    """Plays AWS's Security Token Service: AssumeRole gives the role's keys to those who ask with the right key, once
    `refuse` is not set. Keeps the forms that it got."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), StsHandler)
        self.forms = []
        self.refuse = None
        self.seconds = 3600

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class StsHandler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self.server.forms.append(form)
        known = f"Credential={service.ACCESS_KEY}/" in self.headers.get("Authorization", "")
        if self.server.refuse or not known:
            status, answer = 403, (f"<ErrorResponse><Error><Code>AccessDenied</Code><Message>{self.server.refuse or 'who are you'}"
                                   "</Message></Error></ErrorResponse>")
        else:
            ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + self.server.seconds))
            status, answer = 200, (
                f"<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>{ROLE_KEY}</AccessKeyId><SecretAccessKey>"
                f"{ROLE_SECRET}</SecretAccessKey><SessionToken>{ROLE_TOKEN}</SessionToken><Expiration>{ends}</Expiration>"
                "</Credentials></AssumeRoleResult></AssumeRoleResponse>")
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *unused):
        pass


@pytest.fixture
def sts():
    with Sts() as server:
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        yield server
        server.shutdown()
        serving.join()


@pytest.fixture
def aws(broker, tmp_path):
    """The environment of a user of AWS whose system trusts the broker's authority; nothing of this machine's own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**environment, "AWS_EC2_METADATA_DISABLED": "true", "HOME": str(tmp_path), "AWS_REGION": service.REGION,
            "AWS_ACCESS_KEY_ID": service.ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": service.SECRET_KEY,
            "SSL_CERT_FILE": str(broker.certificates.path("ca.pem"))}


@pytest.fixture
def topics(broker, pinlake, aws, tmp_path):
    """Runs `pinlake topics` on the broker with a file of properties (the plain login line unless given)."""

    def run(*arguments, properties=None, **changes):
        (tmp_path / "client.properties").write_text(properties or (
            "security.protocol = SASL_SSL\nsasl.mechanism = AWS_MSK_IAM\n"
            "sasl.jaas.config = software.amazon.msk.auth.iam.IAMLoginModule required;\n"))
        return pinlake("topics", "--bootstrap-server", broker.address("SIGNED"), "--command-config", "client.properties",
                       *arguments, env={**aws, **changes}, timeout=ANSWER_WITHIN_S)

    return run


def test_the_seeds_properties_work_word_for_word(broker, topics, pinlake, aws, sts, tmp_path):
    broker.set_accounts(keys={ROLE_KEY: (ROLE_SECRET, ROLE_TOKEN)})
    aws["AWS_ENDPOINT_URL_STS"] = sts.url
    text = SEED_PROPERTIES.read_text()
    made = topics("--create", "--topic", "129a67850695.pin", properties=text, **aws)
    assert (made.returncode, made.stdout.splitlines()[-1:]) == (0, ["Created topic 129a67850695.pin."]), made.stderr
    assert [form["RoleArn"] for form in sts.forms] == [ROLE]
    assert sts.forms[0]["RoleSessionName"] == "aws-msk-iam-auth"

    subprocess.run([find_program("kcat", "run scripts/bootstrap --test"), "-b", broker.bootstrap, "-t", "129a67850695.pin",
                    "-P"], input='{"n":1}\n{"n":2}\n', text=True, timeout=60, check=True)
    (tmp_path / "sink.properties").write_text(
        "name=msk\nconnector.class=io.confluent.connect.s3.S3SinkConnector\ntopics=129a67850695.pin\ns3.bucket.name=b\n"
        f"store.url=file://{tmp_path}/objects\nflush.size=1\nstorage.class=io.confluent.connect.s3.storage.S3Storage\n"
        "value.converter=org.apache.kafka.connect.json.JsonConverter\nvalue.converter.schemas.enable=false\n"
        "format.class=io.confluent.connect.s3.format.json.JsonFormat\n"
        "partitioner.class=io.confluent.connect.storage.partitioner.DefaultPartitioner\n")
    connection = ("--bootstrap-server", broker.address("SIGNED"), "--command-config", "client.properties")
    ran = pinlake("sink", "sink.properties", *connection, "--exit-at-end", env=aws)
    assert ran.returncode == 0, ran.stderr
    assert sorted(json.loads(path.read_text())["n"] for path in (tmp_path / "objects").rglob("*.json")) == [1, 2]
    verified = pinlake("verify", "sink.properties", *connection, env=aws)
    assert verified.returncode == 0, verified.stdout + verified.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_awss_oauth_handler_signs_in_as_well(broker, pinlake, aws, tmp_path, host):
    (tmp_path / "c.properties").write_text(
        "security.protocol=SASL_SSL\nsasl.mechanism=OAUTHBEARER\n"
        "sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;\n"
        "sasl.login.callback.handler.class=software.amazon.msk.auth.iam.IAMOAuthBearerLoginCallbackHandler\n"
        "sasl.client.callback.handler.class=software.amazon.msk.auth.iam.IAMOAuthBearerLoginCallbackHandler\n")
    listed = pinlake("topics", "--bootstrap-server", broker.address("SIGNED", host), "--command-config", "c.properties", "--list",
                     env=aws, timeout=ANSWER_WITHIN_S)
    assert listed.returncode == 0, listed.stderr


REFUSED = {
    "wrong secret": ({}, {"AWS_SECRET_ACCESS_KEY": "another"}, "wrong secret: the signature does not match"),
    "wrong region": ({}, {"AWS_REGION": "us-east-1"}, "wrong region: the token is for us-east-1, this cluster is in eu-west-2"),
    "unknown key": ({}, {"AWS_ACCESS_KEY_ID": "AKIASTRANGER"}, "unknown access key"),
    "session token": ({}, {"AWS_SESSION_TOKEN": "of-somebody-else"}, "wrong session token"),
    "ten minutes ahead": ({"clock_offset_seconds": -600}, {}, "clock skew: the token was signed"),
    "expired": ({"clock_offset_seconds": 900 + 600}, {}, "expired: the token ended"),
    "no right": ({"refuse": "[b7e1f2]: Access denied"}, {}, "[b7e1f2]: Access denied"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_token_is_refused_and_the_error_says_why(broker, topics, case):
    accounts, environment, sentence = REFUSED[case]
    broker.set_accounts(**accounts)
    ran = topics("--list", **environment)
    last = ran.stderr.splitlines()[-1]
    assert ran.returncode == 3 and sentence in last, ran.stderr
    assert "canary" not in ran.stdout + ran.stderr


def test_a_clock_five_minutes_off_is_near_enough(broker, topics):
    for offset in (-240, 240):
        broker.set_accounts(clock_offset_seconds=offset)
        assert topics("--list").returncode == 0


def test_a_refused_role_is_answered_in_the_words_of_sts(topics, sts):
    sts.refuse = "not authorized to perform sts:AssumeRole"
    ran = topics("--list", properties=SEED_PROPERTIES.read_text(), AWS_ENDPOINT_URL_STS=sts.url)
    last = ran.stderr.splitlines()[-1]
    assert ran.returncode == 3, ran.stderr
    assert f"assume role {ROLE}: STS answered 403 AccessDenied {sts.refuse}" in last
