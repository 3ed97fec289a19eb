"""The prefix of the document is the one that the real agent wrote to, for each recorded upload."""

from typing import Final

import pytest

from pulumi_ssm_perms._agent import has_template, written_prefix
from tests.agent.record import RUNS, Run

UPLOADS: Final = [run for run in RUNS if run.outcome.get("objects_in_bucket")]


@pytest.mark.parametrize("run", UPLOADS, ids=lambda run: run.name)
def test_the_prefix_is_the_one_of_the_recorded_objects(run: Run) -> None:
    """Each object lies under the prefix of the preferences, as the package cleans it; that of a template does not."""
    given = run.inputs.get("s3KeyPrefix", "")
    folder = f"{run.inputs['s3BucketName']}/{written_prefix(given)}".removesuffix("/")
    under = [name.startswith(f"{folder}/") for name in run.outcome["objects_in_bucket"]]

    assert under == [not has_template(given)] * len(under)
