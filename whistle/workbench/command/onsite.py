"""Options of the commands that work on a site; what the site refuses becomes one of the workbench's own errors."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, Final

import click

from whistle.site.errors import SiteError
from whistle.site.site import Site
from whistle.workbench import journal as journals
from whistle.workbench import steps
from whistle.workbench.errors import SiteTrouble
from whistle.workbench.journal import Journal
from whistle.workbench.steps import Steps

A_PATH: Final = click.Path(path_type=Path)

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


def sentences(command: Callable[..., Any]) -> Callable[..., Any]:
    """A SiteError of the command is a SiteTrouble with its sentence; stands next to the function."""

    @wraps(command)
    def wrapped(*args: Any, **options: Any) -> Any:
        try:
            return command(*args, **options)
        except SiteError as error:
            raise SiteTrouble(str(error)) from None

    return wrapped


@contextmanager
def bench(directory: Path, master: Path | None = None) -> Iterator[tuple[Site, Journal]]:
    """The site and its journal, held against other commands of the bench."""
    site = Site.open(directory, master)
    with journals.opened(directory / journals.NAME) as held:
        yield site, held


def hands(ctx: click.Context) -> Steps:
    """Who does the steps: what a test or a demo handed over as the context's object, else the real ones."""
    given: Steps | None = ctx.find_root().obj
    return given if given is not None else steps.real()
