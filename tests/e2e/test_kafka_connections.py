"""Every way to come to a Kafka that asks who calls, and every way to get it wrong: the answer names the property, the cause
and what to do, and never a secret. Secrets are those of secure_kafka.py and these; all begin with "canary"."""

import concurrent.futures
import os
import re
import socket
import subprocess

import pytest

import secure_kafka as service
from process import free_port

ANSWER_WITHIN_S = 60
TRUST = "ssl.truststore.location = {c}/ca.jks\nssl.truststore.password = " + service.STORE_PASSWORD + "\n"
SSL = "security.protocol = SSL\n" + TRUST
SASL_SSL = "security.protocol = SASL_SSL\n" + TRUST
KEYS = "ssl.keystore.location = {c}/%s\nssl.keystore.password = %s\n"
MSK = "security.protocol = SASL_SSL\n" + TRUST + "sasl.mechanism = AWS_MSK_IAM\n"
IAM_LOGIN = "sasl.jaas.config = software.amazon.msk.auth.iam.IAMLoginModule required %s;\n"


def login(mechanism, user=service.USER, password=None):
    """Mechanism and login line."""
    plain = mechanism == "PLAIN"
    password = password or (service.PASSWORD if plain else service.SCRAM_PASSWORD)
    module = "plain.PlainLoginModule" if plain else "scram.ScramLoginModule"
    return (f"sasl.mechanism = {mechanism}\nsasl.jaas.config = {service.LOGIN}.{module} required \\\n"
            f"  username=\"{user}\" \\\n  password=\"{password}\";\n")


@pytest.fixture(scope="module")
def environment(secure_kafka, tmp_path_factory):
    """Of a machine without AWS."""
    home = tmp_path_factory.mktemp("home")
    found = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**found, "AWS_EC2_METADATA_DISABLED": "true", "HOME": str(home)}


# name: (listener, properties)
RIGHT = {
    "TLS, JKS trust store": ("TLS", SSL),
    "TLS, PKCS12 trust store": ("TLS", SSL.replace("ca.jks", "ca.p12")),
    "TLS, PEM trust store": ("TLS", "security.protocol=SSL\nssl.truststore.type=PEM\nssl.truststore.location={c}/ca.pem\n"),
    "TLS, librdkafka's names": ("TLS", "security.protocol=ssl\nssl.ca.location={c}/ca.pem\n"),
    "names not checked": ("ELSEWHERE", SSL + "ssl.endpoint.identification.algorithm =\n"),
    "PKCS12 key store": ("MUTUAL", SSL + KEYS % ("client.p12", service.STORE_PASSWORD)),
    "PEM key store": ("MUTUAL", SSL + "ssl.keystore.type = PEM\nssl.keystore.location = {c}/client.pem\n"),
    "PEM key store with a password": (
        "MUTUAL", SSL + "ssl.keystore.location = {c}/sealed.pem\nssl.key.password = " + service.KEY_PASSWORD + "\n"),
    "PLAIN": ("SIGNED", SASL_SSL + login("PLAIN")),
    "SCRAM-SHA-256": ("SIGNED", SASL_SSL + login("SCRAM-SHA-256")),
    "SCRAM-SHA-512": ("SIGNED", SASL_SSL + login("SCRAM-SHA-512")),
    "PLAIN without TLS": ("UNSEALED", "security.protocol=SASL_PLAINTEXT\n" + login("PLAIN")),
    "SCRAM without TLS": ("UNSEALED", "security.protocol=SASL_PLAINTEXT\n" + login("SCRAM-SHA-512")),
    "user and password by librdkafka's names": (
        "SIGNED", SASL_SSL + f"sasl.mechanism=PLAIN\nsasl.username={service.USER}\nsasl.password={service.PASSWORD}\n"),
}


def run_topics(command, server, directory, name, address, properties, environment):
    """`pinlake topics --list` with these properties in a file of its own."""
    path = directory / (re.sub(r"\W+", "-", name) + ".properties")
    path.write_text(properties.replace("{c}", str(server.certificates.dir)))
    return command("topics", "--bootstrap-server", address, "--command-config", path, "--list", env=environment,
                   timeout=ANSWER_WITHIN_S)


@pytest.mark.parametrize("name", RIGHT)
def test_a_user_gets_in(secure_kafka, pinlake, environment, tmp_path, name):
    listener, properties = RIGHT[name]
    ran = run_topics(pinlake, secure_kafka, tmp_path, name, secure_kafka.address(listener), properties, environment)
    assert ran.returncode == 0, ran.stderr
    assert "canary" not in ran.stdout + ran.stderr


