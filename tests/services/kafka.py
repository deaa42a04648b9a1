"""Real Kafka brokers from the pinned jars, with private directories: 2.8 with ZooKeeper, 3.9 and 4.3 by themselves
(KRaft), and a cluster of three."""

import base64
import os
import shutil
import signal
import subprocess
import uuid

from process import DEPS, Process, Service, ServiceError, accepts, find_program, free_port

JARS = {"2.8": DEPS / "kafka-2.8", "3.9": DEPS / "kafka", "4.3": DEPS / "kafka-4.3"}

# Retention is off, so that records may carry any timestamp.
COMMON = {
    "num.partitions": 1,
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": 0,
    "group.min.session.timeout.ms": 500,
    "log.retention.hours": -1,
    "offsets.topic.num.partitions": 4,
    "transaction.state.log.num.partitions": 4,
}
ONE_BROKER = {
    "log.cleaner.enable": "false",
    "offsets.topic.replication.factor": 1,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
}
THREE_BROKERS = {
    "default.replication.factor": 3,
    "min.insync.replicas": 2,
    "offsets.topic.replication.factor": 3,
    "transaction.state.log.replication.factor": 3,
    "transaction.state.log.min.isr": 2,
    "broker.session.timeout.ms": 6000,
    "replica.lag.time.max.ms": 10000,
}


def java(version, main, *arguments, heap="512m"):
    """The command that runs a class of a Kafka version. Its own log goes to standard output."""
    jars = JARS[version]
    if not jars.exists():
        raise ServiceError(f"Kafka {version}'s jars are not here; run scripts/bootstrap --test")
    return [find_program("java", "run scripts/bootstrap --test"), f"-Xmx{heap}", "-Xms128m", "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1", "-cp", f"{jars}/*", main, *map(str, arguments)]


def write_properties(path, properties):
    """A server's properties as a file."""
    path.write_text("".join(f"{key}={value}\n" for key, value in properties.items()))
    return path


