"""`whistle workbench fetch`: everything a bench needs, while there is internet."""

from pathlib import Path

import click
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

from whistle.options import A_PATH
from whistle.workbench import boards as tables
from whistle.workbench import sources
from whistle.workbench.cache import Cache, folder_of
from whistle.workbench.command.options import speaking
from whistle.workbench.fetching import Fetch
from whistle.workbench.say import Say


@click.command()
@click.argument("boards", nargs=-1, metavar="[BOARD]...")
@click.option("--cache", type=A_PATH, metavar="DIR", help="The cache (also $WHISTLE_CACHE).")
@click.option("--image", type=A_PATH, metavar="FILE", help="Keep this file as an image instead of downloading one.")
@click.option("--for", "board", metavar="BOARD", help="The board that --image is for.")
@click.option("--micropython", metavar="VERSION", help="This version of MicroPython; the newest release if not given.")
@click.option("--sha256", metavar="HEX", help="The image must have this SHA-256.")
@click.option("--lib", type=A_PATH, envvar="MICROPYTHON_LIB", metavar="DIR", help="A checkout of micropython-lib.")
@click.option("--again", is_flag=True, help="Download images that are here already, and compare.")
@click.option("--site", default=sources.SITE, metavar="URL", help="Where images come from.")
@click.option("--index", default=sources.INDEX, metavar="URL", help="Where the driver comes from, without --lib.")
@speaking
def fetch(
    say: Say,
    boards: tuple[str, ...],
    cache: Path | None,
    image: Path | None,
    board: str | None,
    micropython: str | None,
    sha256: str | None,
    lib: Path | None,
    again: bool,
    site: str,
    index: str,
) -> None:
    """Fetch images for boards (all we know if none is named), the LoRa driver, and compile the beacon's program.

    Afterwards flash, provision and the rest need no internet. Interrupted, the next fetch goes on where this stopped.
    """
    if bool(image) != bool(board):
        raise click.UsageError("--image and --for belong together: which file, for which board?")
    if sha256 and not (image or len(boards) == 1):
        raise click.UsageError("--sha256 is of one image: name one board, or a file with --image.")
    with Progress(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), console=say.console, transient=True
    ) as progress:
        work = Fetch(Cache(folder_of(cache)), say.event, Bars(progress), site.rstrip("/"), index.rstrip("/"))
        if image and board:
            work.given(image, tables.load(board), micropython, sha256)
        if boards or not image:
            work.images([tables.load(key) for key in boards or tables.names()], micropython, sha256, again)
        work.program()
        work.driver(lib)
    say.event("ready", f"All of it lies in {work.cache.folder}.", cache=str(work.cache.folder))


class Bars:
    """A progress bar for each download."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.tasks: dict[str, TaskID] = {}

    def __call__(self, name: str, here: int, whole: int) -> None:
        if name not in self.tasks:
            self.tasks[name] = self.progress.add_task(name)
        self.progress.update(self.tasks[name], completed=here, total=whole or None)
