"""A proxy in front of an S3 server that spoils answers: refused, slow, half, cut before or after the deed.

It reads HTTP/1.1 with Content-Length, as every client here sends it, and leaves heads as they are, so that signatures stay
right. Faults are drawn from a seeded source; which request gets which one still depends on the threads' order.
"""

import collections
import random
import socket
import struct
import threading

READ_BYTES = 65536
HEAD_BYTES_MAX = 65536
WAIT_S = 60

# fault → what it does to one request.
FAULTS = {
    "none": "is forwarded and answered",
    "slow_down": "503 SlowDown, not forwarded",
    "internal": "500 InternalError, not forwarded",
    "too_many": "429, not forwarded",
    "reset": "the connection is reset before it is forwarded",
    "delay": "is forwarded after a while",
    "done_and_cut": "is forwarded; the connection is reset instead of the answer",
    "done_and_500": "is forwarded; the answer is 500",
    "half": "is forwarded; half of the answer, then a reset",
}


class FaultProxy:
    """Listens on a loopback port while it is open. `share` is the part of requests that get a fault."""

    def __init__(self, target_port, seed=1, share=0.3, delay_s=0.5):
        self.target_port = target_port
        self.share = share
        self.delay_s = delay_s
        self.counts = collections.Counter()
        self._chance = random.Random(seed)
        self._lock = threading.Lock()
        self._cut = threading.Event()
        self._stop = threading.Event()
        self._open = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._stop.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._reset_all()
        self._acceptor.join()

    def cut(self):
        """From now on every connection is reset, those that are open too, until mend()."""
        self._cut.set()
        self._reset_all()

    def mend(self):
        self._cut.clear()

    def _reset_all(self):
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            reset(connection)

    def _accept(self):
        while not self._stop.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        if self._cut.is_set():
            self.counts["cut"] += 1
            reset(client)
            return
        server = None
        with self._lock:
            self._open.add(client)
        try:
            client.settimeout(WAIT_S)
            server = socket.create_connection(("127.0.0.1", self.target_port), timeout=WAIT_S)
            # Small requests and answers: each goes out at once.
            for side in (client, server):
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while self._one(client, server):
                pass
        except OSError:
            pass
        finally:
            with self._lock:
                self._open.discard(client)
            client.close()
            if server:
                server.close()

    def _draw(self):
        with self._lock:
            if self._chance.random() >= self.share:
                return "none"
            return self._chance.choice([fault for fault in FAULTS if fault != "none"])

    def _one(self, client, server):
        """One request and its answer; whether the connection goes on."""
        request = read_message(client)
        if request is None:
            return False
        fault = self._draw()
        self.counts[fault] += 1
        if fault in ("slow_down", "internal", "too_many"):
            client.sendall(refusal(fault))
            return True
        if fault == "reset":
            reset(client)
            return False
        if fault == "delay":
            self._stop.wait(self.delay_s)
        server.sendall(request)
        answer = read_message(server, body=not request.startswith(b"HEAD "))
        if answer is None:
            return False
        if fault == "done_and_500":
            client.sendall(refusal("internal"))
            return True
        if fault in ("done_and_cut", "half"):
            if fault == "half":
                client.sendall(answer[:len(answer) // 2])
            reset(client)
            return False
        client.sendall(answer)
        return True


def refusal(fault):
    """An answer of S3's that says no."""
    status, code = {"slow_down": ("503 Slow Down", "SlowDown"), "internal": ("500 Internal Server Error", "InternalError"),
                    "too_many": ("429 Too Many Requests", "TooManyRequests")}[fault]
    body = f"<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>by the fault proxy</Message></Error>"
    return f"HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def reset(connection):
    """Ends a connection with RST instead of FIN."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    connection.close()


def read_message(connection, body=True):
    """A whole message as its bytes; None where the peer ended. Bodies have a Content-Length or are chunked."""
    data = bytearray()
    while (end := data.find(b"\r\n\r\n")) < 0:
        if len(data) > HEAD_BYTES_MAX or not read_more(connection, data):
            return None
    fields = {name.strip().lower(): value.strip() for name, _, value in
              (line.partition(b":") for line in bytes(data[:end]).split(b"\r\n")[1:])}
    status = bytes(data[:16]).split(b" ")[1] if data.startswith(b"HTTP/") else b""
    if not body or status in (b"204", b"304"):
        return bytes(data)
    if fields.get(b"transfer-encoding", b"").lower() == b"chunked":
        while not data.endswith(b"0\r\n\r\n"):
            if not read_more(connection, data):
                return None
        return bytes(data)
    whole = end + 4 + int(fields.get(b"content-length", b"0"))
    while len(data) < whole:
        if not read_more(connection, data):
            return None
    return bytes(data)


def read_more(connection, data):
    """Appends what comes next; false at the end."""
    part = connection.recv(READ_BYTES)
    data += part
    return bool(part)
