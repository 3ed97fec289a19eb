"""The AWS SDK of a configured provider: boto3's clients of an account and a Region, in the words of the SDK for Go."""

from collections.abc import Callable
from typing import Any, Final

from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError

ATTEMPTS: Final = 5
"""How often a call is made: the AWS plugin has the same as a setting, because its own default takes it minutes."""
CONFIG: Final = Config(
    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
    max_pool_connections=64,
    proxies={},
    parameter_validation=False,
)


class AwsError(Exception):
    """A call failed. The text has the words of the AWS SDK for Go, `code` is AWS's."""

    def __init__(self, text: str, code: str = "") -> None:
        """Keep the code beside the text."""
        super().__init__(text)
        self.code = code


class AwsClient:
    """Calls AWS, again while it is throttling or out of reach."""

    def __init__(self, client: Callable[[str], Any], region: str) -> None:
        """Take what makes boto3's client of a service."""
        self._client, self.region = client, region

    def iam(self, action: str, **params: Any) -> dict[str, Any]:
        """Call IAM; parameters that are `None` are left out."""
        return self.call("iam", action, **params)

    def call(self, service: str, action: str, **params: Any) -> dict[str, Any]:
        """Make a call.

        Raises:
            AwsError: AWS refused the call, or all attempts failed.
        """
        client = self._client(service)
        try:
            given = {key: value for key, value in params.items() if value is not None}
            return getattr(client, xform_name(action))(**given)  # type: ignore[no-any-return]
        except ClientError as error:
            code, meta = error.response["Error"]["Code"], error.response["ResponseMetadata"]
            shapes = client.meta.service_model.operation_model(action).error_shapes
            modeled = any(code in (shape.name, shape.metadata.get("error", {}).get("code")) for shape in shapes)
            reason = f"{'' if modeled else 'api error '}{code}: {error.response['Error']['Message']}"
            reason = f"StatusCode: {meta['HTTPStatusCode']}, RequestID: {meta.get('RequestId', '')}, {reason}"
            attempts = meta["RetryAttempts"] + 1
        except HTTPClientError as error:
            code, reason, attempts = "", f"StatusCode: 0, request send failed, {error}", ATTEMPTS
        repeated = f"exceeded maximum number of attempts, {attempts}, " if attempts > 1 else ""
        raise AwsError(f"operation error {service.upper()}: {action}, {repeated}https response error {reason}", code)
