"""Runs a project in Python without Pulumi's host for it: in this process, with the Automation API."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

import pulumi.automation as auto

from sandbox.cache import ToolError, stderr
from sandbox.engine import example

OTHER_PASSPHRASE: Final = (
    "`incorrect passphrase` means that another passphrase encrypted the settings of this stack: export it as "
    "PULUMI_CONFIG_PASSPHRASE, or take a new stack name, such as `pulumi stack init local`."
)


class _WithOptions(auto.PulumiCommand):
    """The CLI, with options for one of its commands that the Automation API need not know."""

    def __init__(self, command: str, options: Sequence[str]) -> None:
        super().__init__()
        self._name, self._options = command, options

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: auto.OnOutput | None = None,
        on_error: auto.OnOutput | None = None,
    ) -> auto.CommandResult:
        more = self._options if args[0] == self._name else ()
        return super().run([*args, *more], cwd, additional_env, on_output, on_error)


def run(command: Literal["preview", "up"], folder: Path, options: Sequence[str] = ()) -> int:
    """Preview or update the selected stack of the project in a folder, with options of the CLI; return the exit code.

    Raises:
        ToolError: There is no project, or no stack is selected.
    """
    workspace = auto.LocalWorkspace(work_dir=str(folder), pulumi_command=_WithOptions(command, options))
    try:
        settings, selected = workspace.project_settings(), workspace.stack()
    except FileNotFoundError:
        raise ToolError(f"{folder} has no Pulumi.yaml: run this in the folder of a project.") from None
    if selected is None:
        raise ToolError("No stack is selected: make one with `pulumi stack init NAME`.")
    workspace.program = example(folder / (settings.main or "."))
    stack = auto.Stack.select(selected.name, workspace)
    try:
        getattr(stack, command)(on_output=print, on_error=stderr)
    except auto.CommandError as error:
        if "incorrect passphrase" in str(error):  # all else that it says was printed already
            stderr(OTHER_PASSPHRASE)
        return 1
    return 0
