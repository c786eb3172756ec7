"""`whistle workbench round`: one page of what to visit."""

import time
from datetime import UTC, datetime
from pathlib import Path

import click

from whistle.site import files
from whistle.site.site import Site
from whistle.workbench import journal, pages, rounds, survey
from whistle.workbench.command.onsite import A_PATH, in_site, sentences
from whistle.workbench.command.options import speaking
from whistle.workbench.rounds import Visit
from whistle.workbench.say import Say


@click.command()
@speaking
@click.option("--state", type=A_PATH, required=True, metavar="FILE", help="From `whistle dashboard beacons --json`.")
@click.option("--slips", type=A_PATH, metavar="FILE", help="The survey's slips; survey.jsonl of the site if not given.")
@click.option("--software", help="The version boards should run, such as 0.2.0; the journal's newest if not given.")
@click.option("--out", type=A_PATH, metavar="FILE", help="An HTML page to print.")
@in_site
@sentences
def round(say: Say, state: Path, slips: Path | None, software: str | None, out: Path | None, directory: Path) -> None:
    """List which beacons to visit and why: battery, silence, margin, software, keys, self-test."""
    site = Site.open(directory)
    known = rounds.load(state, site.file.site)
    events = journal.read(directory / journal.NAME)
    found = survey.read(slips or directory / survey.NAME, named=slips is not None)
    bench = rounds.Bench(events, found, software or rounds.newest_software(events))
    visits = rounds.visits(site, known, bench)
    if out is not None:
        files.write(out, page(site, known.made_at, visits).encode())
    _tell(say, visits, time.time() - known.made_at)


def page(site: Site, made_at: float, visits: list[Visit]) -> str:
    """The round on paper."""
    when = datetime.fromtimestamp(made_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    rows = [(one.name, one.place, "; ".join(one.reasons)) for one in visits if one.reasons]
    gaps = [(one.name, "; ".join(one.unknown)) for one in visits if one.unknown]
    return pages.page(
        f"Round of {site.file.name}",
        [f"As the dashboard knew it at {when}. To visit: {len(rows)} of {len(visits)}."],
        [
            pages.Table("To visit", ("name", "place", "why"), rows, boxes=True, none="nobody"),
            pages.Table("Not known", ("name", "what"), gaps),
        ],
    )


def _tell(say: Say, visits: list[Visit], age_s: float) -> None:
    wanted = [one for one in visits if one.reasons]
    say.event(
        "round",
        f"To visit: {len(wanted)} of {len(visits)}.",
        beacons=len(visits),
        visits=[one._asdict() for one in wanted],
        unknown={f"!{one.node:08x}": one.unknown for one in visits if one.unknown},
        state_age_s=int(age_s),
    )
    for one in wanted:
        say.console.print(f"  {one.name}, {one.place}: {'; '.join(one.reasons)}")
    gaps = sum(bool(one.unknown) for one in visits)
    if gaps:
        say.console.print(f"Of {gaps} beacons something is not known: --out FILE or --json says what.")
    if age_s > rounds.STALE_S:
        say.console.print(f"The dashboard's document is {age_s / 3600:.0f} h old: write it anew.")
