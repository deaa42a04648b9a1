"""Tables of src/delta beside deltalake (delta-rs): each reads what the other wrote and appends behind it.

tests/programs/delta_table.cc makes our versions; the data files come from deltalake.
"""

import concurrent.futures
import json
import os
import subprocess
import threading

import pytest
from arro3.core import Array, DataType, Table
from deltalake import CommitProperties, DeltaTable, QueryBuilder, Transaction, write_deltalake

from conftest import COMMAND_TIMEOUT_S, TOP

PROGRAM = TOP / "build" / "release" / "tests_bin" / "delta_table"
TABLE = "tables/pin"
SCHEMA = json.dumps({"type": "struct", "fields": [{"name": "id", "type": "long", "nullable": True, "metadata": {}}]})


def rows(*ids):
    return Table.from_pydict({"id": Array(list(ids), type=DataType.int64())})


class Lake:
    """A place for one table, as both programs name it."""

    def __init__(self, scratch, url, uri, arguments=(), environment=None, options=None):
        self.scratch, self.uri, self.options = scratch, uri, options
        self.command = [str(PROGRAM), url, *arguments, TABLE]
        self.environment = {**os.environ, **(environment or {})}
        self.made = 0
        self.lock = threading.Lock()

    def ask(self, *arguments):
        return subprocess.run([*self.command, *(str(argument) for argument in arguments)], env=self.environment,
                              text=True, capture_output=True, timeout=COMMAND_TIMEOUT_S, check=False)

    def ours(self, *arguments):
        done = self.ask(*arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def data_file(self, *ids):
        """Puts a Parquet file with these rows beside the log, in no version yet: its path, size and statistics."""
        with self.lock:
            self.made += 1
            directory, path = self.scratch / str(self.made), f"ours-{self.made}.parquet"
        write_deltalake(str(directory), rows(*ids))
        source = next(directory.glob("*.parquet"))
        self.put(path, source.read_bytes())
        stats = {"numRecords": len(ids), "minValues": {"id": min(ids)}, "maxValues": {"id": max(ids)}, "nullCount": {"id": 0}}
        return path, source.stat().st_size, json.dumps(stats)

    def append(self, *ids, app="", version=0):
        return self.ours("append", *self.data_file(*ids), app, version)

    def theirs(self):
        return DeltaTable(self.uri, storage_options=self.options)

    def append_theirs(self, *ids, **options):
        write_deltalake(self.uri, rows(*ids), mode="append", storage_options=self.options, **options)

    def ids(self):
        """All rows, as deltalake reads them."""
        query = QueryBuilder().register("t", self.theirs())
        return sorted(query.execute("select id from t").read_all()["id"].to_pylist())


@pytest.fixture(params=["directory", "versitygw"])
def lake(request, tmp_path):
    assert PROGRAM.exists(), f"{PROGRAM} is not built; scripts/test builds it"
    scratch = tmp_path / "scratch"
    if request.param == "directory":
        place = tmp_path / "lake"
        (place / TABLE).mkdir(parents=True)
        made = Lake(scratch, f"file://{place}", str(place / TABLE))
        made.put = lambda path, body: (place / TABLE / path).write_bytes(body)
        return made
    server = request.getfixturevalue("versitygw")
    prefix = f"delta-{os.path.basename(tmp_path)}"
    options = {**server.aws_environment(), "AWS_ENDPOINT_URL": server.endpoint, "AWS_ALLOW_HTTP": "true",
               "aws_conditional_put": "etag"}
    made = Lake(scratch, f"s3://{server.bucket}/{prefix}", f"s3://{server.bucket}/{prefix}/{TABLE}",
                (server.endpoint,), server.aws_environment(), options)
    made.put = lambda path, body: server.client().put_object(Bucket=server.bucket, Key=f"{prefix}/{TABLE}/{path}", Body=body)
    return made


def test_deltalake_reads_our_versions_and_appends_behind_them(lake):
    assert lake.ours("create", SCHEMA) == {"version": 0, "files": [], "txns": {}}
    assert lake.append(1, 2, app="pinlake/p/pin", version=1)["version"] == 1
    assert lake.ids() == [1, 2]
    assert lake.theirs().transaction_version("pinlake/p/pin") == 1
    lake.append_theirs(3, commit_properties=CommitProperties(app_transactions=[Transaction("spark", 8)]))
    shown = lake.ours("show")
    assert shown["version"] == 2
    assert shown["txns"] == {"pinlake/p/pin": 1, "spark": 8}
    assert len(shown["files"]) == 2
    assert lake.append(4, app="pinlake/p/pin", version=2)["version"] == 3
    assert lake.ids() == [1, 2, 3, 4]
    assert [entry["operation"] for entry in lake.theirs().history()] == ["WRITE", "WRITE", "WRITE", "CREATE TABLE"]


def test_a_transaction_is_committed_once(lake):
    lake.ours("create", SCHEMA)
    lake.append(1, app="pinlake/p/pin", version=1)
    again = lake.ask("append", *lake.data_file(2), "pinlake/p/pin", 1)
    assert again.returncode == 1
    assert again.stderr.startswith("already exists"), again.stderr
    assert lake.ids() == [1]


def test_a_compaction_leaves_the_rows(lake):
    lake.ours("create", SCHEMA)
    lake.append(1, 2)
    old = lake.ours("show")["files"][0]
    lake.ours("replace", old, *lake.data_file(2, 1))
    assert lake.ids() == [1, 2]
    assert len(lake.theirs().file_uris()) == 1
    lake.append_theirs(3)
    lake.theirs().optimize.compact()
    assert len(lake.ours("show")["files"]) == 1
    assert lake.ids() == [1, 2, 3]


def test_writers_of_both_kinds_lose_no_row(lake):
    lake.ours("create", SCHEMA)
    each = 6
    files = [lake.data_file(i) for i in range(each)]
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        work = [pool.submit(lambda: [lake.ours("append", *file, "", 0) for file in files[:3]]),
                pool.submit(lambda: [lake.ours("append", *file, "", 0) for file in files[3:]]),
                pool.submit(lambda: [lake.append_theirs(each + i) for i in range(3)])]
        for done in work:
            done.result()
    assert lake.ids() == list(range(each + 3))
    assert lake.ours("show")["version"] == each + 3


def test_a_table_of_another_program_is_read_but_not_written(lake):
    write_deltalake(lake.uri, rows(1), storage_options=lake.options)
    assert lake.ours("show")["version"] == 0
    refused = lake.ask("append", *lake.data_file(2), "", 0)
    assert refused.returncode == 1
    assert refused.stderr.startswith("unsupported"), refused.stderr
    assert "not created by Pinlake" in refused.stderr
    assert lake.ids() == [1]
