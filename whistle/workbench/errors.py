"""What can go wrong at the bench. Every sentence says what to do about it; `code` is the command's exit code.

WorkbenchError
├── BadTable, UnknownBoard          a board's table
"""

import click


class WorkbenchError(click.ClickException):
    """Something at the bench did not go well: one sentence, with the remedy."""

    exit_code = 1


class BadTable(WorkbenchError):
    """A board's file is not as it must be."""


class UnknownBoard(WorkbenchError):
    """There is no such board."""
