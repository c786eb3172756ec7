"""`whistle workbench install` and `update`: the beacon's program onto a board, from the cache."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from whistle.workbench.cache import Cache, folder_of
from whistle.workbench.command.onsite import Notes, in_site, sentences
from whistle.workbench.command.options import speaking
from whistle.workbench.device import Device
from whistle.workbench.errors import NotInstalled
from whistle.workbench.hands import newest
from whistle.workbench.installing import Installed, Tell, state
from whistle.workbench.installing import install as installing
from whistle.workbench.provisioning import NOBODY, node_on
from whistle.workbench.say import Say
from whistle.workbench.slots import Release


def from_cache(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose a release from the cache."""
    for option in (
        click.option("--version", "version", help="Which release of the cache; the newest if not given."),
        click.option("--cache", type=click.Path(path_type=Path), help="The cache's folder [else $WHISTLE_CACHE]."),
    ):
        command = option(command)
    return command


def progress(say: Say) -> Tell:
    """Tells of each file that is copied."""

    def tell(path: str, at: int, of: int) -> None:
        say.event("file", f"  {at:2d} of {of}  {path}", path=path, number=at, of=of)

    return tell


def bring(say: Say, device: Device, wanted: Release, notes: Notes, anyway: bool = False) -> None:
    """A release onto a board, which starts with it then: told, and written down for the round."""
    chip, node = device.identify().chip, node_on(device)
    done = installing(device, wanted, anyway, progress(say))
    notes.add("installed", board=chip, node=max(node, NOBODY), software=done.after, trial=done.trial)
    told(say, done, node)
    device.reset()


def told(say: Say, done: Installed, node: int = NOBODY) -> None:
    """Says what became of it, and of which beacon."""
    words = f"{done.after} runs from slot {done.slot}: {done.copied} files copied, {done.kept} were there."
    if done.before and done.before != done.after:
        words = f"{done.before} -> {words}"
    if done.trial:
        words += " It is on trial until it has run well for a minute; after three starts without that the old one runs."
    if node > NOBODY:
        words = f"!{node:08x}: {words}"
    say.event("installed", words, **done._asdict(), node=max(node, NOBODY))


@click.command("install")
@speaking
@from_cache
@in_site
@click.argument("port")
@sentences
def install(say: Say, port: str, version: str | None, cache: Path | None, directory: Path) -> None:
    """Put the beacon's program on the board at PORT, which runs MicroPython; what is there already is not copied."""
    notes, wanted = Notes(say, directory), newest(Cache(folder_of(cache)), version)
    with Device(port) as device:
        bring(say, device, wanted, notes)


@click.command("update")
@speaking
@from_cache
@click.option("--yes", is_flag=True, help="Also while an alert of this beacon stands open.")
@in_site
@click.argument("port")
@sentences
def update(say: Say, port: str, version: str | None, cache: Path | None, yes: bool, directory: Path) -> None:
    """Bring the beacon at PORT to another release: beside the old one, then switched. Keys, numbers, place and an open
    call stay as they are. Interrupted, say the same again.
    """
    notes, wanted = Notes(say, directory), newest(Cache(folder_of(cache)), version)
    with Device(port) as device:
        device.identify()
        if state(device)[0] is None:
            raise NotInstalled(f"There is no program on {port} to update: `whistle workbench install` first.")
        bring(say, device, wanted, notes, yes)
