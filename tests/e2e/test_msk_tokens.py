"""`pinlake msk-token` beside AWS's own signer (PyPI's aws-msk-iam-sasl-signer-python): random keys, session tokens, regions,
times and user agents, byte for byte. PINLAKE_TOKEN_CASES cases (300 unless said) from PINLAKE_SIM_FIRST_SEED."""

import base64
import datetime
import json
import os
import random
import string
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

import botocore.auth
import botocore.credentials
from aws_msk_iam_sasl_signer import MSKAuthTokenProvider

CASES = int(os.environ.get("PINLAKE_TOKEN_CASES", "300"))
SEED = int(os.environ.get("PINLAKE_SIM_FIRST_SEED", "20261201"))
REGIONS = ("us-east-1", "eu-west-2", "ap-southeast-4", "us-gov-west-1", "cn-north-1", "me-central-1", "il-central-1")
# What can stand in a variable of a process; the signature has to encode all of it.
SECRETS = string.ascii_letters + string.digits + "/+="
TOKENS = string.ascii_letters + string.digits + "/+=~._- %&?#:;,@!$'()*[]é"


class Given(botocore.credentials.CredentialProvider):
    """Credentials for the signer."""

    def __init__(self, key, secret, token):
        super().__init__()
        self.credentials = botocore.credentials.Credentials(key, secret, token)

    def load(self):
        return self.credentials


def draw(random_):
    """One case."""
    some = lambda letters, low, high: "".join(random_.choices(letters, k=random_.randint(low, high)))  # noqa: E731
    return {
        "key": random_.choice(("AKIA", "ASIA")) + some(string.ascii_uppercase + string.digits, 12, 16),
        "secret": some(SECRETS, 1, 64),
        "token": some(TOKENS, 1, 900).strip() or None if random_.random() < 0.6 else None,
        "region": random_.choice(REGIONS),
        "time": datetime.datetime.fromtimestamp(random_.randint(946684800, 4102444800), datetime.timezone.utc),
    }


def theirs(monkeypatch, case):
    """Token and expiry of AWS's signer at the case's time."""
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda remove_tzinfo=True: case["time"].replace(tzinfo=None))
    return MSKAuthTokenProvider.generate_auth_token_from_credentials_provider(
        case["region"], Given(case["key"], case["secret"], case["token"]))


def ours(pinlake, case, agent):
    """Token and expiry of `pinlake msk-token`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {"AWS_ACCESS_KEY_ID": case["key"], "AWS_SECRET_ACCESS_KEY": case["secret"]}
    if case["token"]:
        environment["AWS_SESSION_TOKEN"] = case["token"]
    made = pinlake("msk-token", "--region", case["region"], "--signing-time", case["time"].strftime("%Y-%m-%dT%H:%M:%SZ"),
                   "--user-agent", agent, "--json", env=environment)
    assert made.returncode == 0, made.stderr
    answer = json.loads(made.stdout)
    return answer["token"], answer["expires_ms"]


def agent_of(token):
    """The user agent that a token tells."""
    url = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    return urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["User-Agent"][0]


def test_random_tokens_are_those_of_awss_signer(pinlake, monkeypatch):
    random_ = random.Random(SEED)
    cases = [draw(random_) for _ in range(CASES)]
    expected = [theirs(monkeypatch, case) for case in cases]
    agent = agent_of(expected[0][0])
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda case: ours(pinlake, case, agent), cases))
    for case, want, got in zip(cases, expected, made):
        assert got == want, f"seed {SEED}: {case}"
    print(f"{CASES} tokens from seed {SEED}")
