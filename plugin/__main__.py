"""The plugin: every public component, served to the other languages in the words of their schema."""

import ast
import asyncio
import importlib.metadata
import inspect
import json
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any, Final

import pulumi
from pulumi.errors import InputPropertiesError
from pulumi.provider import ConstructResult, main
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError

import pulumi_ssm_perms
from pulumi_ssm_perms import InvalidInputError, _naming
from pulumi_ssm_perms._errors import Problem

DISTRIBUTION: Final = "pulumi-ssm-perms"
PACKAGE: Final = "ssm-perms"
NAMESPACE: Final = "session-manager"

Component = type[pulumi.ComponentResource]


class Plugin(ComponentProvider):
    """Serves components: with a description for everything, and with errors that are for a user to read."""

    def __init__(self, components: list[Component], version: str) -> None:
        """Infer the schema, and complete it."""
        super().__init__(components, PACKAGE, NAMESPACE, version)
        schema = json.loads(self.schema or "{}")
        self._schema_names = _schema_names(schema)
        for component in components:
            self._describe(component, schema["resources"][f"{PACKAGE}:index:{component.__name__}"])
        self.schema = json.dumps(schema)
        _naming.spell = self._in_schema_words

    def construct(
        self, name: str, resource_type: str, inputs: pulumi.Inputs, options: pulumi.ResourceOptions | None = None
    ) -> ConstructResult:
        """Make a component, and report wrong inputs as such."""
        try:
            result = super().construct(name, resource_type, inputs, options)
        except ComponentInitError as error:
            if isinstance(error.inner, InvalidInputError):
                raise self._refusal([error.inner]) from None
            raise
        return ConstructResult(self._urn_when_settled(result), result.state)

    async def _urn_when_settled(self, result: ConstructResult) -> str:
        """Return the URN once the outputs are there: an input may turn out to be wrong only as it resolves.

        What is raised here, the SDK reports as wrong inputs; of what the outputs raise, it shows the Python lines.
        """
        outputs = [value.future() for value in result.state.values() if isinstance(value, pulumi.Output)]
        settled = await asyncio.gather(*outputs, return_exceptions=True)
        refused = [outcome for outcome in settled if isinstance(outcome, InvalidInputError)]
        if refused:
            raise self._refusal(refused)
        urn = await pulumi.Output.from_input(result.urn).future()
        return urn or ""

    def _refusal(self, errors: Iterable[InvalidInputError]) -> InputPropertiesError:
        """Return the problems as one message: an engine that is told a property shows its value, even a secret one."""
        lines = [f"{error.owner}: {self._translated(problem)}" for error in errors for problem in error.problems]
        return InputPropertiesError("\n".join(dict.fromkeys(lines)), [])

    def _translated(self, problem: Problem) -> Problem:
        """Rewrite all but the value, which is the user's own."""
        return problem._replace(
            path=self._in_schema_words(problem.path),
            rule=self._in_schema_words(problem.rule),
            way_out=self._in_schema_words(problem.way_out),
        )

    def _describe(self, component: Component, resource: dict[str, Any]) -> None:
        """Complete the descriptions: each on one line, inherited ones too, with the names of the schema."""
        args = inspect.get_annotations(component.__init__).get("args", component)
        resource["description"] = self._one_line(resource.get("description", ""))
        for properties, declaration in ((resource["inputProperties"], args), (resource["properties"], component)):
            for name, definition in properties.items():
                description = definition.get("description") or self._inherited(declaration, _python_name(name))
                definition["description"] = self._one_line(description)

    def _inherited(self, declaration: type, name: str) -> str:
        """Return what a base class says about a field; the SDK's analyzer reads the class itself alone.

        The analyzer is no public part of the SDK: without it, a description less.
        """
        look_up = getattr(getattr(self, "analyzer", None), "get_docstring", lambda *_: None)
        found = (look_up(base, name) or self._inherited(base, name) for base in _bases(declaration))
        return next(filter(None, found), "")

    def _one_line(self, text: str) -> str:
        return self._in_schema_words(" ".join(text.split()))

    def _in_schema_words(self, text: str) -> str:
        return re.sub(r"\w+", lambda word: self._schema_names.get(word[0], word[0]), text)


def _schema_names(schema: dict[str, Any]) -> dict[str, str]:
    """Return Python's names of all inputs and outputs, and of the options, with those of the other languages."""
    properties = {
        _python_name(name): name
        for resource in schema["resources"].values()
        for name in (*resource["inputProperties"], *resource["properties"])
    }
    options = {name: _schema_name(name) for name in inspect.signature(pulumi.ResourceOptions).parameters}
    return {**options, **properties}


def _python_name(schema_name: str) -> str:
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", schema_name)


def _schema_name(python_name: str) -> str:
    return re.sub("_([a-z])", lambda letter: letter[1].upper(), python_name)


def _bases(declaration: type) -> Iterator[type]:
    """Yield the bases as the source names them: at run time, a TypedDict has forgotten its own."""
    try:
        source = ast.parse(inspect.getsource(declaration)).body[0]
    except OSError:  # installed without its sources
        return
    for base in source.bases if isinstance(source, ast.ClassDef) else ():
        found = getattr(sys.modules[declaration.__module__], ast.unparse(base), None)
        if inspect.isclass(found):
            yield found


def _components() -> list[Component]:
    public = (getattr(pulumi_ssm_perms, name) for name in pulumi_ssm_perms.__all__)
    return [thing for thing in public if inspect.isclass(thing) and issubclass(thing, pulumi.ComponentResource)]


if __name__ == "__main__":
    main(Plugin(_components(), importlib.metadata.version(DISTRIBUTION)), sys.argv[1:])
