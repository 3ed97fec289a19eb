"""The plugin: every component of the committed schema, served to the other languages in the schema's words."""

import asyncio
import inspect
import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import pulumi
from pulumi.errors import InputPropertiesError
from pulumi.provider import ConstructResult, main
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError

import pulumi_ssm_perms
from pulumi_ssm_perms import InvalidInputError, Problem

SCHEMA: Final = Path(__file__).with_name("schema.json")


class Plugin(ComponentProvider):
    """Serves the components of a schema, with errors that are for a user to read."""

    def __init__(self, schema: str) -> None:
        """Serve the schema as it is."""
        served = json.loads(schema)
        names = [token.rpartition(":")[2] for token in served["resources"]]
        components = [getattr(pulumi_ssm_perms, name) for name in names]
        super().__init__(components, served["name"], served["namespace"], served["version"])
        self.schema = schema
        self._schema_names = schema_names(served)

    def construct(
        self, name: str, resource_type: str, inputs: pulumi.Inputs, options: pulumi.ResourceOptions | None = None
    ) -> ConstructResult:
        """Make a component, and report wrong inputs as such."""
        try:
            result = super().construct(name, resource_type, inputs, options)
        except ComponentInitError as error:
            if isinstance(error.inner, InvalidInputError):
                raise self._reported([error.inner]) from None
            raise
        return ConstructResult(self._urn_after_outputs(result), result.state)

    async def _urn_after_outputs(self, result: ConstructResult) -> str:
        """Return the URN once the outputs have resolved: an input may turn out to be wrong only as it resolves.

        What is raised here is reported by the SDK as wrong inputs; what the outputs raise, with lines of Python.
        """
        outputs = [value.future() for value in result.state.values() if isinstance(value, pulumi.Output)]
        outcomes = await asyncio.gather(*outputs, return_exceptions=True)
        errors = [outcome for outcome in outcomes if isinstance(outcome, InvalidInputError)]
        if errors:
            raise self._reported(errors)
        urn = await pulumi.Output.from_input(result.urn).future()
        return urn or ""

    def _reported(self, errors: Iterable[InvalidInputError]) -> InputPropertiesError:
        """Return the errors as one message. It names no property: of one, the engine shows the value, even a secret."""
        lines = [f"{error.owner}: {self._translated(problem)}" for error in errors for problem in error.problems]
        return InputPropertiesError("\n".join(dict.fromkeys(lines)), [])

    def _translated(self, problem: Problem) -> Problem:
        """Rewrite all but the value, which is the user's own."""
        return problem._replace(
            path=in_schema_words(problem.path, self._schema_names),
            rule=in_schema_words(problem.rule, self._schema_names),
            remedy=in_schema_words(problem.remedy, self._schema_names),
        )


def schema_names(schema: dict[str, Any]) -> dict[str, str]:
    """Return Python's names of all inputs and outputs, and of the options, with those of the schema."""
    properties = {
        re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name): name
        for resource in schema["resources"].values()
        for name in (*resource["inputProperties"], *resource["properties"])
    }
    options = {
        name: re.sub("_([a-z])", lambda letter: letter[1].upper(), name)
        for name in inspect.signature(pulumi.ResourceOptions).parameters
    }
    return {**options, **properties}


def in_schema_words(text: str, names: dict[str, str]) -> str:
    """Return a text with the schema's names in the place of Python's."""
    return re.sub(r"\w+", lambda word: names.get(word[0], word[0]), text)


if __name__ == "__main__":
    main(Plugin(SCHEMA.read_text()), sys.argv[1:])
