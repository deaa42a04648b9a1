"""The test servers themselves: a test that stands on them must be able to trust them."""

import os
import subprocess
import sys

import pytest
from botocore.exceptions import ClientError

from conftest import TOP

RUN = TOP / "tests" / "services" / "run.py"


def check_conditional_put(server):
    client = server.client()
    client.put_object(Bucket=server.bucket, Key="services/a b+c=1.json", Body=b"one", Metadata={"first": "1"}, IfNoneMatch="*")
    with pytest.raises(ClientError) as refused:
        client.put_object(Bucket=server.bucket, Key="services/a b+c=1.json", Body=b"two", IfNoneMatch="*")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    answer = client.get_object(Bucket=server.bucket, Key="services/a b+c=1.json")
    assert answer["Body"].read() == b"one"
    assert answer["Metadata"] == {"first": "1"}
    assert server.keys("services/") == ["services/a b+c=1.json"]


def test_versitygw_refuses_to_replace_on_a_conditional_put(versitygw):
    check_conditional_put(versitygw)


def test_minio_refuses_to_replace_on_a_conditional_put(minio):
    check_conditional_put(minio)


def test_versitygw_refuses_a_wrong_secret(versitygw):
    right = versitygw.secret_key
    try:
        versitygw.secret_key = "wrong"
        client = versitygw.client()
    finally:
        versitygw.secret_key = right
    with pytest.raises(ClientError) as refused:
        client.list_objects_v2(Bucket=versitygw.bucket)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_mariadb_takes_the_password_over_tcp_and_asks_tls_of_the_tls_user(mariadb):
    def connect(user, *options):
        return subprocess.run(
            ["mariadb", "--no-defaults", "-h127.0.0.1", f"-P{mariadb.port}", f"-u{user}", f"-p{mariadb.password}", *options,
             "-N", "-e", "SHOW STATUS LIKE 'Ssl_cipher'", mariadb.database], capture_output=True, text=True, check=False)

    assert connect(mariadb.user).returncode == 0
    assert "Access denied" in connect(mariadb.tls_user, "--skip-ssl").stderr
    encrypted = connect(mariadb.tls_user, f"--ssl-ca={mariadb.ca}", "--ssl-verify-server-cert")
    assert encrypted.returncode == 0 and "TLS" in encrypted.stdout


def test_run_passes_the_variables_and_the_exit_code_on():
    ran = subprocess.run([sys.executable, RUN, "versitygw", "--", "sh", "-c", "echo $PINLAKE_TEST_S3_ENDPOINT; exit 7"],
                         capture_output=True, text=True, check=False, env=dict(os.environ))
    assert ran.returncode == 7
    assert ran.stdout.startswith("http://127.0.0.1:")


def test_run_names_an_unknown_server():
    ran = subprocess.run([sys.executable, RUN, "oracle", "--", "true"], capture_output=True, text=True, check=False)
    assert ran.returncode == 64
    assert "unknown server oracle" in ran.stderr
