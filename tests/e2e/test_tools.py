"""`pinlake topics`, `groups`, `produce` and `consume` beside Kafka's own tools on one broker, and on the embedded log."""

import os
import subprocess

import pytest

import kafka as kafka_service

TOPIC = "tools.orders"
LINES = "h:1,i:2\tk1\tone\nNULL\tk2\ttwo\nh:NULL\tNULL\tNULL\n"
KEYED = ("--property", "parse.key=true", "--property", "parse.headers=true", "--property", "null.marker=NULL")
SHOWN = [word for name in ("timestamp", "partition", "offset", "headers", "key") for word in ("--property", f"print.{name}=true")]


@pytest.fixture(scope="module")
def broker():
    """The seed's Kafka, whose jar has all of its tools."""
    with kafka_service.Kafka(version="2.8") as server:
        yield server


@pytest.fixture
def original(broker):
    """Runs one of Kafka's own tools."""

    def run(tool, *arguments, stdin=None):
        return subprocess.run(kafka_service.java("2.8", tool, "--bootstrap-server", broker.bootstrap, *arguments, heap="256m"),
                              capture_output=True, text=True, check=False, input=stdin)

    return run


@pytest.fixture
def ours(broker, pinlake):
    """Runs `pinlake COMMAND` on the same broker."""

    def run(command, *arguments, stdin=None):
        options = {} if stdin is None else {"input": stdin}
        return pinlake(command, "--bootstrap-server", broker.bootstrap, *arguments, **options)

    return run


def same_describe(theirs, mine):
    """Equal but for the order of configs."""

    def lines(text):
        found = []
        for line in text.splitlines():
            head, _, configs = line.partition("Configs: ")
            found.append((head.rstrip(), sorted(configs.split(","))))
        return sorted(found)

    return lines(theirs) == lines(mine)


def words(text):
    return [line.split() for line in text.splitlines() if line.strip()]


def test_topics_print_what_kafkas_tool_prints(ours, original):
    made = ours("topics", "--create", "--topic", TOPIC, "--partitions", 3, "--replication-factor", 1, "--config",
                "retention.ms=3600000", "--config", "max.message.bytes=900000")
    theirs = original("kafka.admin.TopicCommand", "--create", "--topic", "tools.other", "--partitions", "1")
    assert made.returncode == theirs.returncode == 0, made.stderr
    # Its jar writes log lines to standard output too.
    assert made.stdout.replace(TOPIC, "tools.other") == "".join(
        line + "\n" for line in theirs.stdout.splitlines() if line.startswith(("Created", "WARNING: Due")))
    described = ours("topics", "--describe", "--topic", "tools.*")
    theirs = original("kafka.admin.TopicCommand", "--describe", "--topic", "tools.*")
    assert same_describe("\n".join(line for line in theirs.stdout.splitlines() if "Topic: " in line), described.stdout), (
        theirs.stdout, described.stdout)
    assert set(ours("topics", "--list", "--exclude-internal").stdout.split()) == {TOPIC, "tools.other"}
    assert ours("topics", "--describe", "--topics-with-overrides").stdout.count("Topic: ") == 1
    assert ours("topics", "--describe", "--under-replicated-partitions").stdout == ""
    assert ours("topics", "--describe", "--at-min-isr-partitions", "--topic", TOPIC).stdout.count("Partition: ") == 3
    topic_id = described.stdout.split("TopicId: ")[1].split()[0]
    assert f"TopicId: {topic_id}" in ours("topics", "--describe", "--topic-id", topic_id).stdout
    altered = ours("topics", "--alter", "--topic", TOPIC, "--partitions", 4, "--config", "retention.ms=7200000",
                   "--delete-config", "max.message.bytes")
    assert altered.returncode == 0, altered.stderr
    described = ours("topics", "--describe", "--topic", TOPIC).stdout
    assert "PartitionCount: 4" in described and "retention.ms=7200000" in described and "max.message" not in described
    assert ours("topics", "--delete", "--topic", "tools.other").returncode == 0
    missing = ours("topics", "--describe", "--topic", "nothing.here")
    assert missing.returncode == 3 and "nothing.here" in missing.stderr
    assert ours("topics", "--describe", "--topic", "nothing.here", "--if-exists").returncode == 0


