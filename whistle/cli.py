"""The one command: `whistle <part> ...`. A part is imported only when it is asked for, so `whistle --help` stays light,
and a machine needs only the libraries of the parts it runs."""

import difflib
import errno
import sys
from importlib import import_module
from io import StringIO
from typing import NamedTuple

import click

from whistle import DISTRIBUTION

OURS = {"alertwire", "meshwire", "beacon", "gateway", "dashboard", "whistle"}


class Part(NamedTuple):
    """Where a part's click command stands, which extra brings its libraries, and its line in the help."""

    where: str
    extra: str
    help: str


PARTS = {
    "air": Part("whistle.air.command:air", "air", "Frames of the air: decode, encode, plan."),
    "site": Part("whistle.site.command:site", "site", "A site's keys, beacons and papers."),
    "bus": Part("whistle.bus.command:bus", "bus", "What travels between gateways and dashboards."),
    "gateway": Part("gateway.command:gateway", "gateway", "Hear alerts on the air, keep them, answer."),
    "dashboard": Part("dashboard.command:dashboard", "dashboard", "The captains' watch, in a browser."),
    "simulator": Part("whistle.simulator.command:simulator", "simulator", "Boards and air without hardware."),
    "workbench": Part("whistle.workbench.command:workbench", "workbench", "From a box of boards to mounted beacons."),
    "demo": Part("whistle.demo.command:demo", "demo", "A whole town on this machine."),
}


class Parts(click.Group):
    """A click group over PARTS; raises only click's own exceptions for what the caller did or lacks."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(PARTS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        part = PARTS.get(cmd_name)
        return None if part is None else load(cmd_name, part)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table's own lines: help must not import what it describes."""
        with formatter.section("Parts"):
            formatter.write_dl([(name, part.help) for name, part in PARTS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in PARTS and not args[0].startswith("-"):
            ctx.fail(unknown(args[0]))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run the part; a library it imports only now may be missing too."""
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            raise missing(ctx.invoked_subcommand or "", error) from error
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            raise click.ClickException("The disk takes nothing more: make room, then do it again.") from error


def load(name: str, part: Part) -> click.Command:
    """The part's command, imported now."""
    module, _, attribute = part.where.partition(":")
    try:
        command = getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        raise missing(name, error) from error
    if not isinstance(command, click.Command):
        raise TypeError(f"{part.where} is no click command")
    return command


def missing(name: str, error: ModuleNotFoundError) -> Exception:
    """What to raise for a library that is not there: one sentence with the remedy; a module of ours is a fault."""
    library = (error.name or "").partition(".")[0]
    if library in OURS or name not in PARTS:
        return error
    remedy = f"run `.venv/bin/uv sync --locked --inexact --extra {PARTS[name].extra}` where this project lies"
    return click.ClickException(f"`whistle {name}` needs the library {library}, which is not installed: {remedy}.")


def unknown(name: str) -> str:
    """One sentence for a part that does not exist, with the likeliest one that does."""
    near = difflib.get_close_matches(name, PARTS, n=1)
    hint = f"did you mean `whistle {near[0]}`?" if near else f"there are {', '.join(PARTS)}."
    return f"there is no part {name!r}: {hint}"


@click.command(cls=Parts, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name=DISTRIBUTION, prog_name="whistle")
def main() -> None:
    """A neighbour presses a button; the people who agreed to come know where, without phones or internet."""
    if sys.stdin is None:  # whoever started us has closed it: a question then finds nobody, and is no fault of ours
        sys.stdin = StringIO()
