"""The plugin: serves every component of the committed schema to the other languages, with the schema's names."""

import asyncio
import functools
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import pulumi
from pulumi.errors import InputPropertiesError
from pulumi.provider import ConstructResult, Provider, main
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError

SCHEMA: Final = Path(__file__).with_name("schema.json")


class Plugin(Provider):
    """Serves the components of a schema, with errors for users.

    The package is imported for the first component only: the engine also starts a plugin just to ask for its schema,
    and every `pulumi up` waits for that.
    """

    def __init__(self, schema: str) -> None:
        """Serve the schema as it is."""
        self._served = json.loads(schema)
        super().__init__(self._served["version"], schema)

    @functools.cached_property
    def _package(self) -> Any:
        import pulumi_ssm_perms._errors  # noqa: PLC0415 - see above

        pulumi_ssm_perms._errors.use_schema_names()  # noqa: SLF001 - not for users
        return pulumi_ssm_perms

    @functools.cached_property
    def _components(self) -> ComponentProvider:
        names = [token.rpartition(":")[2] for token in self._served["resources"]]
        components = [getattr(self._package, name) for name in names]
        return ComponentProvider(components, self._served["name"], self._served["namespace"], self._served["version"])

    def construct(
        self, name: str, resource_type: str, inputs: pulumi.Inputs, options: pulumi.ResourceOptions | None = None
    ) -> ConstructResult:
        """Make a component, and report wrong inputs without a traceback."""
        try:
            result = self._components.construct(name, resource_type, inputs, options)
        except ComponentInitError as error:
            if isinstance(error.inner, pulumi.RunError):
                raise self._reported([error.inner]) from None
            raise
        return ConstructResult(self._urn_after_outputs(result), result.state)

    async def _urn_after_outputs(self, result: ConstructResult) -> str:
        """Return the URN once the outputs have resolved: only then a late wrong input or a denial shows.

        The SDK reports errors raised here as wrong inputs, and errors of outputs with their class.
        """
        outputs = [value.future() for value in result.state.values() if isinstance(value, pulumi.Output)]
        outcomes = await asyncio.gather(*outputs, return_exceptions=True)
        errors = [outcome for outcome in outcomes if isinstance(outcome, pulumi.RunError)]
        if errors:
            raise self._reported(errors)
        urn = await pulumi.Output.from_input(result.urn).future()
        return urn or ""

    def _reported(self, errors: Iterable[Exception]) -> InputPropertiesError:
        """Return the errors as one message. It names no property, because the engine shows its value, even a secret."""
        lines = dict.fromkeys(line for error in errors for line in str(error).splitlines())
        return InputPropertiesError("\n".join(lines), [])


if __name__ == "__main__":
    main(Plugin(SCHEMA.read_text()), sys.argv[1:])
