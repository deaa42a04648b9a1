#!/usr/bin/env python3
"""make.py BOTOCORE_SOURCE > vectors.txt

Rewrites AWS's Signature Version 4 test suite (tests/unit/auth/aws4_testsuite in the source distribution of botocore 1.40.0
on PyPI; Apache-2.0) line by line, and adds requests to S3 that botocore itself signs. `pip install botocore==1.40.0`, unpack
`pip download --no-binary :all: --no-deps botocore==1.40.0`, give its folder.

One block a case: `case`, `rules` (general or s3), `scope` (region service), `keys` (id secret token-or-dash), `date`, `method`,
`path` and `query` as in the request line, `field name: value` each, `payload` (the hash), `authorization`; then an empty line.
"""

import datetime
import hashlib
import pathlib
import re
import sys
from unittest import mock

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SUITE_KEYS = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
DOC_KEYS = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
EMPTY = hashlib.sha256(b"").hexdigest()


def block(case, rules, scope, keys, date, method, path, query, fields, payload, authorization):
    lines = [f"case {case}", f"rules {rules}", f"scope {scope}", f"keys {' '.join(keys)}", f"date {date}", f"method {method}",
             f"path {path}", f"query {query}", *(f"field {name}: {value}" for name, value in fields), f"payload {payload}",
             f"authorization {authorization}", ""]
    print("\n".join(lines))


def suite_case(folder):
    name = folder.name
    head, _, body = (folder / f"{name}.req").read_text(encoding="utf-8").partition("\n\n")
    lines = head.split("\n")
    method, _, rest = lines[0].partition(" ")
    path, _, query = rest.rpartition(" ")[0].partition("?")
    canonical = (folder / f"{name}.creq").read_text(encoding="utf-8")
    token = re.search(r"^x-amz-security-token:(.*)$", canonical, re.MULTILINE)
    token = token.group(1).strip() if token else "-"
    fields, date = [], None
    for line in filter(None, lines[1:]):
        if line.startswith(" "):  # a folded line
            fields[-1] = (fields[-1][0], fields[-1][1] + " " + line.strip())
            continue
        field, _, value = line.partition(":")
        if field.lower() == "x-amz-date":
            date = value.strip()
        elif field.lower() != "x-amz-security-token":
            fields.append((field, value))
    authorization = (folder / f"{name}.authz").read_text(encoding="utf-8").strip()
    block(name, "general", "us-east-1 service", (*SUITE_KEYS, token), date, method, path, query, fields,
          hashlib.sha256(body.encode()).hexdigest(), authorization)


def s3_case(case, method, url, fields=(), body=b"", token=None, unsigned=False, region="us-east-1"):
    request = AWSRequest(method=method, url=url, headers=dict(fields), data=body)
    auth = botocore.auth.S3SigV4Auth(Credentials(*DOC_KEYS, token), "s3", region)
    auth._should_sha256_sign_payload = lambda _: not unsigned  # pylint: disable=protected-access
    with mock.patch("botocore.auth.datetime") as clock:
        clock.datetime.utcnow.return_value = datetime.datetime(2013, 5, 24)
        clock.datetime.strptime = datetime.datetime.strptime
        auth.add_auth(request)
    prepared = url.split("/", 3)
    path, _, query = ("/" + prepared[3]).partition("?")
    block(case, "s3", f"{region} s3", (*DOC_KEYS, token or "-"), request.headers["X-Amz-Date"], method, path, query,
          [("Host", prepared[2]), *fields], request.headers["X-Amz-Content-SHA256"], request.headers["Authorization"])


def main():
    root = pathlib.Path(sys.argv[1]) / "tests/unit/auth/aws4_testsuite"
    for request in sorted(root.rglob("*.req")):
        suite_case(request.parent)
    host = "http://examplebucket.s3.amazonaws.com"
    # The four examples of the S3 documentation ("Signature Calculations for the Authorization Header").
    s3_case("s3-doc-get-object", "GET", host + "/test.txt", [("Range", "bytes=0-9")])
    # botocore leaves out X-Amz-Date beside Date, so this one is as printed.
    block("s3-doc-put-object", "s3", "us-east-1 s3", (*DOC_KEYS, "-"), "20130524T000000Z", "PUT", "/test%24file.text", "",
          [("Host", "examplebucket.s3.amazonaws.com"), ("Date", "Fri, 24 May 2013 00:00:00 GMT"),
           ("x-amz-storage-class", "REDUCED_REDUNDANCY")], hashlib.sha256(b"Welcome to Amazon S3.").hexdigest(),
          "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
          "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, "
          "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
    s3_case("s3-doc-lifecycle", "GET", host + "/?lifecycle=")
    s3_case("s3-doc-list", "GET", host + "/?max-keys=2&prefix=J")
    # Ours: what the store sends.
    for n, path in enumerate(("/b/topics/t/partition%3D0/t%2B0%2B0000000000.json", "/b/a%20b", "/b/a//b/./../c", "/b/%C3%A4%E2%82%AC",
                              "/b/a%2520b", "/b/~x%21%27%28%29%2A")):
        s3_case(f"s3-path-{n}", "PUT", "http://127.0.0.1:7070" + path,
                [("If-None-Match", "*"), ("x-amz-meta-pinlake-first", "42"), ("Content-Type", "application/json")],
                b'{"a":1}\n')
    s3_case("s3-query", "GET", "http://127.0.0.1:7070/b?list-type=2&max-keys=1000&prefix=topics%2Ft%2B%20%26&start-after=a%2Fb%3Dc")
    s3_case("s3-upload-id", "PUT", "http://127.0.0.1:7070/b/k?partNumber=3&uploadId=a%2Bb%2Fc%3D", [], b"part")
    s3_case("s3-token", "GET", host + "/k", [], b"", token="AQoDYXdzEPT//////////wEXAMPLE+/=")
    s3_case("s3-unsigned-payload", "PUT", host.replace("http:", "https:") + "/k", [("x-amz-checksum-crc32c", "yZRlqg==")],
            b"hello world", unsigned=True)
    s3_case("s3-blanks", "PUT", host + "/k", [("x-amz-meta-a", "one  two   three"), ("x-amz-meta-b", "")], b"")
    s3_case("s3-other-region", "GET", host + "/k", region="eu-central-1")


main()
