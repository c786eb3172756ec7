"""Options that several commands share."""

import math
from collections.abc import Callable
from typing import Any

import click

from whistle.workbench.say import Say


class Number(click.FloatRange):
    """A number within limits; nan lies within any, and is none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """As click's, or its error."""
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is no number.", param, ctx)
        return number


def speaking(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command `--json` and hands it a Say as `say`."""

    @click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for scripts.")
    @click.pass_context
    def wrapped(ctx: click.Context, /, as_json: bool, **rest: Any) -> Any:
        return ctx.invoke(command, say=Say(as_json), **rest)

    wrapped.__doc__ = command.__doc__
    wrapped.__name__ = command.__name__
    # options that stand below this one in a command's list are kept on the inner function
    wrapped.__click_params__ = getattr(wrapped, "__click_params__", []) + getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    return wrapped
