"""`whistle workbench survey`: collect the slips of a survey, and what they say. docs/survey.md has the whole of it."""

import time
from pathlib import Path

import click

from whistle.site import files
from whistle.site.measured import load_report
from whistle.site.site import Site
from whistle.workbench import collecting, pages
from whistle.workbench import survey as surveys
from whistle.workbench.command.onsite import A_PATH, in_site, sentences
from whistle.workbench.command.options import speaking
from whistle.workbench.errors import NotSurveyed
from whistle.workbench.say import Say
from whistle.workbench.survey import Report, Standing

EXPLAINED = (
    "A place's margin is how far its best way to a gateway, in its weaker direction, lies above the least that is "
    "still read: 10 dB and more is good. A relay is proposed at a place that reaches a gateway directly and well and "
    "has weak places within reach; the one that serves most comes first. Walls are not looked at: measure again then."
)


@click.command()
@speaking
@click.option("--slips", type=A_PATH, metavar="FILE", help="The slips; survey.jsonl of the site if not given.")
@click.option("--reach", type=click.FloatRange(10, 20000), default=surveys.REACH_M, show_default=True, help="Metres.")
@click.option("--collect", "port", metavar="PORT", help="First read what the board on this port measured; needs --up.")
@click.option("--up", "ups", type=A_PATH, multiple=True, metavar="FILE",
              help="With --collect: a report of `whistle gateway survey --json`, one of each gateway.")  # fmt: skip
@click.option("--out", type=A_PATH, metavar="FILE", help="An HTML page to print.")
@in_site
@sentences
def survey(
    say: Say,
    slips: Path | None,
    reach: float,
    port: str | None,
    ups: tuple[Path, ...],
    out: Path | None,
    directory: Path,
) -> None:
    """List the places with less than 10 dB of margin, those hanging on one relay, and where a relay would help.

    With --collect the slips of the board on PORT are added first; without it nothing is changed.
    """
    if (port is None) != (not ups):
        raise click.UsageError("--collect and --up belong together: name the board's port and every gateway's report.")
    site = Site.open(directory)
    live = [place for place in site.roster.places or [] if _in_use(site, place.node)]
    path = slips or directory / surveys.NAME
    if port is not None:
        _collect(say, site, path, port, ups)
    found = surveys.report(surveys.read(path, named=slips is not None), live, reach)
    unmeasured = [place.name for place in live if place.node not in {one.node for one in found.standings}]
    if out is not None:
        files.write(out, page(site, found, unmeasured).encode())
    say.event(
        "survey",
        f"Measured: {len(found.standings)}, weak or none: {len(found.weak)}, on one relay: {len(found.hanging)}, "
        f"not measured: {len(unmeasured)}.",
        weak=[_facts(one) for one in found.weak],
        hanging=[_facts(one) for one in found.hanging],
        relays=[one._asdict() for one in found.advice],
        unserved=found.unserved,
        unmeasured=unmeasured,
    )
    for table in () if say.as_json else _tables(site, found):
        say.console.print(f"{table.heading}: {table.none if not table.rows else ''}")
        for row in table.rows:
            say.console.print("  " + ", ".join(row))


def _collect(say: Say, site: Site, path: Path, port: str, ups: tuple[Path, ...]) -> None:
    """Join what a board measured with what gateways heard of it, and keep the slips."""
    reports = [load_report(one, site.file.site) for one in ups]
    surveys.read(path)  # before anybody waits for a board
    found = collecting.collect(port)
    place = site.roster.place(found.node)
    if place is None or not _in_use(site, found.node):
        raise NotSurveyed(
            f"The survey on {port} is of beacon !{found.node:08x}, which is not in use at this site: survey it again."
        )
    made = collecting.joined(found, place, reports, site.file.air.preset, time.time())
    collecting.append(path, made.slips)
    say.event(
        "collected", f"{place.name}: {len(made.slips)} slips added.", node=found.node, slips=len(made.slips),
        answered=found.answered,
    )  # fmt: skip
    for radio in made.unknown:
        say.event(
            "unknown",
            f"It heard a gateway's radio !{radio:08x} that no report is of: bring `whistle gateway survey --json` of "
            "that gateway too.",
            radio=radio,
        )


def page(site: Site, found: Report, unmeasured: list[str]) -> str:
    """The report on paper."""
    rows = [(name,) for name in unmeasured]
    tables = [*_tables(site, found), pages.Table("Not measured yet", ("name",), rows, boxes=True)]
    return pages.page(f"Survey of {site.file.name}", [EXPLAINED], tables)


def _tables(site: Site, found: Report) -> list[pages.Table]:
    def named(node: int) -> str:
        return site.find(node).name

    advice = [(named(one.node), ", ".join(map(named, one.serves))) for one in found.advice]
    return [
        pages.Table(
            "Weak places", ("name", "place", "margin", "gateway"), [_row(site, one) for one in found.weak], True
        ),
        pages.Table("Hanging on one relay", ("name", "relay"), [_relay(site, one) for one in found.hanging]),
        pages.Table("A relay here would help", ("at", "serves"), advice),
        pages.Table("Weak, and no good place within reach", ("name",), [(named(node),) for node in found.unserved]),
    ]


def _row(site: Site, one: Standing) -> tuple[str, str, str, str]:
    shown = "none" if one.margin is None else f"{one.margin:.1f} dB"
    return site.find(one.node).name, one.place, shown, one.gateway or "-"


def _relay(site: Site, one: Standing) -> tuple[str, str]:
    (last,) = one.relays
    who = [place.name for place in site.roster.places or [] if place.node & 0xFF == last and _in_use(site, place.node)]
    return site.find(one.node).name, f"0x{last:02x} ({', '.join(who) or 'no beacon of ours'})"


def _facts(one: Standing) -> dict[str, object]:
    return {"node": one.node, "place": one.place, "margin_db": one.margin, "relays": sorted(one.relays)}


def _in_use(site: Site, node: int) -> bool:
    beacon = site.roster.beacon(node)
    return beacon is not None and not beacon.revoked
