"""pinlake verify finds what is missing, doubled or changed between the log and the objects."""

import json
import os
import shutil
import subprocess
import time

import pytest

PIPELINE = """
data.dir: data
log:
  topics:
    - {name: 129a67850695.pin, partitions: 2}
    - {name: 129a67850695.geo, partitions: 2}
    - {name: 129a67850695.user, partitions: 2}
    - {name: 129a67850695.never, partitions: 1}
gateway: {listen: "127.0.0.1:0"}
sinks:
  - name: s
    topics.regex: 129a67850695.*
    flush.size: 7
    rotate.schedule.interval.ms: 300
    timezone: UTC
    format.class: io.confluent.connect.s3.format.json.JsonFormat
    value.converter: org.apache.kafka.connect.json.JsonConverter
    value.converter.schemas.enable: "false"
"""
POSTS = 40
STORED_WITHIN_S = 30


@pytest.fixture(scope="module")
def lake(pinlake_path, tmp_path_factory):
    """A directory in which a pipeline has stored POSTS posts and stopped."""
    directory = tmp_path_factory.mktemp("lake")
    (directory / "pipeline.yaml").write_text(PIPELINE)
    process = subprocess.Popen([pinlake_path, "run", "pipeline.yaml"], cwd=directory, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        ready = process.stdout.readline()
        gateway = ready.split("gateway=")[1].split()[0]
        subprocess.run([pinlake_path, "emulate", "--to", gateway, "--rate", "max", "--count", str(POSTS)],
                       cwd=directory, check=True, capture_output=True, timeout=60)
        deadline = time.monotonic() + STORED_WITHIN_S
        while count_lines(directory) < 3 * POSTS:
            assert time.monotonic() < deadline, "not all records were stored"
            time.sleep(0.05)
        # Beside the process that has the log open.
        beside = subprocess.run([pinlake_path, "verify", "--json"], cwd=directory, capture_output=True, timeout=60)
        assert beside.returncode == 0, beside.stderr
        report = json.loads(beside.stdout)
        assert report["records"] + report["records_in_flight"] == 3 * POSTS
    finally:
        process.terminate()
        assert process.wait(30) == 0
        process.stdout.close()
    return directory


def objects(directory):
    return sorted((directory / "data" / "lake").glob("**/*.json"))


def count_lines(directory):
    return sum(path.read_bytes().count(b"\n") for path in objects(directory))


@pytest.fixture
def copy(lake, tmp_path):
    """A copy to damage, with the objects' metadata."""
    subprocess.run(["cp", "-a", f"{lake}/.", tmp_path], check=True)
    return tmp_path


def verify(pinlake, directory, *arguments):
    done = pinlake("verify", "--json", *arguments, cwd=directory)
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


def kinds(report):
    return {finding["kind"] for partition in report["partitions"] for finding in partition["findings"]}


def test_a_stopped_pipeline_is_complete(pinlake, lake):
    code, report = verify(pinlake, lake, "--deep")
    assert (code, report["clean"], kinds(report)) == (0, True, set())
    assert report["records"] == 3 * POSTS
    assert report["objects"] == report["objects_compared"] == len(objects(lake))
    assert all(partition["committed"] == partition["log_end"] for partition in report["partitions"])
    table = pinlake("verify", cwd=lake)
    assert table.returncode == 0
    assert table.stdout.endswith("Every committed record is in exactly one object or counted as skipped.\n")


def test_since_leaves_earlier_records_aside(pinlake, lake):
    code, report = verify(pinlake, lake, "--since", "1h")
    assert (code, report["records"]) == (0, 3 * POSTS)
    code, report = verify(pinlake, lake, "--since", "2100-01-01")
    assert (code, report["records"]) == (0, 0)


def test_a_missing_object_is_a_gap(pinlake, copy):
    objects(copy)[3].unlink()
    code, report = verify(pinlake, copy)
    assert (code, kinds(report)) == (5, {"gap"})


def test_a_changed_object_is_seen_by_a_deep_look(pinlake, copy):
    path = objects(copy)[0]
    text = path.read_bytes()
    with open(path, "r+b") as file:
        file.write(text.replace(b"0", b"1", 1).replace(b"a", b"b", 1))
    assert verify(pinlake, copy)[0] == 0
    code, report = verify(pinlake, copy, "--deep")
    assert (code, kinds(report)) == (5, {"contents"})


def test_an_object_under_another_name_is_damage(pinlake, copy):
    path = objects(copy)[0]
    digits = path.name.rsplit("+", 1)[1].split(".")[0]
    other = path.with_name(path.name.replace(digits, f"{int(digits) + 1:010}"))
    subprocess.run(["cp", "-a", path, other], check=True)
    code, report = verify(pinlake, copy)
    assert code == 5
    assert "metadata" in kinds(report)


def test_a_file_of_somebody_else_is_named_and_no_damage(pinlake, copy):
    (objects(copy)[0].parent / "notes.txt").write_text("x")
    code, report = verify(pinlake, copy)
    assert (code, kinds(report)) == (0, {"unknown_object"})


def test_objects_whose_metadata_was_lost_are_counted_by_lines(pinlake, copy):
    for path in objects(copy):
        shutil.copyfile(path, f"{path}.new")  # without extended attributes
        os.replace(f"{path}.new", path)
    shutil.rmtree(copy / "data" / "lake" / "_pinlake", ignore_errors=True)
    code, report = verify(pinlake, copy)
    assert code == 0
    assert report["objects_without_metadata"] == report["objects"] == len(objects(copy))
    assert report["records"] == 3 * POSTS


@pytest.mark.parametrize("arguments, said", [
    (["--since", "yesterday"], "--since: 'yesterday' is neither"),
    (["nowhere.properties", "--log-dir", "data/log"], "read nowhere.properties"),
    (["--pipeline", "nowhere.yaml"], "nowhere.yaml"),
    (["--log-dir", "data/log"], "only with a connector file"),
    (["--bootstrap-server", "h:1"], "only with a connector file"),
])
def test_wrong_usage_is_named(pinlake, lake, arguments, said):
    done = pinlake("verify", *arguments, cwd=lake)
    assert done.returncode == 64
    assert said in done.stderr
