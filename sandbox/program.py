"""Runs a project in Python without Pulumi's host for it: in this process, with the Automation API."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

import pulumi.automation as auto

from sandbox.cache import ToolError, stderr
from sandbox.engine import example

OTHER_PASSPHRASE: Final = (
    "`incorrect passphrase` means that another passphrase encrypted the settings of this stack: export it as "
    "PULUMI_CONFIG_PASSPHRASE, or take a new stack name, such as `pulumi stack init local`."
)


def run(command: Literal["preview", "up"], folder: Path, flags: Mapping[str, bool]) -> int:
    """Preview or update the selected stack of the project in a folder; return the exit code.

    Args:
        command: What to do.
        folder: The project's folder.
        flags: Switches of the command, by their names in the Automation API.

    Raises:
        ToolError: There is no project, or no stack is selected.
    """
    workspace = auto.LocalWorkspace(work_dir=str(folder))
    try:
        settings, selected = workspace.project_settings(), workspace.stack()
    except FileNotFoundError:
        raise ToolError(f"{folder} has no Pulumi.yaml: run this in the folder of a project.") from None
    if selected is None:
        raise ToolError("No stack is selected: make one with `pulumi stack init NAME`.")
    workspace.program = example(folder / (settings.main or "."))
    stack = auto.Stack.select(selected.name, workspace)
    try:
        getattr(stack, command)(**flags, on_output=print, on_error=stderr)
    except auto.CommandError as error:
        if "incorrect passphrase" in str(error):  # all else that it says was printed already
            stderr(OTHER_PASSPHRASE)
        return 1
    return 0
