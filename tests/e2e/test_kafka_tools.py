"""`pinlake topics`, `groups`, `produce` and `consume` on both logs, beside Kafka's own tools on the same broker."""

import signal
import subprocess

import pytest

import kafka as kafka_service

PRINT = [argument for name in ("timestamp", "partition", "offset", "key")
         for argument in ("--property", f"print.{name}=true")]
LINES = "a:1\nb:2\nc:3\nd:NULL\nNULL:5\n"
KEYED = ("--property", "parse.key=true", "--property", "key.separator=:", "--property", "null.marker=NULL")


@pytest.fixture(scope="module")
def broker():
    with kafka_service.Kafka(version="2.8") as server:
        yield server


@pytest.fixture(params=["embedded", "kafka"])
def log(request):
    """The flags that name a log."""
    if request.param == "embedded":
        return ("--log-dir", "log")
    return ("--bootstrap-server", request.getfixturevalue("broker").bootstrap)


def java_tool(broker, tool, *arguments, given=None):
    """Standard output of one of Kafka's own tools, those of 2.8."""
    ran = subprocess.run(kafka_service.java("2.8", tool, "--bootstrap-server", broker.bootstrap, *arguments, heap="256m"),
                         input=given, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def make_topic(pinlake, log, topic, partitions=1):
    made = pinlake("topics", *log, "--create", "--topic", topic, "--partitions", partitions)
    assert made.returncode == 0, made.stderr


def test_lines_go_in_and_come_out(log, pinlake):
    make_topic(pinlake, log, "lines")
    sent = pinlake("produce", *log, "--topic", "lines", *KEYED, "--property", "parse.headers=true",
                   input="h:1,g:NULL\ta:1\n\tNULL:2\nx:\tb:NULL\n")
    assert (sent.returncode, sent.stdout) == (0, ""), sent.stderr
    read = pinlake("consume", *log, "--topic", "lines", "--from-beginning", "--max-messages", 3, "--property",
                   "print.headers=true", "--property", "print.key=true", "--property", "print.offset=true", "--property",
                   "key.separator=|")
    assert read.stdout.splitlines() == ["Offset:0|h:1,g:null|a|1", "Offset:1|NO_HEADERS|null|2", "Offset:2|x:|b|null"]
    assert (read.returncode, read.stderr) == (0, "Processed a total of 3 messages\n")
    from_one = pinlake("consume", *log, "--topic", "lines", "--partition", 0, "--offset", 1, "--max-messages", 1)
    assert from_one.stdout == "2\n"
    ended = pinlake("consume", *log, "--topic", "lines", "--timeout-ms", 1)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "Processed a total of 0 messages\n")


def test_a_group_goes_on_behind_what_was_printed(log, pinlake):
    make_topic(pinlake, log, "grouped")
    assert pinlake("produce", *log, "--topic", "grouped", "--sync", input="1\n2\n3\n4\n5").returncode == 0
    member = ("consume", *log, "--topic", "grouped", "--group", "readers", "--from-beginning", "--max-messages")
    assert [pinlake(*member, count).stdout for count in (2, 3)] == ["1\n2\n", "3\n4\n5\n"]


def test_what_is_wrong_is_said_and_what_came_before_is_in_the_log(log, pinlake):
    make_topic(pinlake, log, "wrong")
    keyed = pinlake("produce", *log, "--topic", "wrong", *KEYED, input="a:1\nnone\nb:2\n")
    assert keyed.returncode != 0 and "No key separator found on line number 2: 'none'" in keyed.stderr
    read = pinlake("consume", *log, "--topic", "wrong", "--from-beginning", "--max-messages", 1)
    assert read.stdout == "1\n"
    for command in ("produce", "consume"):
        unknown = pinlake(command, *log, "--topic", "nowhere", input="x\n")
        assert unknown.returncode == 3 and "nowhere" in unknown.stderr
    property_ = pinlake("consume", *log, "--topic", "wrong", "--property", "print.keys=true")
    assert property_.returncode == 64 and "print.key" in property_.stderr
    partition = pinlake("consume", *log, "--topic", "wrong", "--partition", 7)
    assert partition.returncode == 3 and "1 partitions" in partition.stderr


def test_a_signal_ends_a_consumer_with_its_count(log, pinlake, pinlake_process):
    make_topic(pinlake, log, "signal")
    assert pinlake("produce", *log, "--topic", "signal", input="1\n").returncode == 0
    consumer = pinlake_process("consume", *log, "--include", "sig.*", "--from-beginning")
    assert consumer.stdout.readline() == "1\n"
    consumer.send_signal(signal.SIGTERM)
    _, told = consumer.communicate(timeout=60)
    assert (consumer.returncode, told) == (0, "Processed a total of 1 messages\n")


def test_console_tools_read_each_others_records(broker, pinlake):
    server = ("--bootstrap-server", broker.bootstrap)
    make_topic(pinlake, server, "console")
    assert pinlake("produce", *server, "--topic", "console", *KEYED, input=LINES).returncode == 0
    java_tool(broker, "kafka.tools.ConsoleProducer", "--topic", "console", *KEYED[:4], given="e:6\nf:7\n")
    flags = ("--topic", "console", "--from-beginning", "--max-messages", 7, "--timeout-ms", 60000, *PRINT)
    theirs = java_tool(broker, "kafka.tools.ConsoleConsumer", *flags)
    ours = pinlake("consume", *server, *flags)
    assert ours.stdout == theirs
    assert [line.split("\t")[-1] for line in theirs.splitlines()] == ["1", "2", "3", "null", "5", "6", "7"]
