"""Fixtures of the end-to-end tests: the built program, servers (one a session), a directory a test."""

import os
import pathlib
import subprocess
import sys

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "services"))

import mariadb as mariadb_service  # noqa: E402  (found through the line above)
import s3  # noqa: E402
import secure_kafka as secure_kafka_service  # noqa: E402
from process import DEPS  # noqa: E402

PINLAKE = TOP / "build" / "bin" / "pinlake"
COMMAND_TIMEOUT_S = 120
# Nothing here may ask the machine it runs on for credentials.
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"


@pytest.fixture(scope="session")
def pinlake_path():
    assert PINLAKE.exists(), f"{PINLAKE} is not built; run scripts/build"
    return PINLAKE


@pytest.fixture
def pinlake(pinlake_path, tmp_path):
    """Runs `pinlake argument...` in the test's directory and answers its CompletedProcess (text)."""

    def run(*arguments, timeout=COMMAND_TIMEOUT_S, **options):
        command = [str(pinlake_path), *(str(argument) for argument in arguments)]
        return subprocess.run(command, cwd=options.pop("cwd", tmp_path), text=True, capture_output=True,
                              timeout=timeout, check=False, **options)

    return run


@pytest.fixture
def pinlake_process(pinlake_path, tmp_path):
    """Starts `pinlake argument...` in the background; what still runs when the test ends is killed."""
    started = []

    def start(*arguments, **options):
        command = [str(pinlake_path), *(str(argument) for argument in arguments)]
        process = subprocess.Popen(command, cwd=options.pop("cwd", tmp_path), text=True, stdout=subprocess.PIPE,
                                   stderr=options.pop("stderr", subprocess.PIPE), **options)
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def versitygw():
    with s3.VersityGateway() as server:
        yield server


@pytest.fixture
def own_versitygw():
    """For tests whose bucket has a fixed name: nobody else's objects are in it."""
    with s3.VersityGateway() as server:
        yield server


@pytest.fixture(scope="session")
def minio():
    if not (DEPS / "bin" / "minio").exists():
        pytest.skip("MinIO is not here (scripts/bootstrap --extra)")
    with s3.Minio() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb():
    with mariadb_service.MariaDb() as server:
        yield server


@pytest.fixture(scope="session")
def secure_kafka():
    with secure_kafka_service.SecureKafka() as server:
        yield server
