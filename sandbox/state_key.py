"""The key that encrypts the secrets in a stack's state. The engine asks KMS to decrypt it: the sandbox answers itself.

With a passphrase, each command of the CLI would hash the passphrase a million times. An update of one resource takes
0.34 s with a passphrase and 0.20 s with this key, measured on a free core.
"""

import base64
import json
import secrets
from typing import Final

from sandbox.calls import Request

_ENCRYPTED: Final = base64.b64encode(b"the key of a sandbox's states").decode()
_DECRYPTED: Final = base64.b64encode(secrets.token_bytes(32)).decode()

SETTINGS: Final = {
    "secretsprovider": "awskms:///arn:aws:kms:eu-west-1:123456789012:key/sandbox?region=eu-west-1&awssdk=v2",
    "encryptedkey": _ENCRYPTED,
}
"""What the settings of a stack say about its key."""


def answer(request: Request) -> tuple[int, bytes, str] | None:
    """Return status, body and content type for the engine's question; `None` for any other call."""
    if request.action != "Decrypt" or request.params.get("CiphertextBlob") != _ENCRYPTED:
        return None
    return 200, json.dumps({"Plaintext": _DECRYPTED}).encode(), "application/x-amz-json-1.1"
