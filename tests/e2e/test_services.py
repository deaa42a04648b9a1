"""The test servers themselves: a test that stands on them must be able to trust them."""

import os
import subprocess
import sys

import pytest
from botocore.exceptions import ClientError

import kafka as kafka_service
from conftest import TOP
from process import find_program

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


@pytest.mark.parametrize("version", ["2.8", "4.3"])
def test_kafka_of_another_generation_stores_and_gives_back(version):
    with kafka_service.Kafka(version=version) as broker:
        kcat = (find_program("kcat", "run scripts/bootstrap --test"), "-b", broker.bootstrap, "-t", "services")
        kafka_service.create_topic(broker.bootstrap, "services", 2, 1)
        subprocess.run([*kcat, "-P", "-p", "1"], input="one\ntwo\n", text=True, check=True)
        read = subprocess.run([*kcat, "-C", "-e", "-q", "-p", "1", "-f", "%p %o %s\n"], capture_output=True, text=True, check=True)
        assert read.stdout == "1 0 one\n1 1 two\n"


def test_a_cluster_of_three_goes_on_without_one():
    with kafka_service.KafkaCluster() as cluster:
        kafka_service.create_topic(cluster.bootstrap, "services", 1, 3)
        leader = cluster.leader("services", 0)
        cluster.kill_broker(leader)
        cluster.wait_for_brokers([node for node in cluster.nodes if node != leader])
        kcat = (find_program("kcat", "run scripts/bootstrap --test"), "-b", cluster.bootstrap, "-t", "services")
        subprocess.run([*kcat, "-P", "-X", "acks=all"], input="one\n", text=True, check=True)
        assert cluster.leader("services", 0) != leader
        cluster.start_broker(leader)
        cluster.wait_for_brokers()