def test_what_one_produces_the_other_consumes_alike(ours, original):
    assert ours("topics", "--create", "--topic", "console", "--partitions", 1).returncode == 0
    sent = ours("produce", "--topic", "console", *KEYED, stdin=LINES)
    assert sent.returncode == 0, sent.stderr
    back = ours("produce", "--topic", "console", "--property", "parse.key=true", stdin="a\tb\nonly\n")
    assert back.returncode != 0 and "line 2" in back.stderr and "key.separator" in back.stderr
    mine = ours("consume", "--topic", "console", "--from-beginning", "--max-messages", 4, *SHOWN)
    theirs = original("kafka.tools.ConsoleConsumer", "--topic", "console", "--from-beginning", "--max-messages", "4", *SHOWN)
    assert mine.returncode == 0 and mine.stderr == "Processed a total of 4 messages\n"
    shown = [line for line in theirs.stdout.splitlines() if line.startswith("CreateTime:")]
    assert mine.stdout.splitlines() == shown
    assert shown[0].split("\t")[1:] == ["Partition:0", "Offset:0", "h:1,i:2", "k1", "one"]
    assert shown[2].split("\t")[3:] == ["h:null", "null", "null"]
    read = ours("consume", "--topic", "console", "--partition", 0, "--offset", 1, "--max-messages", 1)
    assert read.stdout == "two\n"
    quiet = ours("consume", "--include", "con.*", "--timeout-ms", 300)
    assert quiet.returncode == 0 and quiet.stdout == ""


def test_groups_print_what_kafkas_tool_prints(ours, original, tmp_path):
    assert ours("topics", "--create", "--topic", "lagging", "--partitions", 2).returncode == 0
    assert ours("produce", "--topic", "lagging", "--partition", 0, stdin="a\nb\nc\n").returncode == 0
    read = ours("consume", "--topic", "lagging", "--group", "readers", "--from-beginning", "--max-messages", 2)
    assert read.stdout == "a\nb\n", read.stderr
    described = ours("groups", "--describe", "--group", "readers")
    theirs = original("kafka.admin.ConsumerGroupCommand", "--describe", "--group", "readers")
    rows = [row for row in words(theirs.stdout) if row[0] in ("GROUP", "readers")]
    assert [row for row in words(described.stdout)] == rows
    assert ["readers", "lagging", "0", "2", "3", "1", "-", "-", "-"] in rows
    assert "has no active members" in described.stderr
    assert "readers" in ours("groups", "--list").stdout.split()
    reset = ("--reset-offsets", "--group", "readers", "--topic", "lagging:0")
    shown = ours("groups", *reset, "--shift-by", "-1")
    assert words(shown.stdout) == [["GROUP", "TOPIC", "PARTITION", "NEW-OFFSET"], ["readers", "lagging", "0", "1"]]
    assert "--execute" in shown.stderr
    theirs = original("kafka.admin.ConsumerGroupCommand", *reset, "--shift-by", "-1", "--dry-run")
    assert words(shown.stdout) == [row for row in words(theirs.stdout) if row[0] in ("GROUP", "readers")]
    assert ours("groups", *reset, "--to-earliest", "--execute").returncode == 0
    assert ours("consume", "--topic", "lagging", "--group", "readers", "--max-messages", 3).stdout == "a\nb\nc\n"
    (tmp_path / "plan.csv").write_text("lagging,0,1\nlagging,1,0\n")
    for scenario in (("--by-duration", "P1D"), ("--to-datetime", "2020-01-01T00:00:00.000"), ("--to-current",), ("--to-latest",)):
        theirs = original("kafka.admin.ConsumerGroupCommand", *reset, *scenario, "--dry-run")
        mine = ours("groups", *reset, *scenario, "--dry-run")
        assert words(mine.stdout) == [row for row in words(theirs.stdout) if row[0] in ("GROUP", "readers")], scenario
    from_file = ours("groups", "--reset-offsets", "--group", "readers", "--from-file", "plan.csv", "--dry-run")
    assert words(from_file.stdout)[1:] == [["readers", "lagging", "0", "1"], ["readers", "lagging", "1", "0"]]
    exported = ours("groups", *reset, "--to-offset", 99, "--export").stdout
    assert exported == "lagging,0,3\n"
    nobody = ours("groups", "--describe", "--group", "nobody")
    assert nobody.returncode == 3 and "nobody" in nobody.stderr


