"""Servers for tests: private processes on loopback that stop with the test, even if the test is killed."""

import ctypes
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
DEPS = TOP / "build" / "deps"

START_TIMEOUT_S = 120
STOP_TIMEOUT_S = 20


class ServiceError(Exception):
    """A server is missing, didn't start, or ended early; the message has the end of its log."""


def free_port():
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def find_program(name, how):
    """The path of a program in build/deps/bin or on PATH (sbin included)."""
    local = DEPS / "bin" / name
    if local.exists():
        return str(local)
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not found:
        raise ServiceError(f"{name} is not here; {how}")
    return found


def _die_with_parent():
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


class Process:
    """One process with its output in a file; killed with this one."""

    def __init__(self, command, log, env=None):
        self.log = log
        with open(log, "ab") as output:
            self.process = subprocess.Popen(
                [str(word) for word in command], stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                env={**os.environ, **(env or {})}, start_new_session=True, preexec_fn=_die_with_parent)

    def wait_until(self, name, answers, timeout=START_TIMEOUT_S):
        """Returns once answers() is true; ServiceError if the process ends before or it takes too long."""
        deadline = time.monotonic() + timeout
        while not answers():
            if self.process.poll() is not None:
                raise ServiceError(f"{name} ended with {self.process.returncode}:\n{self.log_end()}")
            if time.monotonic() > deadline:
                raise ServiceError(f"{name} did not answer within {timeout} s:\n{self.log_end()}")
            time.sleep(0.05)

    def log_end(self):
        """The last 2,000 characters of its output."""
        return self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""

    def signal(self, number):
        """Sends a signal if it runs."""
        if self.process.poll() is None:
            self.process.send_signal(number)

    def kill(self):
        """kill -9; returns once it is gone."""
        self.signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """SIGTERM, then SIGKILL."""
        self.signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()


class Service:
    """One server process with a private directory. Use as a context manager, or start() and stop()."""

    name = "service"

    def __init__(self):
        self.dir = None
        self.server = None
        self.process = None

    def start(self):
        """Starts the server and returns once it answers; a port taken in between is tried again."""
        for attempt in (1, 2, 3):
            self.dir = pathlib.Path(tempfile.mkdtemp(prefix=f"pinlake-{self.name}-"))
            try:
                self._launch()
                self._wait_until_ready()
                self._prepare()
                return self
            except ServiceError:
                self.stop()
                if attempt == 3:
                    raise
            except BaseException:
                self.stop()
                raise

    def stop(self):
        """SIGTERM, then SIGKILL; removes the private directory."""
        if self.process:
            self.server.stop()
        self.process = None
        if self.dir:
            shutil.rmtree(self.dir, ignore_errors=True)
            self.dir = None

    def environment(self):
        """What a test program needs to find this server."""
        return {}

    def __enter__(self):
        return self.start()

    def __exit__(self, *unused):
        self.stop()

    # For the servers:

    def _launch(self):
        raise NotImplementedError

    def _answers(self):
        """True once the server serves."""
        raise NotImplementedError

    def _prepare(self):
        """Makes users, buckets and the like."""

    def _spawn(self, command, env=None):
        self.server = Process(command, self.dir / "log", env)
        self.process = self.server.process

    def _wait_until_ready(self):
        self.server.wait_until(self.name, self._answers)

    def log_end(self):
        """The last 2,000 characters of the server's log."""
        return self.server.log_end()


def accepts(port):
    """Whether something listens on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
