"""The program as a user first meets it."""

import json
import re
import subprocess

import pytest

from conftest import TOP


def test_version_is_one_line(pinlake):
    ran = pinlake("--version")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert re.fullmatch(r"pinlake \d+\.\d+\.\d+\n", ran.stdout)


def commands(pinlake):
    """The subcommands that the short help lists."""
    listed = re.findall(r"^  ([a-z]+(?: [a-z]+)*)  +\S", pinlake("help").stdout, re.MULTILINE)
    assert len(listed) > 3
    return listed


def test_no_argument_prints_what_help_prints(pinlake):
    assert pinlake().stdout == pinlake("help").stdout


def test_every_command_of_the_help_has_its_own(pinlake):
    for command in commands(pinlake):
        if command == "help":
            continue
        ran = pinlake(*command.split(), "--help")
        assert ran.returncode == 0, command
        assert f"pinlake {command}" in ran.stdout, command


@pytest.mark.parametrize("arguments, named", [
    (["emulat"], "emulat"),
    (["--no-such-option"], "--no-such-option"),
    (["emulate", "--rate", "fast"], "fast"),
])
def test_a_wrong_command_line_ends_with_64_and_names_the_word(pinlake, arguments, named):
    ran = pinlake(*arguments)
    assert ran.returncode == 64
    assert ran.stdout == ""
    assert named in ran.stderr


DEMO_FIELDS = {"posts": 500, "records": 1500, "verified": True}


def check_demo(ran):
    assert ran.returncode == 0, ran.stderr
    summary = json.loads(ran.stdout)
    assert set(summary) >= {"posts", "records", "objects", "bytes", "seconds", "records_per_s", "verified", "queries"}
    assert {name: summary[name] for name in DEMO_FIELDS} == DEMO_FIELDS
    assert summary["objects"] > 0 and summary["bytes"] > 0 and summary["records_per_s"] > 0
    assert summary["queries"] and all(summary["queries"].values()), "every query has rows"


def test_demo_verifies_every_record_and_says_so_in_json(tmp_path):
    """The first command of the README, run in another folder."""
    check_demo(subprocess.run([TOP / "scripts" / "demo", "--exit", "--json"], cwd=tmp_path, capture_output=True,
                              text=True, timeout=600, check=False))
    assert any(tmp_path.iterdir()), "the demo leaves its data where it was started"


def test_demo_takes_a_number_of_posts_and_a_directory(pinlake, tmp_path):
    ran = pinlake("demo", "--exit", "--json", "--posts", "20", "--dir", tmp_path / "here")
    assert ran.returncode == 0, ran.stderr
    summary = json.loads(ran.stdout)
    assert (summary["posts"], summary["records"], summary["verified"]) == (20, 60, True)
    lines = sum(path.read_bytes().count(b"\n") for path in (tmp_path / "here").rglob("*.json") if "+" in path.name)
    assert lines == 60
