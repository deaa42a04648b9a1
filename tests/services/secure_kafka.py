"""A Kafka broker that wants to know who calls: TLS, client certificates, PLAIN, SCRAM, OAUTHBEARER, and tokens of MSK that
it checks by computing their signature itself (MskTokenValidator.java). Its certificates are made for each run."""

import os
import subprocess

import kafka
from process import DEPS, ServiceError, TOP, find_program, free_port

USER = "ann"
PASSWORD = "canary-ann-7f31"
SCRAM_PASSWORD = "canary-scram-9a02"
STORE_PASSWORD = "canary-store-55d1"
KEY_PASSWORD = "canary-key-c0de"
ACCESS_KEY = "AKIAPINLAKETEST00001"
SECRET_KEY = "canary/secret+key-41b7"
REGION = "eu-west-2"

# Each has a port of its own. Listeners whose certificate is wrong in one way take no users.
LISTENERS = {"PLAIN": "PLAINTEXT", "TLS": "SSL", "MUTUAL": "SSL", "EXPIRED": "SSL", "ELSEWHERE": "SSL", "SIGNED": "SASL_SSL",
             "UNSEALED": "SASL_PLAINTEXT", "JWT": "SASL_SSL"}
CERTIFICATES = {"TLS": "server", "MUTUAL": "server", "EXPIRED": "expired", "ELSEWHERE": "elsewhere", "SIGNED": "server",
                "JWT": "server"}
LOGIN = "org.apache.kafka.common.security"


def _run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServiceError(f"{command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")


class Certificates:
    """An authority, what it signed for the broker and for a client, and an authority that nobody knows."""

    def __init__(self, directory):
        self.dir = directory
        directory.mkdir()
        self.openssl = find_program("openssl", "run scripts/bootstrap --test")
        self._authority("ca")
        self._authority("stranger")
        self._signed("server", "DNS:localhost,IP:127.0.0.1", 30)
        self._signed("expired", "DNS:localhost,IP:127.0.0.1", -1)
        self._signed("elsewhere", "DNS:kafka.example.com", 30)
        self._signed("client", "DNS:client", 30)
        self._key_stores()
        self._trust_stores()

    def path(self, name):
        """A file of these: ca.pem, ca.jks, client.p12, …"""
        return self.dir / name

    def _authority(self, name):
        _run(self.openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.path(f"{name}.key"), "-out",
             self.path(f"{name}.pem"), "-days", 30, "-subj", f"/CN=pinlake test {name}")

    def _signed(self, name, names, days):
        request, extensions = self.path(f"{name}.csr"), self.path(f"{name}.ext")
        extensions.write_text(f"subjectAltName={names}\n")
        _run(self.openssl, "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", self.path(f"{name}.key"), "-out", request,
             "-subj", f"/CN={name}")
        _run(self.openssl, "x509", "-req", "-in", request, "-CA", self.path("ca.pem"), "-CAkey", self.path("ca.key"),
             "-CAcreateserial", "-days", days, "-extfile", extensions, "-out", self.path(f"{name}.crt"))
        self.path(f"{name}.pem").write_text(self.path(f"{name}.key").read_text() + self.path(f"{name}.crt").read_text())

    def _key_stores(self):
        _run(self.openssl, "pkcs12", "-export", "-in", self.path("client.crt"), "-inkey", self.path("client.key"), "-certfile",
             self.path("ca.pem"), "-out", self.path("client.p12"), "-passout", f"pass:{STORE_PASSWORD}")
        sealed = self.path("sealed.key")
        _run(self.openssl, "pkcs8", "-topk8", "-in", self.path("client.key"), "-passout", f"pass:{KEY_PASSWORD}", "-out", sealed)
        self.path("sealed.pem").write_text(sealed.read_text() + self.path("client.crt").read_text())
        self._keytool("-importkeystore", "-srckeystore", self.path("client.p12"), "-srcstoretype", "PKCS12", "-srcstorepass",
                      STORE_PASSWORD, "-destkeystore", self.path("client.jks"), "-deststoretype", "JKS", "-deststorepass",
                      STORE_PASSWORD)

    def _trust_stores(self):
        for kind, name in (("JKS", "ca.jks"), ("PKCS12", "ca.p12")):
            self._keytool("-importcert", "-noprompt", "-storetype", kind, "-keystore", self.path(name), "-storepass",
                          STORE_PASSWORD, "-alias", "ca", "-file", self.path("ca.pem"))

    @staticmethod
    def _keytool(*arguments):
        _run(find_program("keytool", "run scripts/bootstrap --test"), "-J-XX:TieredStopAtLevel=1", *arguments)


