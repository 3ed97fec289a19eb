"""The document that the component makes for a recorded run: of that session's own preferences, and of nothing else."""

import json
from collections.abc import Mapping
from typing import Any, Final

from pulumi.runtime.mocks import MockCallArgs

from tests.agent.record import ACCOUNT, REGION, Run
from tests.answers import GET_CALLER, GET_PARTITION, GET_REGION
from tests.mocks import policy_of
from tests.permissions import ROLE_POLICY, declared

_ANSWERS: Final = {
    GET_PARTITION: {"partition": "aws"},
    GET_REGION: {"region": REGION},
    GET_CALLER: {"accountId": ACCOUNT},
}


def inputs_of(run: Run) -> dict[str, Any]:
    """Return the component's inputs for a run: its preferences, and what preferences do not hold."""
    inputs: dict[str, Any] = {}
    if run.document:
        inputs["session_preferences"] = json.dumps(run.document)
    if "bucket_key" in run.environment:
        inputs["s3_log_kms_key_arn"] = run.environment["bucket_key"]
    if run.mode == "heartbeat":
        inputs["allow_update_instance_information"] = True
    return inputs


def document_of(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document that the component makes in the record's account and Region."""

    def answer(args: MockCallArgs) -> Mapping[str, str]:
        return _ANSWERS[args.token]

    document: dict[str, Any] = policy_of(declared(dict(inputs), answer=answer).only(ROLE_POLICY))
    return document
