"""Runs a project in Python without Pulumi's host for it: in this process, with the Automation API."""

from pathlib import Path
from typing import Literal

import pulumi.automation as auto

from sandbox.cache import ToolError, stderr
from sandbox.engine import example


def run(command: Literal["preview", "up"], folder: Path, *, diff: bool = False) -> int:
    """Preview or update the selected stack of the project in a folder; return the exit code.

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
    main = folder / (settings.main or ".")
    options = auto.LocalWorkspaceOptions(work_dir=str(folder))
    stack = auto.select_stack(selected.name, settings.name, example(main), opts=options)
    try:
        getattr(stack, command)(diff=diff, on_output=print, on_error=stderr)
    except auto.CommandError:
        return 1  # its output was printed already
    return 0