def test_a_group_with_members_shows_them_and_keeps_its_offsets(ours, original, broker, pinlake_process):
    assert ours("topics", "--create", "--topic", "watched", "--partitions", 2).returncode == 0
    reader = pinlake_process("consume", "--bootstrap-server", broker.bootstrap, "--topic", "watched", "--group", "watchers",
                             "--from-beginning")
    assert ours("produce", "--topic", "watched", stdin="a\n").returncode == 0
    assert reader.stdout.readline() == "a\n"
    members = words(ours("groups", "--describe", "--group", "watchers", "--members", "--verbose").stdout)
    assert members[1][0] == "watchers" and members[1][-2:] == ["2", "watched(0,1)"]
    theirs = original("kafka.admin.ConsumerGroupCommand", "--describe", "--group", "watchers", "--state")
    assert words(ours("groups", "--describe", "--group", "watchers", "--state").stdout) == [
        row for row in words(theirs.stdout) if row[0] in ("GROUP", "watchers")]
    refused = ours("groups", "--reset-offsets", "--group", "watchers", "--all-topics", "--to-earliest", "--execute")
    assert refused.returncode != 0 and "1 members" in refused.stderr
    reader.terminate()
    assert reader.wait(60) == 0


def test_the_embedded_log_has_the_same_tools(pinlake, tmp_path):
    log = ("--log-dir", tmp_path / "log")
    assert pinlake("topics", *log, "--create", "--topic", "orders", "--partitions", 2).returncode == 0
    sent = pinlake("produce", *log, "--topic", "orders", *KEYED, "--partition", 1, input=LINES)
    assert sent.returncode == 0, sent.stderr
    read = pinlake("consume", *log, "--topic", "orders", "--from-beginning", "--max-messages", 3, "--property", "print.headers=true",
                   "--property", "print.key=true", "--property", "print.offset=true")
    assert read.stdout == "Offset:0\th:1,i:2\tk1\tone\nOffset:1\tNO_HEADERS\tk2\ttwo\nOffset:2\th:null\tnull\tnull\n"
    assert pinlake("consume", *log, "--topic", "orders", "--group", "g", "--from-beginning", "--max-messages", 1).stdout == "one\n"
    assert words(pinlake("groups", *log, "--describe", "--group", "g").stdout)[1][:6] == ["g", "orders", "1", "1", "3", "2"]
    assert pinlake("groups", *log, "--reset-offsets", "--group", "g", "--all-topics", "--to-latest", "--execute").returncode == 0
    assert words(pinlake("groups", *log, "--describe", "--group", "g").stdout)[1][3:6] == ["3", "3", "0"]


def test_links_are_kafkas_tools(pinlake_path, tmp_path):
    for link, title in (("kafka-topics.sh", "topics"), ("kafka-consumer-groups.sh", "groups"),
                        ("kafka-console-producer.sh", "produce"), ("kafka-console-consumer.sh", "consume")):
        os.symlink(pinlake_path, tmp_path / link)
        shown = subprocess.run([tmp_path / link, "--help"], capture_output=True, text=True, check=False)
        assert shown.returncode == 0 and f"pinlake {title}" in shown.stdout


WRONG = {
    "two actions": (("topics", "--list", "--describe"), "exactly one of"),
    "no topic": (("produce",), "topic"),
    "offset without partition": (("consume", "--topic", "t", "--offset", "1"), "only with --partition"),
    "two scenarios": (("groups", "--reset-offsets", "--group", "g", "--all-topics", "--to-earliest", "--to-latest"), "exactly one of"),
    "no moment": (("groups", "--reset-offsets", "--group", "g", "--all-topics", "--to-datetime", "yesterday"), "2024-03-01T12:30:45"),
    "unknown property": (("consume", "--topic", "t", "--property", "print.keys=true"), "did you mean print.key?"),
    "zookeeper": (("topics", "--zookeeper", "z:2181", "--list"), "--bootstrap-server"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_flags_are_named(pinlake, case):
    arguments, sentence = WRONG[case]
    ran = pinlake(*arguments)
    assert ran.returncode == 64 and sentence in ran.stderr
