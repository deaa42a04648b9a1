"""The program as a user first meets it."""

import re

import pytest


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