# name: (listener or address, properties, more of the environment, what the answer's last lines hold, exit code)
WRONG = {
    "unknown protocol": ("TLS", "security.protocol=TLS\n", {}, [":1: security.protocol: 'TLS' is not", "SASL_SSL)"], 64),
    "unknown mechanism": ("SIGNED", SASL_SSL + "sasl.mechanism=SCRAM-512\n", {},
                          [":4: sasl.mechanism: 'SCRAM-512' is not a SASL mechanism", "allowed: PLAIN, SCRAM-SHA-256"], 64),
    "Kerberos": ("SIGNED", SASL_SSL + "sasl.mechanism=GSSAPI\n", {}, ["sasl.mechanism: GSSAPI (Kerberos)", "allowed: PLAIN"], 64),
    "no mechanism": ("SIGNED", SASL_SSL, {}, ["security.protocol: sasl.mechanism is missing", "SCRAM-SHA-512"], 64),
    "no login line": ("SIGNED", SASL_SSL + "sasl.mechanism=PLAIN\n", {},
                      ["sasl.mechanism: PLAIN needs sasl.jaas.config with username and password"], 64),
    "login line cut off": ("SIGNED", SASL_SSL + login("PLAIN").replace(";", ""), {},
                           ["sasl.jaas.config", "';' is missing at the end"], 64),
    "login of another mechanism": ("SIGNED", SASL_SSL + login("PLAIN").replace("= PLAIN", "= SCRAM-SHA-256"), {},
                                   ["sasl.jaas.config: the login module is", "needs ScramLoginModule"], 64),
    "foreign handler": ("SIGNED", MSK + "sasl.client.callback.handler.class=com.acme.Handler\n", {},
                        ["sasl.client.callback.handler.class: class com.acme.Handler can't be loaded here: leave it out"], 64),
    "missing trust store": ("TLS", SSL.replace("ca.jks", "gone.jks"), {},
                            ["ssl.truststore.location", "gone.jks", "write the path of"], 64),
    "trust store of another kind": ("TLS", SSL + "ssl.truststore.type=BCFKS\n", {},
                                    ["ssl.truststore.type: 'BCFKS'", "allowed: JKS, PKCS12, PEM"], 64),
    "trust store's password": ("TLS", SSL.replace(service.STORE_PASSWORD, "canary-wrong"), {},
                               [":3: ssl.truststore.password", "does not open with this password", "correct"], 64),
    "trust store is none": ("TLS", "security.protocol=SSL\nssl.truststore.location={c}/ca.key\n", {},
                            ["ssl.truststore.location", "neither JKS nor PKCS12 nor PEM"], 64),
    "missing key store": ("MUTUAL", SSL + KEYS % ("gone.p12", "canary-x"), {},
                          ["ssl.keystore.location", "gone.p12", "write the path of"], 64),
    "JKS key store": ("MUTUAL", SSL + KEYS % ("client.jks", service.STORE_PASSWORD), {},
                      ["ssl.keystore.location", "convert it: keytool -importkeystore -srckeystore"], 64),
    "key store's password": ("MUTUAL", SSL + KEYS % ("client.p12", "canary-wrong"), {},
                             [":5: ssl.keystore.password: does not open", "correct it"], 64),
    "key's password": ("MUTUAL", SSL + "ssl.keystore.location={c}/sealed.pem\nssl.key.password=canary-wrong\n", {},
                       [":5: ssl.key.password: does not open the private key", "correct it"], 64),
    "no password for the key": ("MUTUAL", SSL + "ssl.keystore.location={c}/sealed.pem\n", {},
                                ["ssl.keystore.location: ssl.key.password: missing"], 64),
    "certificate without key": ("MUTUAL", SSL + "ssl.keystore.location={c}/client.crt\n", {},
                                ["ssl.keystore.location", "holds no private key; put it in"], 64),
    "TLS to a plaintext port": ("PLAIN", SSL, {}, ["security.protocol: this port does not speak TLS; write PLAINTEXT"], 4),
    "plaintext to a TLS port": ("TLS", "security.protocol=PLAINTEXT\n", {}, ["security.protocol:", "write that"], 4),
    "TLS to a SASL port": ("SIGNED", SSL, {}, ["security.protocol:", "if the listener wants SASL_SSL, write that"], 4),
    "SASL to a TLS port": ("TLS", SASL_SSL + login("PLAIN"), {}, ["security.protocol: this port wants no SASL; write SSL"], 3),
    "unknown authority": ("TLS", SSL.replace("ca.jks", "stranger.pem"), {},
                          ["ssl.truststore.location: no authority in it", "name a store that holds the authority"], 3),
    "system's authorities only": ("TLS", "security.protocol=SSL\n", {},
                                  ["ssl.truststore.location: no authority", "in the system's"], 3),
    "name of another host": ("ELSEWHERE", SSL, {},
                             ["ssl.endpoint.identification.algorithm: the broker's certificate is for other", "leave the"], 3),
    "expired certificate": ("EXPIRED", SSL, {}, ["certificate", "has expired; renew it on the broker"], 3),
    "no client certificate": ("MUTUAL", SSL, {}, ["ssl.keystore.location: the broker wants a certificate of the client"], 3),
    "mechanism not taken": ("JWT", SASL_SSL + login("PLAIN"), {},
                            ["sasl.mechanism: this listener takes other mechanisms", "OAUTHBEARER"], 3),
    "PLAIN password": ("SIGNED", SASL_SSL + login("PLAIN", password="canary-wrong"), {},
                       ["sasl.jaas.config: the broker does not take this username with this password; correct"], 3),
    "SCRAM password": ("SIGNED", SASL_SSL + login("SCRAM-SHA-512", password="canary-wrong"), {},
                       ["sasl.jaas.config: the broker does not take this username with this password; correct"], 3),
    "SCRAM user": ("SIGNED", SASL_SSL + login("SCRAM-SHA-256", user="bob"), {},
                   ["sasl.jaas.config: the broker does not take this username with this password; correct"], 3),
    "no region": ("SIGNED", MSK, {}, ["sasl.mechanism AWS_MSK_IAM: no AWS region", "set AWS_REGION"], 64),
    "no credentials": ("SIGNED", MSK, {"AWS_REGION": service.REGION},
                       ["sasl.jaas.config: there are no AWS credentials", "set AWS_ACCESS_KEY_ID"], 3),
    "no such profile": ("SIGNED", MSK + IAM_LOGIN % 'awsProfileName="nobody"', {"AWS_REGION": service.REGION},
                        ["sasl.jaas.config:", "AWS profile nobody is not in"], 3),
    "role by nobody": ("SIGNED", MSK + IAM_LOGIN % 'awsRoleArn="arn:aws:iam::1:role/r"', {"AWS_REGION": service.REGION},
                       ["sasl.jaas.config: awsRoleArn cannot be assumed", "assume role arn:aws:iam::1:role/r"], 3),
    "IAM without TLS": ("UNSEALED", MSK.replace("SASL_SSL", "SASL_PLAINTEXT"), {"AWS_REGION": service.REGION},
                        ["sasl.mechanism: AWS_MSK_IAM needs security.protocol=SASL_SSL"], 64),
    "wrong secret key": ("SIGNED", MSK, {"AWS_REGION": service.REGION, "AWS_ACCESS_KEY_ID": service.ACCESS_KEY,
                                         "AWS_SECRET_ACCESS_KEY": "canary-wrong"},
                         ["sasl.mechanism AWS_MSK_IAM: the cluster refuses the token; check the secret key"], 3),
    "nobody listens": ("refused", "", {}, ["bootstrap.servers: nobody listens at this port; correct it"], 4),
    "unknown host": ("kafka.no-such-host.invalid:9092", "", {}, ["bootstrap.servers: there is no such host; correct its name"], 4),
    "silent host": ("silent", "", {}, ["bootstrap.servers: the host does not answer; check the address"], 4),
    "no port": (":", "", {}, ["bootstrap.servers"], None),
    "bad number": ("PLAIN", "request.timeout.ms=soon\n", {}, [":1: request.timeout.ms: 'soon' is not accepted"], 64),
    "transactions": ("PLAIN", "transactional.id=t\n", {}, [":1: transactional.id: not supported", "leave it out"], 64),
}


