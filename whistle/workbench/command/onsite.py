"""Options of the commands that work on a site; what the site refuses becomes one of the workbench's own errors."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, Final

import click

from whistle.options import A_PATH as A_PATH
from whistle.options import in_site as in_site
from whistle.options import with_master as with_master
from whistle.site.errors import SiteError
from whistle.site.layout import SITE
from whistle.site.site import Site
from whistle.workbench import journal as journals
from whistle.workbench.cache import Cache, folder_of
from whistle.workbench.checking import People
from whistle.workbench.command.asking import answer, pressing
from whistle.workbench.errors import BadJournal, SiteTrouble
from whistle.workbench.hands import Hands, Tools
from whistle.workbench.journal import Journal
from whistle.workbench.say import Say
from whistle.workbench.steps import Steps


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


class Notes:
    """Writes down for the round what was done to a board; the journal is held for that moment alone.

    Nowhere, where no site was named and none is here: a board can do without. A site or journal that cannot be read is
    told at once (SiteError, BadJournal); a note that cannot be written later is told too, and undoes nothing.
    """

    def __init__(self, say: Say, directory: Path) -> None:
        self._say, self._path = say, directory / journals.NAME
        self._wanted = directory != Path(".") or (directory / SITE).exists()
        if self._wanted:
            Site.open(directory)
            journals.read(self._path)

    def add(self, event: str, **facts: Any) -> None:
        """Write one event down."""
        if self._wanted:
            try:
                with journals.opened(self._path) as held:
                    held.add(event, **facts)
            except BadJournal as error:
                self._say.event("unwritten", f"The round will not know of it. {error}", about=event, why=str(error))


YES_NO = click.Choice(["yes", "no", "skip"])
_TOOLS: Final = {
    "board": click.option("--board", metavar="BOARD", help="Which board it is, where that cannot be told."),
    "cache": click.option("--cache", type=A_PATH, metavar="DIR", help="The cache's folder [else $WHISTLE_CACHE]."),
    "bench": click.option("--bench", metavar="PORT", help="The port of a second board, the bench radio."),
    "slips": click.option("--slips", type=A_PATH, default=Path("slips"), show_default=True, help="Folder for slips."),
    "lamp": click.option("--lamp", type=YES_NO, help="The answer to: did the lamp light?"),
    "whistle": click.option("--whistle", type=YES_NO, help="The answer to: did it whistle?"),
    "button": click.option("--button/--no-button", default=True, help="Wait for buttons to be pressed."),
}


def with_tools(*wanted: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Options that say how boards are reached (all, or these); the command gets their values as `tools`."""
    chosen = wanted or tuple(_TOOLS)

    def decorated(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def wrapped(*args: Any, **options: Any) -> Any:
            return command(*args, tools={name: options.pop(name) for name in chosen}, **options)

        collected: Callable[..., Any] = wrapped
        for name in reversed(chosen):
            collected = _TOOLS[name](collected)
        return collected

    return decorated


def hands(ctx: click.Context, say: Say, tools: dict[str, Any]) -> Steps:
    """Who does the steps: what a test or a demo handed over as the context's object, else the real ones."""
    given: Steps | None = ctx.find_root().obj
    if given is not None:
        return given
    people = People(
        answer(say, tools.get("lamp"), "--lamp"),
        answer(say, tools.get("whistle"), "--whistle"),
        pressing(say, tools.get("button", True)),
    )
    return Hands(
        Tools(
            Cache(folder_of(tools.get("cache"))),
            say.event,
            people,
            tools.get("slips", Path("slips")),
            tools.get("board"),
            tools.get("bench"),
        )
    )
