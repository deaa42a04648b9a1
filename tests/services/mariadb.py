"""A private MariaDB: socket and loopback TCP, one user with a password, one that must use TLS."""

import os
import pwd
import secrets
import subprocess

from process import STOP_TIMEOUT_S, Service, ServiceError, accepts, find_program, free_port

HOW = "run scripts/bootstrap --test"


def _own_name():
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


class MariaDb(Service):
    """An empty database `pinterest_data`, users `pinlake` and `pinlake_tls` (REQUIRE SSL)."""

    name = "mariadb"

    def __init__(self, database="pinterest_data"):
        super().__init__()
        self.database = database
        self.user = "pinlake"
        self.tls_user = "pinlake_tls"
        self.password = secrets.token_hex(8)
        self.port = None

    @property
    def socket(self):
        return self.dir / "sock"

    @property
    def ca(self):
        return self.dir / "server-cert.pem"

    @property
    def url(self):
        return f"mysql://{self.user}:{self.password}@127.0.0.1:{self.port}/{self.database}"

    def environment(self):
        return {
            "PINLAKE_TEST_MYSQL_HOST": "127.0.0.1",
            "PINLAKE_TEST_MYSQL_PORT": str(self.port),
            "PINLAKE_TEST_MYSQL_SOCKET": str(self.socket),
            "PINLAKE_TEST_MYSQL_USER": self.user,
            "PINLAKE_TEST_MYSQL_TLS_USER": self.tls_user,
            "PINLAKE_TEST_MYSQL_PASSWORD": self.password,
            "PINLAKE_TEST_MYSQL_DATABASE": self.database,
            "PINLAKE_TEST_MYSQL_CA": str(self.ca),
            "PINLAKE_TEST_MYSQL_URL": self.url,
        }

    def execute(self, sql):
        """Runs statements as the server's root over the socket; answers the rows as lists of strings."""
        ran = subprocess.run(
            [find_program("mariadb", HOW), "--no-defaults", "--batch", "--skip-column-names", f"--socket={self.socket}",
             "--user=root"], input=sql, text=True, capture_output=True, check=False)
        if ran.returncode:
            raise ServiceError(f"mariadb: {ran.stderr.strip()}")
        return [line.split("\t") for line in ran.stdout.splitlines()]

    def restart(self):
        """Stops the server and starts it again with the same data on the same port."""
        self.process.terminate()
        self.process.wait(STOP_TIMEOUT_S)
        self._serve()
        self._wait_until_ready()

    def _launch(self):
        self.port = free_port()
        data = self.dir / "data"
        user = _own_name()  # mariadbd refuses to run as root unless it is told to
        self._run([find_program("mariadb-install-db", HOW), "--no-defaults", f"--datadir={data}", f"--user={user}",
                   "--auth-root-authentication-method=normal", "--skip-test-db",
                   "--force"])  # also where the host's own name cannot be looked up
        self._run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=127.0.0.1",
                   "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", self.dir / "server-key.pem",
                   "-out", self.ca])
        self._serve()

    def _serve(self):
        data, user = self.dir / "data", _own_name()
        self._spawn([find_program("mariadbd", HOW), "--no-defaults", f"--datadir={data}", f"--user={user}",
                     f"--socket={self.socket}", f"--port={self.port}", "--bind-address=127.0.0.1", "--skip-name-resolve",
                     f"--pid-file={self.dir / 'pid'}", "--innodb-buffer-pool-size=64M",
                     "--innodb-flush-log-at-trx-commit=0", "--max-connections=200", f"--ssl-cert={self.ca}",
                     f"--ssl-key={self.dir / 'server-key.pem'}"])

    def _run(self, command):
        ran = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             text=True, check=False)
        if ran.returncode:
            raise ServiceError(f"{command[0]} ended with {ran.returncode}:\n{ran.stdout[-2000:]}")

    def _answers(self):
        return self.socket.exists() and accepts(self.port)

    def _prepare(self):
        self.execute(f"""
            CREATE DATABASE {self.database} CHARACTER SET utf8mb4;
            CREATE USER {self.user}@'127.0.0.1' IDENTIFIED BY '{self.password}';
            CREATE USER {self.user}@'localhost' IDENTIFIED BY '{self.password}';
            CREATE USER {self.tls_user}@'127.0.0.1' IDENTIFIED BY '{self.password}' REQUIRE SSL;
            GRANT ALL ON {self.database}.* TO {self.user}@'127.0.0.1', {self.user}@'localhost', {self.tls_user}@'127.0.0.1';
        """)
