"""`whistle workbench batch`: a box of boards in one loop."""

from pathlib import Path
from typing import Any, Final

import click

from whistle.options import CARRY
from whistle.site import files
from whistle.site.site import Site
from whistle.workbench import batchlist, labels, pages, sheets
from whistle.workbench.command.onsite import A_PATH, bench, hands, in_site, sentences, with_master, with_tools
from whistle.workbench.command.options import speaking
from whistle.workbench.errors import BadWish
from whistle.workbench.line import Line, Tally
from whistle.workbench.provision import Provisioner
from whistle.workbench.say import Say

SOME_FAILED: Final = 3
NOT_DONE: Final = 4


@click.command()
@speaking
@click.argument("list_", metavar="LIST", type=A_PATH)
@click.option("--labels", "sheet", type=click.Choice(list(sheets.SHEETS)), default="a4-3x8", show_default=True)
@click.option("--out", type=A_PATH, default=Path("batch"), show_default=True, help="Folder for labels and report.")
@click.option("--no-name", is_flag=True, help="Labels without names.")
@click.option("--report", "only", is_flag=True, help="Touch no board: write labels and report of what was done.")
@with_tools()
@in_site
@with_master
@click.pass_context
@sentences
def batch(
    ctx: click.Context,
    say: Say,
    list_: Path,
    sheet: str,
    out: Path,
    no_name: bool,
    only: bool,
    tools: dict[str, Any],
    directory: Path,
    master: Path | None,
) -> None:
    """Work off LIST (CSV): wait for a board, identify, flash, install, provision, check, label, and the next.

    Exit code 0: every row has its beacon, no board is set aside. 3: boards are set aside. 4: none is, rows remain.
    """
    rows = batchlist.read(list_)
    _made(out)
    with bench(directory, master) as (site, journal):
        steps = hands(ctx, say, tools)
        line = Line(Provisioner(site, journal, steps), steps, rows, say)
        stopped = False
        try:
            tally = line.tally() if only else line.run()
        except KeyboardInterrupt:
            tally, stopped = line.tally(), True
        _write(site, tally, out, sheet, named=not no_name)
    _tell(say, tally, out)
    if stopped:
        raise KeyboardInterrupt
    ctx.exit(SOME_FAILED if tally.failed else NOT_DONE if tally.remaining else 0)


def _made(out: Path) -> None:
    """The folder is there before the first board: else what was done is told nowhere in the end."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadWish(f"The folder {out} cannot be made ({error.strerror}): name another with --out.") from None


def _write(site: Site, tally: Tally, out: Path, sheet: str, named: bool) -> None:
    if tally.labelled:
        drawn = [labels.of(site, node, named) for node in tally.labelled]
        files.write(out / "labels.pdf", sheets.pdf(drawn, sheet))
    files.write(out / "report.html", _report(site, tally).encode())


def _report(site: Site, tally: Tally) -> str:
    done = [(site.find(node).name, site.find(node).public, f"!{node:08x}") for node in tally.labelled]
    return pages.page(
        f"Batch of {site.file.name}",
        [_summary(tally)],
        [
            pages.Table("Set aside", ("board", "step", "reason"), tally.failed, boxes=True),
            pages.Table("Still without a board", ("name",), [(name,) for name in tally.remaining], boxes=True),
            pages.Table("Ready", ("name", "place", "number"), done, none="none yet"),
        ],
    )


def _summary(tally: Tally) -> str:
    return f"Labels: {len(tally.labelled)}, boards set aside: {len(tally.failed)}, rows left: {len(tally.remaining)}."


def _tell(say: Say, tally: Tally, out: Path) -> None:
    say.event(
        "batch",
        f"{_summary(tally)} Labels and report are in {out}.",
        labels=len(tally.labelled),
        nodes=tally.labelled,
        failed=[failure._asdict() for failure in tally.failed],
        remaining=tally.remaining,
    )
    for failure in tally.failed:
        say.console.print(f"  {failure.board}, {failure.step}: {failure.reason}")
    if tally.labelled:
        say.console.print(CARRY)
