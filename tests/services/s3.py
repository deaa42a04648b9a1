"""Real S3 servers: versitygw (the one that every test uses) and MinIO (a second opinion, when it is there)."""

import datetime
import hashlib
import hmac
import http.client
import secrets

from process import Service, ServiceError, accepts, find_program, free_port

REGION = "us-east-1"


class S3Server(Service):
    """A server with one access key and one empty bucket."""

    variable = "PINLAKE_TEST_S3"

    def __init__(self, bucket="pinlake-test"):
        super().__init__()
        self.bucket = bucket
        self.access_key = "pinlake" + secrets.token_hex(4)
        self.secret_key = secrets.token_hex(16)
        self.port = None

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    def environment(self, variable=None):
        variable = variable or self.variable
        return {
            f"{variable}_ENDPOINT": self.endpoint,
            f"{variable}_ACCESS_KEY": self.access_key,
            f"{variable}_SECRET_KEY": self.secret_key,
            f"{variable}_REGION": REGION,
            f"{variable}_BUCKET": self.bucket,
        }

    def aws_environment(self):
        """The same as the AWS tools and `pinlake` read it."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
        }

    def client(self):
        """A boto3 client (needs the tests' Python environment)."""
        import boto3  # pylint: disable=import-outside-toplevel
        from botocore.config import Config  # pylint: disable=import-outside-toplevel
        return boto3.client(
            "s3", endpoint_url=self.endpoint, aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key, region_name=REGION,
            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 2}))

    def keys(self, prefix=""):
        """All object keys below a prefix, in order."""
        pages = self.client().get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def create_bucket(self, bucket):
        status, body = self._request("PUT", f"/{bucket}")
        if status not in (200, 409):
            raise ServiceError(f"{self.name} answered {status} to the creation of {bucket}: {body[:300]}")

    def _answers(self):
        return accepts(self.port)

    def _prepare(self):
        self.create_bucket(self.bucket)

    def _request(self, method, path, body=b""):
        """One request signed with Signature Version 4."""
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        digest = hashlib.sha256(body).hexdigest()
        headers = {"host": f"127.0.0.1:{self.port}", "x-amz-content-sha256": digest, "x-amz-date": now}
        names = ";".join(sorted(headers))
        listed = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
        canonical = f"{method}\n{path}\n\n{listed}\n{names}\n{digest}"
        scope = f"{now[:8]}/{REGION}/s3/aws4_request"
        to_sign = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = ("AWS4" + self.secret_key).encode()
        for part in (now[:8], REGION, "s3", "aws4_request", to_sign):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        headers["authorization"] = (f"AWS4-HMAC-SHA256 Credential={self.access_key}/{scope}, "
                                    f"SignedHeaders={names}, Signature={key.hex()}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        except OSError as error:
            raise ServiceError(f"{self.name}: {method} {path}: {error}\n{self.log_end()}") from error
        finally:
            connection.close()


class VersityGateway(S3Server):
    """versitygw over a private directory. Verifies signatures and checksums; 412 for If-None-Match."""

    name = "versitygw"

    def _launch(self):
        self.port = free_port()
        data = self.dir / "data"
        data.mkdir()
        # Without --keep-alive it closes every connection.
        self._spawn([find_program("versitygw", "run scripts/bootstrap --test"), "--port", f"127.0.0.1:{self.port}",
                     "--access", self.access_key, "--secret", self.secret_key, "--region", REGION, "--keep-alive",
                     "--quiet", "posix", data])


class Minio(S3Server):
    """MinIO over a private directory."""

    name = "minio"

    def _launch(self):
        self.port = free_port()
        data = self.dir / "data"
        data.mkdir()
        self._spawn([find_program("minio", "run scripts/bootstrap --extra"), "server", data, "--address",
                     f"127.0.0.1:{self.port}", "--console-address", f"127.0.0.1:{free_port()}", "--quiet"],
                    env={"MINIO_ROOT_USER": self.access_key, "MINIO_ROOT_PASSWORD": self.secret_key,
                         "MINIO_REGION": REGION, "MINIO_BROWSER": "off", "HOME": str(self.dir),
                         "MINIO_KMS_SECRET_KEY": "pinlake:" + "A" * 43 + "="})

    def _answers(self):
        if not accepts(self.port):
            return False
        try:
            return self._request("GET", "/")[0] == 200  # 503 while it still initialises
        except ServiceError:
            return False