class SecureKafka(kafka.Kafka):
    """Kafka 3.9 with a listener for each way to call; address(listener) says where."""

    name = "secure-kafka"

    def __init__(self):
        super().__init__()
        self.ports = {}
        self.certificates = None

    def address(self, listener, host="127.0.0.1"):
        """host:port of one of LISTENERS."""
        return f"{host}:{self.ports[listener]}"

    def set_accounts(self, **changes):
        """What the cluster knows of MSK's users and of the time, in force from the next sign-in on. Names of keys have '_'
        for '.'; keys: a mapping of access key to (secret, session token)."""
        keys = changes.pop("keys", {ACCESS_KEY: (SECRET_KEY, "")})
        lines = {"region": REGION, **{name.replace("_", "."): value for name, value in changes.items()}}
        for access_key, (secret, token) in keys.items():
            lines[f"key.{access_key}"] = secret
            lines[f"token.{access_key}"] = token
        fresh = self.dir / "accounts.new"
        fresh.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
        fresh.replace(self.dir / "accounts")

    def _launch(self):
        self.certificates = Certificates(self.dir / "certificates")
        self.ports = {name: free_port() for name in LISTENERS}
        self.port = self.ports["PLAIN"]
        self.set_accounts()
        config = kafka.write_properties(self.dir / "server.properties", self._properties(free_port()))
        formatted = subprocess.run(
            kafka.java("3.9", "kafka.tools.StorageTool", "format", "-t", kafka.new_cluster_id(), "-c", config, *(
                word for hash in ("256", "512")
                for word in ("--add-scram", f"SCRAM-SHA-{hash}=[name={USER},password={SCRAM_PASSWORD}]"))),
            capture_output=True, text=True, check=False)
        if formatted.returncode:
            raise ServiceError(f"secure-kafka: format ended with {formatted.returncode}:\n{formatted.stderr[-2000:]}")
        command = kafka.java("3.9", "kafka.Kafka", config)
        classpath = command.index("-cp") + 1
        command[classpath] += os.pathsep + str(self._validator())
        command.insert(1, f"-Dpinlake.msk.accounts={self.dir / 'accounts'}")
        self._spawn(command, env={"LOG_DIR": str(self.dir), "HOME": os.environ.get("HOME", "/")})

    def _validator(self):
        classes = self.dir / "classes"
        _run(find_program("javac", "run scripts/bootstrap --test"), "-cp", f"{DEPS / 'kafka'}/*", "-d", classes,
             TOP / "tests" / "services" / "MskTokenValidator.java")
        return classes

    def _properties(self, controller):
        listeners = [f"{name}://127.0.0.1:{port}" for name, port in self.ports.items()]
        # Certificates for localhost and 127.0.0.1 fit both; clients stay on the name that they were given first.
        properties = {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listeners": ",".join([*listeners, f"CONTROLLER://127.0.0.1:{controller}"]),
            "advertised.listeners": ",".join(listeners),
            "listener.security.protocol.map": ",".join(
                f"{name}:{protocol}" for name, protocol in {**LISTENERS, "CONTROLLER": "PLAINTEXT"}.items()),
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAIN",
            "log.dirs": self.dir / "data",
            "connection.failed.authentication.delay.ms": 0,
            **kafka.COMMON, **kafka.ONE_BROKER,
        }
        for listener, certificate in CERTIFICATES.items():
            head = f"listener.name.{listener.lower()}"
            properties[f"{head}.ssl.keystore.type"] = "PEM"
            properties[f"{head}.ssl.keystore.location"] = self.certificates.path(f"{certificate}.pem")
        properties["listener.name.mutual.ssl.client.auth"] = "required"
        properties["listener.name.mutual.ssl.truststore.type"] = "PEM"
        properties["listener.name.mutual.ssl.truststore.location"] = self.certificates.path("ca.pem")
        for listener in ("signed", "unsealed"):
            head = f"listener.name.{listener}"
            properties |= {
                f"{head}.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
                f"{head}.plain.sasl.jaas.config": f'{LOGIN}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";',
                f"{head}.scram-sha-256.sasl.jaas.config": f"{LOGIN}.scram.ScramLoginModule required;",
                f"{head}.scram-sha-512.sasl.jaas.config": f"{LOGIN}.scram.ScramLoginModule required;",
                f"{head}.oauthbearer.sasl.jaas.config": f"{LOGIN}.oauthbearer.OAuthBearerLoginModule required;",
                f"{head}.oauthbearer.sasl.server.callback.handler.class": "MskTokenValidator",
            }
        # Tokens without a signature, as Kafka's own development handler takes them.
        properties |= {
            "listener.name.jwt.sasl.enabled.mechanisms": "OAUTHBEARER",
            "listener.name.jwt.oauthbearer.sasl.jaas.config": f"{LOGIN}.oauthbearer.OAuthBearerLoginModule required;",
        }
        return properties
