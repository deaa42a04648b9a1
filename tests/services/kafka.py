"""A real Kafka broker (KRaft, one node) from the pinned jars, with a private directory."""

import base64
import os
import subprocess
import uuid

from process import DEPS, Service, ServiceError, accepts, find_program, free_port

JARS = DEPS / "kafka"


class Kafka(Service):
    """One broker with a plaintext listener. Retention is off, so that records may carry any timestamp."""

    name = "kafka"

    def __init__(self, properties=None):
        super().__init__()
        self.port = None
        self.extra = properties or {}

    @property
    def bootstrap(self):
        return f"127.0.0.1:{self.port}"

    def environment(self):
        return {"PINLAKE_TEST_KAFKA": self.bootstrap}

    def _java(self, main, *arguments):
        if not JARS.exists():
            raise ServiceError("Kafka's jars are not here; run scripts/bootstrap --test")
        # Its own log goes to standard output, which is the service's log file.
        return [find_program("java", "run scripts/bootstrap --test"), "-Xmx512m", "-Xms128m", "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", "-cp", f"{JARS}/*", main, *map(str, arguments)]

    def _launch(self):
        self.port, controller = free_port(), free_port()
        properties = {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": self.dir / "data",
            "num.partitions": 1,
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "group.initial.rebalance.delay.ms": 0,
            "group.min.session.timeout.ms": 500,
            "log.retention.hours": -1,
            "log.cleaner.enable": "false",
            **self.extra,
        }
        config = self.dir / "server.properties"
        config.write_text("".join(f"{key}={value}\n" for key, value in properties.items()))
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        formatted = subprocess.run(self._java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", config),
                                   capture_output=True, text=True, check=False)
        if formatted.returncode:
            raise ServiceError(f"kafka: format ended with {formatted.returncode}:\n{formatted.stderr[-2000:]}")
        self._spawn(self._java("kafka.Kafka", config), env={"LOG_DIR": str(self.dir), "HOME": os.environ.get("HOME", "/")})

    def _answers(self):
        return self._metadata()

    def _metadata(self):
        """kcat is the outside view: it lists the broker once it serves."""
        if not accepts(self.port):
            return False
        listed = subprocess.run([find_program("kcat", "run scripts/bootstrap --test"), "-b", self.bootstrap, "-L", "-m", "2"],
                                capture_output=True, check=False)
        return listed.returncode == 0