def format_storage(version, config, cluster):
    """What a KRaft broker wants before its first start."""
    formatted = subprocess.run(java(version, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", config),
                               capture_output=True, text=True, check=False)
    if formatted.returncode:
        raise ServiceError(f"kafka: format ended with {formatted.returncode}:\n{formatted.stderr[-2000:]}")


def new_cluster_id():
    """A cluster id as Kafka writes them."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "A")


def create_topic(bootstrap, topic, partitions, replication):
    """Makes a topic with Kafka's own tool: that of 2.8, which speaks to all of them."""
    made = subprocess.run(java("2.8", "kafka.admin.TopicCommand", "--bootstrap-server", bootstrap, "--create", "--topic", topic,
                               "--partitions", partitions, "--replication-factor", replication, heap="256m"),
                          capture_output=True, text=True, check=False)
    if made.returncode:
        raise ServiceError(f"kafka: the topic {topic} was not made:\n{made.stdout[-2000:]}")


def serves(port, brokers=1):
    """kcat is the outside view: the broker at a loopback port answers and knows that many live brokers."""
    if not accepts(port):
        return False
    listed = subprocess.run([find_program("kcat", "run scripts/bootstrap --test"), "-b", f"127.0.0.1:{port}", "-L", "-m", "2"],
                            capture_output=True, text=True, check=False)
    return listed.returncode == 0 and f" {brokers} brokers:" in listed.stdout


class Kafka(Service):
    """One broker with a plaintext listener: KRaft from 3.9 on, beside a ZooKeeper in 2.8."""

    name = "kafka"

    def __init__(self, properties=None, version="3.9"):
        super().__init__()
        self.version = version
        self.port = None
        self.zookeeper = None
        self.extra = properties or {}

    @property
    def bootstrap(self):
        """host:port."""
        return f"127.0.0.1:{self.port}"

    def environment(self):
        return {"PINLAKE_TEST_KAFKA": self.bootstrap}

    def stop(self):
        if self.process and self.process.poll() is None and self.zookeeper:
            self.process.kill()  # nothing of it is kept, and a good-bye to ZooKeeper takes its time
        if self.zookeeper:
            self.zookeeper.kill()
            self.zookeeper = None
        super().stop()

    def _launch(self):
        self.port, other = free_port(), free_port()
        properties = {
            "log.dirs": self.dir / "data",
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            **COMMON,
            **ONE_BROKER,
        }
        config = self.dir / "server.properties"
        if self.version == "2.8":
            self._start_zookeeper(other)
            properties |= {"broker.id": 1, "zookeeper.connect": f"127.0.0.1:{other}",
                           "zookeeper.session.timeout.ms": 60000}
            write_properties(config, properties | self.extra)
        else:
            properties |= {
                "process.roles": "broker,controller",
                "node.id": 1,
                "controller.quorum.voters": f"1@127.0.0.1:{other}",
                "listeners": f"{properties['listeners']},CONTROLLER://127.0.0.1:{other}",
                "controller.listener.names": "CONTROLLER",
            }
            format_storage(self.version, write_properties(config, properties | self.extra), new_cluster_id())
        self._spawn(java(self.version, "kafka.Kafka", config),
                    env={"LOG_DIR": str(self.dir), "HOME": os.environ.get("HOME", "/")})

    def _start_zookeeper(self, port):
        config = write_properties(self.dir / "zookeeper.properties", {
            "dataDir": self.dir / "zookeeper", "clientPort": port, "clientPortAddress": "127.0.0.1",
            "admin.enableServer": "false", "tickTime": 2000, "maxClientCnxns": 0})
        self.zookeeper = Process(java("2.8", "org.apache.zookeeper.server.quorum.QuorumPeerMain", config, heap="256m"),
                                 self.dir / "zookeeper.log")
        self.zookeeper.wait_until("zookeeper", lambda: accepts(port))

    def _answers(self):
        return serves(self.port)


class KafkaCluster(Service):
    """Three brokers that are controllers too (KRaft 3.9), replication 3, min.insync.replicas 2. Brokers are 1, 2, 3."""

    name = "kafka-cluster"
    nodes = (1, 2, 3)

    def __init__(self, properties=None):
        super().__init__()
        self.extra = properties or {}
        self.ports = {}
        self.brokers = {}
        self.configs = {}

    @property
    def bootstrap(self):
        """host:port of all three."""
        return ",".join(f"127.0.0.1:{self.ports[node]}" for node in self.nodes)

    def environment(self):
        return {"PINLAKE_TEST_KAFKA_CLUSTER": self.bootstrap}

    def _launch(self):
        self.ports = {node: free_port() for node in self.nodes}
        controllers = {node: free_port() for node in self.nodes}
        cluster = new_cluster_id()
        for node in self.nodes:
            listener = f"PLAINTEXT://127.0.0.1:{self.ports[node]}"
            self.configs[node] = write_properties(self.dir / f"server-{node}.properties", {
                "process.roles": "broker,controller",
                "node.id": node,
                "controller.quorum.voters": ",".join(f"{n}@127.0.0.1:{controllers[n]}" for n in self.nodes),
                "listeners": f"{listener},CONTROLLER://127.0.0.1:{controllers[node]}",
                "advertised.listeners": listener,
                "controller.listener.names": "CONTROLLER",
                "log.dirs": self.dir / f"data-{node}",
                **COMMON, **THREE_BROKERS, **self.extra,
            })
            format_storage("3.9", self.configs[node], cluster)
        for node in self.nodes:
            self.start_broker(node)

    def start_broker(self, node):
        """Starts a broker that is down; does not wait for it."""
        self.brokers[node] = Process(java("3.9", "kafka.Kafka", self.configs[node], heap="384m"),
                                     self.dir / f"log-{node}", env={"LOG_DIR": str(self.dir / f"logs-{node}")})

    def kill_broker(self, node):
        """kill -9."""
        self.brokers[node].kill()

    def pause_broker(self, node):
        """SIGSTOP: it keeps its connections and answers nothing."""
        self.brokers[node].signal(signal.SIGSTOP)

    def resume_broker(self, node):
        """SIGCONT."""
        self.brokers[node].signal(signal.SIGCONT)

    def stop_broker(self, node):
        """SIGTERM and its end: leaders move away first."""
        self.brokers[node].stop()

    def wait_for_brokers(self, nodes=None):
        """Until each of the nodes knows all of them."""
        nodes = nodes or self.nodes
        for node in nodes:
            self.brokers[node].wait_until(f"broker {node}", lambda port=self.ports[node]: serves(port, len(nodes)),
                                          timeout=120)

    def leader(self, topic, partition):
        """The number of the broker that leads a partition, asked of the first that answers; None if there is none."""
        for node in self.nodes:
            listed = subprocess.run(
                [find_program("kcat", "run scripts/bootstrap --test"), "-b", f"127.0.0.1:{self.ports[node]}", "-L",
                 "-t", topic, "-m", "5"], capture_output=True, text=True, check=False)
            for line in listed.stdout.splitlines():
                words = line.replace(",", "").split()
                if words[:2] == ["partition", str(partition)] and "leader" in words:
                    leader = int(words[words.index("leader") + 1])
                    return leader if leader > 0 else None
        return None

    def _wait_until_ready(self):
        self.wait_for_brokers()

    def _answers(self):
        return True

    def stop(self):
        for broker in self.brokers.values():
            broker.kill()
        self.brokers = {}
        if self.dir:
            shutil.rmtree(self.dir, ignore_errors=True)
            self.dir = None
