"""The scripts that judge others: they must notice what they are there for."""

import shutil
import subprocess
import sys

import pytest

from conftest import TOP


@pytest.fixture
def house(tmp_path):
    """A checkout with nothing in it but the folder list and check-includes."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(TOP / "scripts" / "check-includes", tmp_path / "scripts")
    shutil.copy(TOP / "CMakeLists.txt", tmp_path)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    return tmp_path


def check_includes(house, file, included):
    path = house / "src" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#include {included}\n")
    return subprocess.run([house / "scripts" / "check-includes"], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("file, included, why", [
    ("log/event_log.h", '"sink/sink_task.h"', "sink is not below log"),
    ("query/query.cc", '"table/definition.h"', "both features"),
    ("gateway/rest_v2.cc", "<duckdb.h>", "only duck may include duckdb"),
    ("news/news.cc", '"base/result.h"', "not in the list of folders"),
])
def test_check_includes_refuses(house, file, included, why):
    ran = check_includes(house, file, included)
    assert ran.returncode == 1
    assert why in ran.stdout and f"src/{file}:1:" in ran.stdout


@pytest.mark.parametrize("file, included", [
    ("sink/sink_task.h", '"log/event_log.h"'),
    ("cli/run.cc", '"gateway/server.h"'),
    ("duck/engine.cc", "<duckdb.h>"),
    ("sink/sink_task.cc", '"sink/sink_task.h"'),
])
def test_check_includes_allows(house, file, included):
    ran = check_includes(house, file, included)
    assert (ran.returncode, ran.stdout) == (0, "")


GTEST = """<testsuites><testsuite name="LogTest">
<testcase name="Reads" status="run" result="completed" classname="LogTest"/>
<testcase name="NeedsAServer" status="run" result="skipped" classname="LogTest"><skipped/></testcase>
</testsuite></testsuites>"""
PYTEST = """<testsuites><testsuite><testcase classname="a" name="one"/>
<testcase classname="a" name="two"><failure/></testcase><testcase classname="a" name="three"><skipped/></testcase>
</testsuite></testsuites>"""


def count(*arguments):
    ran = subprocess.run([sys.executable, TOP / "scripts" / "count_tests.py", *arguments], capture_output=True, text=True,
                         check=True)
    return ran.stdout.split(), ran.stderr


def test_count_tests_reads_pytest(tmp_path):
    (tmp_path / "junit.xml").write_text(PYTEST)
    assert count(tmp_path, tmp_path / "junit.xml") == (["1", "1", "1"], "failed: a: two\n")


@pytest.mark.parametrize("program_failed, expected", [(False, ["1", "0", "1"]), (True, ["1", "1", "1"])])
def test_count_tests_counts_a_program_that_crashed_after_its_last_case(tmp_path, program_failed, expected):
    (tmp_path / "CTestTestfile.cmake").write_text(f'add_test(log "{tmp_path}/log_test")\n')
    (tmp_path / "log_test").touch(mode=0o755)
    reports = tmp_path / "reports"
    reports.mkdir()
    (reports / "log_test.xml").write_text(GTEST)
    fault = "<failure/>" if program_failed else ""
    (tmp_path / "junit.xml").write_text(f'<testsuite><testcase name="log" classname="log">{fault}</testcase></testsuite>')
    assert count(tmp_path, tmp_path / "junit.xml", reports)[0] == expected
