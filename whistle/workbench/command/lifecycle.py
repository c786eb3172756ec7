"""`whistle workbench retire`, `move`, `replace`, `revoke`: a beacon's later days, by the site's rules."""

from pathlib import Path
from typing import Any

import click

from whistle.options import CARRY, must_be_sure
from whistle.site.lifecycle import Move
from whistle.site.roster import Place, Private
from whistle.site.site import Site
from whistle.workbench.command.onsite import bench, hands, in_site, sentences, with_master, with_tools
from whistle.workbench.command.options import speaking
from whistle.workbench.command.provisioning import identified, on_port, told
from whistle.workbench.errors import BadWish
from whistle.workbench.journal import Journal
from whistle.workbench.provision import Provisioner
from whistle.workbench.say import Say

_PRIVATE = ("entrance", "floor", "door", "note")

yes = click.option("--yes", is_flag=True, help="Do it without asking once more.")


@click.command()
@speaking
@click.argument("beacon")
@yes
@click.option("--port", help="The board's port: its keys are taken off it.")
@with_tools("board")
@in_site
@with_master
@click.pass_context
@sentences
def retire(
    ctx: click.Context,
    say: Say,
    beacon: str,
    yes: bool,
    port: str | None,
    tools: dict[str, Any],
    directory: Path,
    master: Path | None,
) -> None:
    """Take BEACON out of use in good order: refused from now on, its private place forgotten, its board emptied.

    Without --port its board keeps the keys of the site; say the same again with --port when it is at hand.
    """
    with bench(directory, master) as (site, journal):
        if port is None:
            where = _end(site, journal, beacon, yes, "retired")
            words = "Its board has its keys and the site's: the same again with --port takes its keys off it."
        else:
            steps = hands(ctx, say, tools)
            with identified(steps, port) as board:
                Provisioner(site, journal, steps).must_be(board, site.find(beacon).node)
                where = _end(site, journal, beacon, yes, "retired")
                steps.forget(board.device)
            words = "Its board holds nothing of it."
    _ended(say, where, "retired", words)


@click.command()
@speaking
@click.argument("beacon")
@yes
@in_site
@with_master
@sentences
def revoke(say: Say, beacon: str, yes: bool, directory: Path, master: Path | None) -> None:
    """Refuse BEACON for ever: it is lost or stolen. Its private place is kept until it is retired or replaced."""
    with bench(directory, master) as (site, journal):
        where = _end(site, journal, beacon, yes, "revoked")
    _ended(say, where, "revoked", "")


@click.command()
@speaking
@click.argument("beacon")
@click.option("--place", help="The new public place.")
@click.option("--lat", type=float, help="Its latitude in degrees, north positive.")
@click.option("--lon", type=float, help="Its longitude in degrees, east positive.")
@click.option("--entrance", help="Private: which entrance; '' takes it away, as with the next three.")
@click.option("--floor", help="Private: which floor.")
@click.option("--door", help="Private: which door.")
@click.option("--note", help="Private: what captains should know during an alert.")
@click.option("--port", help="The board's port: it gets its new place now.")
@click.option("--board-later", is_flag=True, help="The board is not here, and says its old place until it is.")
@with_tools("board")
@in_site
@with_master
@click.pass_context
@sentences
def move(
    ctx: click.Context,
    say: Say,
    beacon: str,
    port: str | None,
    board_later: bool,
    tools: dict[str, Any],
    directory: Path,
    master: Path | None,
    **rest: Any,
) -> None:
    """Give BEACON another place, in the roster and on its board; what is not named stays as it is.

    With --port alone its board catches up. Interrupted, say the same again.
    """
    if (port is None) != board_later:
        raise BadWish(
            "A board says its place on the air: name its --port, or say --board-later to bring it afterwards."
        )
    if board_later and not any(value is not None for value in rest.values()):
        raise BadWish("Nothing of its place was named: say its new --place, --lat and --lon, or its --door.")
    with bench(directory, master) as (site, journal):
        node = site.find(beacon).node
        name = site.find(node).name
        if port is None:
            _place(site, journal, node, rest)
            say.event(
                "moved", f"{name} is moved in the roster; its board says the old place. {CARRY}", name=name, node=node
            )
            return
        steps = hands(ctx, say, tools)
        with identified(steps, port) as board:  # before the roster changes, as below
            made = Provisioner(site, journal, steps)
            made.must_be_free(board, node)
            _place(site, journal, node, rest)
            done = made.renew(node, board)
    say.event("moved", f"{name} is moved, and its board says so. {CARRY}", name=name, node=node)
    told(say, name, done, carry=False)


@click.command()
@speaking
@click.argument("beacon")
@on_port
@with_tools("board")
@in_site
@with_master
@click.pass_context
@sentences
def replace(
    ctx: click.Context,
    say: Say,
    beacon: str,
    port: str,
    tools: dict[str, Any],
    directory: Path,
    master: Path | None,
) -> None:
    """Put the board on PORT in the place of BEACON, with new keys; the old one is refused from now on."""
    with bench(directory, master) as (site, journal):
        steps = hands(ctx, say, tools)
        with identified(steps, port) as board:  # before the roster changes: one that does not answer replaces nothing
            made, old = Provisioner(site, journal, steps), site.find(beacon).node
            made.must_be_free(board, old)
            node = _heir(site, journal, old, board.id)
            done = made.provision(node, board)
            name = site.find(node).name
            journal.add("replaced", node=node)
    told(say, name, done)


def _end(site: Site, journal: Journal, beacon: str, yes: bool, how: str) -> Place:
    where = site.find(beacon)
    if not yes:
        must_be_sure(f"{where.name!r} at {where.public!r}: is it to be {how} for ever?")
    site.retire_beacon(where.node) if how == "retired" else site.mark_beacon(where.node, revoked=True)
    journal.add(how, node=where.node)
    return where


def _ended(say: Say, where: Place, how: str, words: str) -> None:
    say.event(how, f"{where.name!r} is {how}. {CARRY} {words}".strip(), name=where.name, node=where.node)


def _place(site: Site, journal: Journal, node: int, wanted: dict[str, Any]) -> None:
    place = site.find(node)
    private = {part: wanted[part] if wanted[part] is not None else getattr(place.private, part) for part in _PRIVATE}
    moved = Move(public=wanted["place"], lat=wanted["lat"], lon=wanted["lon"], private=Private(**private))
    if any(value is not None for value in wanted.values()):
        site.move_beacon(node, moved)
        journal.add("moved", node=node)


def _heir(site: Site, journal: Journal, node: int, board: str) -> int:
    """The new beacon at this one's place; that of an earlier run which was cut before it could say that it was done."""
    begun, given = journal.last("replacing", "replaced"), journal.last("provisioned", node=node)
    if begun is not None and begun["event"] == "replacing" and (given is None or given["board"] == board):
        old = site.roster.beacon(begun["node"])
        if old is not None and old.revoked and old.node != node and site.find(node).name == begun["name"]:
            return node
    journal.add("replacing", node=node, name=site.find(node).name)
    return site.replace_beacon(node).node
