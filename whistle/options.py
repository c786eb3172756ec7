"""What every command line that works on a site shares: where it and its master key lie, what is asked, how a change
travels.
"""

import sys
from pathlib import Path
from typing import Final

import click


class Unanswered(click.ClickException):
    """A question that nobody was there to answer; the sentence names the option that does."""

    exit_code = 2


class Declined(click.ClickException):
    """The answer was no."""


A_PATH: Final = click.Path(path_type=Path)
CARRY: Final = (
    "Gateways and dashboards learn of it from a stick: `whistle site export`, then there `whistle gateway roster` and "
    "`whistle dashboard roster`; or by new bundles."
)

in_site = click.option(
    "--site",
    "directory",
    type=A_PATH,
    default=Path("."),
    envvar="WHISTLE_SITE",
    metavar="DIR",
    help="The site's directory (also $WHISTLE_SITE); the current one if not given.",
)
with_master = click.option(
    "--master",
    type=A_PATH,
    envvar="WHISTLE_MASTER",
    metavar="FILE",
    help="The master key, for instance on a stick (also $WHISTLE_MASTER); master.key in the site if not given.",
)


def asked(question: str, option: str = "--yes", default: bool = False) -> bool:
    """Asks the person at the terminal, beside what is printed for scripts. Unanswered names the option when there is
    nobody; click's Abort when a person ends it here.
    """
    try:
        return click.confirm(question, default, err=True)
    except click.Abort:
        raise unanswered(f"say {option}") from None


def unanswered(remedy: str) -> click.ClickException | click.Abort:
    """What to raise when a question had no answer: click's Abort where a person ended it at the terminal."""
    if sys.stdin.isatty():
        return click.Abort()
    click.echo(err=True)
    return Unanswered(f"Nobody is there to answer: {remedy}.")


def must_be_sure(question: str, default: bool = False) -> None:
    """Goes on after a yes alone; Declined, or as `asked`."""
    if not asked(question, default=default):
        raise Declined("It was not wanted, so nothing was changed.")
