"""The local AWS answers only its own run: anyone else gets 403, and nothing changes."""

import http.client
import json
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest

from sandbox import Sandbox, environment
from sandbox.tests.policies import OTHER_ACCOUNT as OTHER

INVENTED = "AKIASBOX123456789012" + "0" * 32
FORM = "Action=CreateRole&Version=2010-05-08&RoleName=evil&AssumeRolePolicyDocument=%7B%7D"
DECRYPT = json.dumps({"CiphertextBlob": "dGhlIGtleSBvZiBhIHNhbmRib3gncyBzdGF0ZXM="})


def signed(key: str, service: str = "iam", region: str = "eu-west-1") -> str:
    """Return the header of a signed call."""
    scope = f"{key}/20260101/{region}/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"


def ask(box: Sandbox, body: str = FORM, method: str = "POST", path: str = "/", **headers: str) -> tuple[int, Any, str]:
    """Make a call of the sandbox's own, in which some is different; return its status, headers and text.

    A header without a value is not sent. `PORT` is the port of the address.
    """
    address = urlsplit(box.url)
    assert address.hostname is not None
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    own = {
        "Authorization": signed(box.env["AWS_ACCESS_KEY_ID"]),
        "Content-Type": "application/x-www-form-urlencoded",
        "Host": address.netloc,
    }
    sent = {
        name.replace("_", "-"): value.replace("PORT", str(address.port))
        for name, value in {**own, **headers}.items()
        if value
    }
    connection.request(method, path, body, sent)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read().decode()


def roles(box: Sandbox, account: str = "123456789012") -> list[str]:
    """List the roles of an account."""
    return [role["RoleName"] for role in box.client("iam", account=account).list_roles()["Roles"]]


@pytest.mark.parametrize(
    "call",
    [
        pytest.param({"Origin": "https://evil.example"}, id="a page"),
        pytest.param({"method": "OPTIONS", "Origin": "https://evil.example", "Authorization": ""}, id="a preflight"),
        pytest.param({"Host": "evil.example"}, id="another host"),
        pytest.param({"Host": "127.0.0.1:1"}, id="another port"),
        pytest.param({"Host": "localhost.evil.example:PORT"}, id="a name that begins alike"),
        pytest.param({"Host": "127.0.0.1:PORT, evil.example"}, id="two hosts"),
        pytest.param({"Authorization": ""}, id="no key"),
        pytest.param({"Authorization": "", "Content_Length": "-1"}, id="a length below zero"),
        pytest.param({"Authorization": signed(INVENTED)}, id="an invented key"),
        pytest.param({"Authorization": signed(INVENTED[:-1] + "\u00e5")}, id="a key of other letters"),
        pytest.param({"Authorization": signed("AKIAIOSFODNN7EXAMPLE")}, id="the key of moto's session tokens"),
        pytest.param({"Authorization": signed(INVENTED, "kms"), "body": DECRYPT}, id="the key of the states"),
        pytest.param(
            {"Authorization": "", "body": "Action=AssumeRoleWithWebIdentity&RoleArn=arn:aws:iam::1:role/web"},
            id="a call that AWS takes unsigned",
        ),
        pytest.param({"path": "//%6doto-api/reset", "body": ""}, id="moto's own reset"),
        pytest.param({"path": "/moto-api/data.json", "method": "GET", "body": ""}, id="moto's own data"),
    ],
)
def test_anyone_else_is_refused(box: Sandbox, call: dict[str, str]) -> None:
    """Nothing is made, lost or recorded, and no page may read the answer."""
    box.create_role("web")
    box.client("sts").get_session_token()
    box.forget()
    target = {"X_Amz_Target": "TrentService.Decrypt"} if call.get("body") == DECRYPT else {}
    status, headers, text = ask(box, **{**target, **call})

    assert (status, box.calls, roles(box)) == (403, [], ["web"])
    assert "The sandbox's AWS answers only its own run: " in text
    assert [name for name in headers if name.lower().startswith("access-control-")] == []


@pytest.mark.parametrize(
    ("line", "body"),
    [("\x16\x03\x01", ""), ("GET http://[ HTTP/1.1", ""), ("POST / HTTP/1.1", "{"), ("POST / HTTP/1.1", "[]")],
    ids=["no HTTP", "no address", "no JSON", "no parameters"],
)
def test_a_malformed_request_is_an_error_without_a_word(
    box: Sandbox, line: str, body: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the run's key, too, it gets 400, and the terminal stays quiet."""
    address = urlsplit(box.url)
    head = f"Host: {address.netloc}\r\nAuthorization: {signed(box.env['AWS_ACCESS_KEY_ID'], 'kms')}\r\n"
    more = f"X-Amz-Target: TrentService.Decrypt\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        connection.sendall(f"{line}\r\n{head}{more}{body}".encode())
        answer = connection.makefile("rb").read()

    assert (answer.split()[1], caplog.text, capsys.readouterr().err) == (b"400", "", "")


@pytest.mark.parametrize("service", ["batch", "lambda", "dynamodb"])
def test_other_services_are_refused(box: Sandbox, service: str) -> None:
    """The run's own key does not open what the sandbox has no use for; twice signed, the first one counts."""
    own = box.env["AWS_ACCESS_KEY_ID"]

    assert ask(box, Authorization=signed(own, service))[0] == 403
    assert ask(box, Authorization=f"{signed(own, service)}, {signed(own)}")[0] == 403
    # With a Region of that name, moto would answer as SQS, whatever the service.
    assert ask(box, Authorization=signed(own, region="sqs"))[0] == 403


def test_the_runs_own_calls_are_answered(box: Sandbox) -> None:
    """Its address has two names. No answer lets a page of another origin read it."""
    port = urlsplit(box.url).port
    answers = [ask(box, body="Action=ListRoles", Host=f"{name}:{port}") for name in ("127.0.0.1", "localhost")]

    assert [status for status, _, _ in answers] == [200, 200]
    assert [name for _, headers, _ in answers for name in headers if name.lower().startswith("access-control-")] == []


@pytest.mark.parametrize("account", ["", "prod", "12345678901", "1234567890123"])
def test_what_is_no_account_is_refused(box: Sandbox, account: str) -> None:
    """An account is its twelve digits; anything else is a mistake in a test."""
    with pytest.raises(ValueError, match=f"'{account}' is not an AWS account: an account's id is 12 digits"):
        box.provider_args(account=account)


def test_a_key_that_was_issued_is_the_runs_own(box: Sandbox) -> None:
    """It is of the account of its role, or of its user, until the reset."""
    assumed = box.client("sts").assume_role(RoleArn=f"arn:aws:iam::{OTHER}:role/admin", RoleSessionName="me")
    box.client("iam").create_user(UserName="me")
    keys = [assumed["Credentials"], box.client("iam").create_access_key(UserName="me")["AccessKey"]]

    def client(key: dict[str, str]) -> Any:
        return environment.client(box.url, "sts", "eu-west-1", key["AccessKeyId"])

    accounts = [client(key).get_caller_identity()["Account"] for key in keys]
    box.reset()

    assert accounts == [OTHER, box.account_id]
    assert [ask(box, Authorization=signed(key["AccessKeyId"]))[0] for key in keys] == [403, 403]
