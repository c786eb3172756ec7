"""`whistle workbench ...`: a file for each family of commands, named in COMMANDS and imported only when asked for.

Here, for all of them, is how one ends that does not come through: one sentence, or one event for a script.
"""

import json
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final, NamedTuple

import click

from whistle.workbench.errors import Stopped
from whistle.workbench.say import readable

_NOTHING: Final = "nothing was changed"
_FILE: Final = "a file it was to write is whole, or as it was"
_ROSTER: Final = "the roster is the old one or the new one, whole"
_BOARD: Final = "the journal knows how far it is, and the board has its old settings or the new ones"


class Known(NamedTuple):
    """The module of this folder that holds a command; how things stand when it was stopped, and what to do then."""

    module: str
    stopped: str
    then: str = "say the same again to go on"


# Each under its own name there, with "_" for "-".
COMMANDS: Final = {
    "boards": Known("listing", _NOTHING),
    "fetch": Known("fetching", "what was fetched is kept, also the half of a download"),
    "ports": Known("flashing", _NOTHING),
    "flash": Known("flashing", "the board's image or program may be half there, which harms nothing"),
    "power": Known("powering", _NOTHING),
    "provision": Known("provisioning", _BOARD),
    "modem": Known("modems", "the board is what it was, nobody's, or a modem"),
    "label": Known("labelling", _FILE),
    "batch": Known("batching", "finished boards stay so, and the one at hand goes on where it was"),
    "fit": Known("fitting", "the fitting is the old one or the new one, and so are the board's settings"),
    "retire": Known("lifecycle", f"{_ROSTER}, and its board may have its keys still"),
    "move": Known("lifecycle", f"{_ROSTER}, and so are the board's settings"),
    "replace": Known("lifecycle", _BOARD),
    "revoke": Known("lifecycle", _ROSTER),
    "round": Known("rounds", _FILE),
    "survey": Known("surveying", "the slips are all there or none of them, and the board keeps what it measured"),
    "rotate": Known(
        "rotating",
        "the group key is changed once or not at all",
        "look at the epoch in its question before you say yes again",
    ),
    "install": Known("updating", "the board starts its old program or the new one, and keeps what was copied"),
    "check": Known("checking", "no slip was kept, and the board starts its program"),
    "update": Known("updating", "the board starts its old program or the new one, and keeps what was copied"),
}


class Commands(click.Group):
    """A click group over COMMANDS, so that no command pays for another's libraries."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found = getattr(import_module(f"{__name__}.{COMMANDS[cmd_name].module}"), cmd_name.replace("-", "_"))
        assert isinstance(found, click.Command)
        return found

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """As click's; a wrong option before the command's name ends as one after it."""
        with _told(list(args)):
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; whatever ends it early is told here."""
        words = [*ctx._protected_args, *ctx.args]
        readable()
        with _told(words), _stoppable():
            try:
                return super().invoke(ctx)
            except (KeyboardInterrupt, click.Abort):
                known = COMMANDS[ctx.invoked_subcommand] if ctx.invoked_subcommand else Known("", _NOTHING)
                raise Stopped(f"Stopped by hand: {known.stopped}; {known.then}.") from None


@contextmanager
def _told(words: Sequence[str]) -> Iterator[None]:
    """With --json among the words an error is an event, and not words for a person."""
    try:
        yield
    except click.ClickException as error:
        if "--json" not in words:
            raise
        said = {"event": "error", "error": type(error).__name__, "sentence": error.format_message()}
        try:
            click.echo(json.dumps(said))
        except OSError:  # where no script can read it, a person may
            raise error from None
        raise click.exceptions.Exit(error.exit_code) from None


@contextmanager
def _stoppable() -> Iterator[None]:
    """What ends a program, and a terminal that is closed, stop a command as Ctrl-C does: no board is left deaf."""
    held = {}
    if threading.current_thread() is threading.main_thread():
        for one in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(one) is signal.SIG_DFL:
                held[one] = signal.signal(one, signal.default_int_handler)
    try:
        yield
    finally:
        for one, before in held.items():
            signal.signal(one, before)


@click.command(cls=Commands)
def workbench() -> None:
    """From a box of boards to labelled, mounted, working beacons; everything but `fetch` works without internet."""
