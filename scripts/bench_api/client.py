"""Clients of the Step Functions API: boto3, and bare HTTP for what boto3 itself would hide."""

import http.client
import json
import socket
import urllib.parse

ROLE = "arn:aws:iam::123456789012:role/bench"
CREDENTIAL = "Credential=bench/20260101/us-east-1/states/aws4_request"


class Refused(Exception):
    """The server answered with an error."""

    def __init__(self, operation, status, body):
        super().__init__(f"{operation}: {status} {body[:300].decode('utf-8', 'replace')}")
        self.body = body


class Bare:
    """One keep-alive connection, and no SDK: boto3 alone takes a millisecond for a call."""

    def __init__(self, endpoint, timeout):
        parts = urllib.parse.urlsplit(endpoint)
        self.address, self.timeout, self.connection = (parts.hostname, parts.port), timeout, None

    def call(self, operation, body):
        data = json.dumps(body).encode()
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"AWSStepFunctions.{operation}",
            "X-Amz-Date": "20260101T000000Z",
            "Authorization": f"AWS4-HMAC-SHA256 {CREDENTIAL}, SignedHeaders=host;x-amz-date;x-amz-target, Signature={'0' * 64}",
        }
        for last in (False, True):
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPConnection(*self.address, timeout=self.timeout)
                    self.connection.connect()
                    self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connection.request("POST", "/", data, headers)
                answer = self.connection.getresponse()
                text = answer.read()
                break
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                # A server may close a connection that was idle.
                self.connection = None
                if last:
                    raise
        if answer.will_close:
            self.connection.close()
            self.connection = None
        if answer.status != 200:
            raise Refused(operation, answer.status, text)
        return json.loads(text or b"{}")


def sdk(endpoint, timeout):
    import boto3
    from botocore.config import Config

    return boto3.client(
        "stepfunctions",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="bench",
        aws_secret_access_key="bench",
        # `sync-` before the host name of StartSyncExecution is for AWS's own endpoint.
        config=Config(
            inject_host_prefix=False, retries={"max_attempts": 0}, read_timeout=timeout, connect_timeout=5, max_pool_connections=16
        ),
    )
