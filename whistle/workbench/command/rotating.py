"""`whistle workbench rotate`: a new group key for the site, and how far it has got."""

from pathlib import Path

import click
from rich.table import Table

from whistle.options import must_be_sure
from whistle.site import rotation
from whistle.site.rotation import Progress
from whistle.site.site import Site
from whistle.workbench.command.onsite import A_PATH, in_site, sentences, with_master
from whistle.workbench.command.options import speaking
from whistle.workbench.say import Say


@click.command()
@speaking
@click.option("--done", "reports", type=A_PATH, multiple=True, metavar="FILE",
              help="Change nothing: show how far it is, by reports of `whistle gateway keys --json`.")  # fmt: skip
@click.option("--yes", is_flag=True, help="Do it without asking once more.")
@in_site
@with_master
@sentences
def rotate(say: Say, directory: Path, master: Path | None, reports: tuple[Path, ...], yes: bool) -> None:
    """Give the site a new group key, after a beacon was stolen; with --done, show who has it and who has not.

    Exit code 0: the key was changed, or all beacons have it; 3: some beacons have not; 1: it could not be done.
    """
    site = Site.open(directory, master)
    if reports:
        told = [rotation.load_report(path, site.file.site) for path in reports]
        _show(say, rotation.progress(site.file, site.roster, told))
        return
    if not yes:
        must_be_sure(rotation.question(site.file))
    epoch = site.rotate()
    say.event("rotated", f"The group key is of epoch {epoch} now. What comes next:", epoch=epoch)
    for number, step in enumerate(rotation.NEXT, 1):
        say.event("next", f"  {number}. {step}", number=number, step=step)


def _show(say: Say, found: Progress) -> None:
    say.event("progress", found.sentence(), epoch=found.epoch, done=found.done, all=found.all)
    table = Table("place", "name", "beacon", "last heard with")
    for one in found.rest:
        heard = "not heard" if one.epoch is None else f"epoch {one.epoch}"
        table.add_row(one.place, one.name, f"!{one.node:08x}", heard)
        if say.as_json:
            say.event("old", "", node=one.node, name=one.name, place=one.place, epoch=one.epoch)
    if found.rest:
        say.table(table)
        click.get_current_context().exit(3)
