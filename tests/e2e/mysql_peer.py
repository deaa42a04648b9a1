"""A scripted MySQL 8 server for one user: caching_sha2_password, which MariaDB's server does not have.

Checks the password as MySQL does, by scramble ("fast") or by RSA ("full"), answers OK to every SET and the error
1105 `scripted end` to everything else.
"""

import hashlib
import os
import socket
import struct
import subprocess
import threading

CAPABILITIES = 0x1 | 0x8 | 0x200 | 0x2000 | 0x8000 | 0x80000
OK = b"\x00\x00\x00\x02\x00\x00\x00"


def error(code, text):
    return b"\xff" + struct.pack("<H", code) + b"#HY000" + text.encode()


def xor(data, key):
    return bytes(byte ^ key[i % len(key)] for i, byte in enumerate(data))


class MySqlPeer:
    def __init__(self, directory, password, full):
        self.password, self.full = password.encode(), full
        self.nonce = bytes(1 + byte % 127 for byte in os.urandom(20))
        self.key = directory / "peer-key.pem"
        self.seen = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        subprocess.run(["openssl", "genrsa", "-out", self.key, "2048"], check=True, capture_output=True)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *unused):
        self._listener.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                try:
                    self._talk(connection)
                except (ConnectionError, struct.error):
                    pass

    def _talk(self, connection):
        stream = connection.makefile("rb")
        sequence = self._send(connection, 0, self._greeting())
        sequence, answer = self._receive(stream)
        user_end = answer.index(b"\0", 32)
        length = answer[user_end + 1]
        scramble = answer[user_end + 2:user_end + 2 + length]
        if not self._authenticated(connection, stream, sequence, scramble):
            return
        while True:
            _, query = self._receive(stream)
            self.seen.append(query[1:].decode())
            self._send(connection, 1, OK if query[1:4].upper() == b"SET" else error(1105, "scripted end"))

    def _authenticated(self, connection, stream, sequence, scramble):
        first = hashlib.sha256(self.password).digest()
        proof = hashlib.sha256(hashlib.sha256(first).digest() + self.nonce).digest()
        good = scramble == xor(first, proof)
        if self.full:
            self._send(connection, sequence + 1, b"\x01\x04")
            sequence, request = self._receive(stream)
            assert request == b"\x02", "without TLS the client must ask for the public key"
            public = subprocess.run(["openssl", "rsa", "-in", self.key, "-pubout"], check=True, capture_output=True).stdout
            self._send(connection, sequence + 1, b"\x01" + public)
            sequence, encrypted = self._receive(stream)
            plain = subprocess.run(["openssl", "pkeyutl", "-decrypt", "-inkey", self.key, "-pkeyopt",
                                    "rsa_padding_mode:oaep"], input=encrypted, check=True, capture_output=True).stdout
            good = xor(plain, self.nonce) == self.password + b"\0"
        elif good:
            sequence = self._send(connection, sequence + 1, b"\x01\x03")
        self._send(connection, sequence + 1, OK if good else error(1045, "Access denied for user 'peer'"))
        return good

    def _greeting(self):
        return (b"\x0a8.0.36\0" + struct.pack("<I", 7) + self.nonce[:8] + b"\0" +
                struct.pack("<HBHHB", CAPABILITIES & 0xffff, 45, 2, CAPABILITIES >> 16, 21) + bytes(10) +
                self.nonce[8:] + b"\0caching_sha2_password\0")

    @staticmethod
    def _send(connection, sequence, payload):
        connection.sendall(struct.pack("<I", len(payload))[:3] + bytes([sequence % 256]) + payload)
        return sequence

    @staticmethod
    def _receive(stream):
        head = stream.read(4)
        if len(head) < 4:
            raise ConnectionError
        return head[3], stream.read(head[0] | head[1] << 8 | head[2] << 16)
