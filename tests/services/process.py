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

START_TIMEOUT_S = 60
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


class Service:
    """One server process with a private directory. Use as a context manager, or start() and stop()."""

    name = "service"

    def __init__(self):
        self.dir = None
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
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
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
        with open(self.dir / "log", "wb") as log:
            self.process = subprocess.Popen(
                [str(word) for word in command], stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                env={**os.environ, **(env or {})}, start_new_session=True, preexec_fn=_die_with_parent)

    def _wait_until_ready(self):
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            if self.process.poll() is not None:
                raise ServiceError(f"{self.name} ended with {self.process.returncode}:\n{self.log_end()}")
            if time.monotonic() > deadline:
                raise ServiceError(f"{self.name} did not answer within {START_TIMEOUT_S} s:\n{self.log_end()}")
            time.sleep(0.05)

    def log_end(self):
        """The last 2,000 characters of the server's log."""
        log = self.dir / "log"
        return log.read_text(errors="replace")[-2000:] if log.exists() else ""


def accepts(port):
    """Whether something listens on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
