"""Counts what a stage of scripts/test ran.

count_tests.py BUILD_DIR JUNIT [GTEST_REPORTS]  prints "passed failed skipped" and, on stderr, each failure.
JUNIT is ctest's or pytest's. A ctest entry that is a GoogleTest program counts as its cases, read from the
report that it wrote to GTEST_REPORTS; one that ended badly without a failed case (a crash, a time-out) counts once more.
"""

import json
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as ElementTree


class Count:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def fail(self, what):
        self.failed += 1
        print(f"failed: {what}", file=sys.stderr)


def programs(build_dir):
    """ctest's test names and the programs that they run."""
    listed = subprocess.run(["ctest", "--test-dir", build_dir, "--show-only=json-v1"], capture_output=True, text=True,
                            check=True)
    return {test["name"]: pathlib.Path(test["command"][0]).name for test in json.loads(listed.stdout)["tests"]
            if test.get("command")}


def count_case(count, case, name):
    if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail":
        count.fail(name)
    elif case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
        count.skipped += 1
    else:
        count.passed += 1


def count_program(count, report, entry):
    """The cases of one GoogleTest report; `entry` is ctest's view of the program."""
    before = count.failed
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):
        for case in suite.iter("testcase"):
            count_case(count, case, f"{suite.get('name')}.{case.get('name')}")
    if entry.find("failure") is not None and count.failed == before:
        count.fail(f"{entry.get('name')} ended badly with all its cases passed")


def main(build_dir, junit, reports=None):
    count = Count()
    names = programs(build_dir) if reports else {}
    for case in ElementTree.parse(junit).getroot().iter("testcase"):
        report = pathlib.Path(reports, f"{names.get(case.get('name'))}.xml") if reports else None
        if report and report.exists():
            count_program(count, report, case)
        else:
            count_case(count, case, f"{case.get('classname')}: {case.get('name')}")
    print(count.passed, count.failed, count.skipped)


if __name__ == "__main__":
    main(*sys.argv[1:])
