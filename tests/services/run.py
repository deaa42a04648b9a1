#!/usr/bin/env python3
"""run.py [versitygw|minio|mariadb|kafka|kafka-2.8|kafka-4.3|kafka-cluster|kafka-jars]... -- command argument...

Starts the named servers on loopback, runs the command with variables that say where they are, stops them, and
ends with the command's exit code:
  PINLAKE_TEST_S3_{ENDPOINT,ACCESS_KEY,SECRET_KEY,REGION,BUCKET}      the first S3 server named
  PINLAKE_TEST_MINIO_...                                             the same for MinIO beside versitygw
  PINLAKE_TEST_MYSQL_{HOST,PORT,SOCKET,USER,TLS_USER,PASSWORD,DATABASE,CA,URL}
  PINLAKE_TEST_KAFKA                                                 host:port of a broker (3.9; of 2.8 or 4.3 if named so)
  PINLAKE_TEST_KAFKA_CLUSTER                                         host:port of three brokers, by comma
  PINLAKE_TEST_KAFKA_JARS                                            a folder; run kafka.tools.* with -cp 'folder/*'
"""

import contextlib
import os
import signal
import subprocess
import sys

import kafka
import mariadb
import s3
from process import DEPS, ServiceError

SERVERS = {"versitygw": s3.VersityGateway, "minio": s3.Minio, "mariadb": mariadb.MariaDb, "kafka": kafka.Kafka,
           "kafka-2.8": lambda: kafka.Kafka(version="2.8"), "kafka-4.3": lambda: kafka.Kafka(version="4.3"),
           "kafka-cluster": kafka.KafkaCluster}


def main(arguments):
    if "--" not in arguments or arguments[0] in ("-h", "--help") or arguments[-1] == "--":
        print(__doc__.strip(), file=sys.stderr)
        return 64
    split = arguments.index("--")
    names, command = arguments[:split], arguments[split + 1:]
    for name in names:
        if name not in (*SERVERS, "kafka-jars"):
            print(f"run.py: unknown server {name}; there are {', '.join(SERVERS)}, kafka-jars", file=sys.stderr)
            return 64
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    environment = {**os.environ, "AWS_EC2_METADATA_DISABLED": "true"}
    with contextlib.ExitStack() as running:
        for name in names:
            if name == "kafka-jars":
                environment["PINLAKE_TEST_KAFKA_JARS"] = str((DEPS / "kafka").resolve())
                continue
            server = running.enter_context(SERVERS[name]())
            if name == "minio" and "PINLAKE_TEST_S3_ENDPOINT" in environment:
                environment.update(server.environment("PINLAKE_TEST_MINIO"))
            else:
                environment.update(server.environment())
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except ServiceError as error:
        sys.exit(f"run.py: {error}")
    except FileNotFoundError as error:
        sys.exit(f"run.py: {error}")
