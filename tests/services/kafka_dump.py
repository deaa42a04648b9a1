#!/usr/bin/env python3
"""Kafka's own reader of log segments (kafka.tools.DumpLogSegments), from the pinned jars.

As a program: kafka_dump.py FILE.log... prints what Kafka prints and ends with its exit code.
"""

import re
import subprocess
import sys

from process import DEPS, ServiceError, find_program

JARS = DEPS / "kafka"


def command(files):
    if not JARS.exists():
        raise ServiceError("Kafka's jars are not here; run scripts/bootstrap --test")
    return [find_program("java", "run scripts/bootstrap --test"), "-Xmx512m", "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1", "-cp", f"{JARS}/*", "kafka.tools.DumpLogSegments", "--deep-iteration",
            "--print-data-log", "--files", ",".join(str(file) for file in files)]


def _fields(line):
    """`baseOffset: 0 lastOffset: 4 ...` as a dict; the payload may contain anything and comes last."""
    head, _, payload = line.partition(" payload: ")
    found = dict(re.findall(r"(\w+): (\[[^\]]*\]|\S+)", head))
    if payload or line.endswith(" payload: "):
        found["payload"] = payload
    # Between `key:` and ` payload:` stands the key, blanks included.
    key = re.search(r" key: (.*)$", head)
    if key:
        found["key"] = key.group(1)
    return found


def dump(*files):
    """The batches of segments as dicts of Kafka's fields, each with its `records`.

    Raises ServiceError if Kafka finds a fault (a wrong checksum, a torn batch, trailing bytes).
    """
    ran = subprocess.run(command(files), capture_output=True, text=True, errors="replace", check=False)
    if ran.returncode:
        raise ServiceError(f"DumpLogSegments ended with {ran.returncode}:\n{ran.stdout[-1000:]}{ran.stderr[-2000:]}")
    batches = []
    for line in ran.stdout.splitlines():
        if line.startswith("baseOffset: "):
            batches.append({**_fields(line), "records": []})
        elif line.startswith("| offset: "):
            batches[-1]["records"].append(_fields(line[2:]))
        elif "invalid bytes" in line or "Found" in line:
            raise ServiceError(f"DumpLogSegments: {line}")
    for batch in batches:
        if batch.get("isvalid") != "true":
            raise ServiceError(f"DumpLogSegments: invalid batch {batch}")
    return batches


if __name__ == "__main__":
    try:
        sys.exit(subprocess.run(command(sys.argv[1:]), check=False).returncode)
    except ServiceError as error:
        sys.exit(str(error))