@pytest.fixture(scope="module")
def silent_address():
    """A port whose queue of callers is full: who calls gets no answer at all."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        callers = []
        for _ in range(4):
            caller = socket.socket()
            caller.setblocking(False)
            caller.connect_ex(address)
            callers.append(caller)
        yield f"{address[0]}:{address[1]}"
        for caller in callers:
            caller.close()


@pytest.fixture(scope="module")
def answers(secure_kafka, pinlake_path, environment, silent_address, tmp_path_factory):
    """What all wrong configurations are answered: asked side by side, most of the time is waiting."""
    secure_kafka.set_accounts()
    directory = tmp_path_factory.mktemp("wrong")
    addresses = {"refused": f"127.0.0.1:{free_port()}", "silent": silent_address}

    def command(*arguments, **options):
        return subprocess.run([str(pinlake_path), *map(str, arguments)], cwd=directory, text=True, errors="replace", capture_output=True, check=False,
                              **options)

    def ask(name):
        where, properties, more, _, _ = WRONG[name]
        address = secure_kafka.address(where) if where in service.LISTENERS else addresses.get(where, where)
        return run_topics(command, secure_kafka, directory, name, address, properties, {**environment, **more})

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        return dict(zip(WRONG, pool.map(ask, WRONG)))


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_configuration_is_answered_with_property_cause_and_mend(answers, name):
    sentences, code = WRONG[name][3:]
    answer = answers[name]
    said = "\n".join(line for line in answer.stderr.splitlines() if " warn  Kafka client. " not in line)
    for sentence in sentences:
        assert sentence in said, answer.stderr
    assert answer.returncode == code if code else answer.returncode != 0, answer.stderr
    assert "canary" not in answer.stdout + answer.stderr
