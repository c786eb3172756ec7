"""Checks on what people type when they add a beacon, a gateway or a site. Each refusal is one sentence."""

import math
import re
from collections.abc import Iterable, Sequence

from whistle.site import text
from whistle.site.errors import BadInput, Unknown
from whistle.site.roster import Place, Private, Roster

PRIVATE_FIELDS = ("entrance", "floor", "door", "note")


def coordinate(value: float, what: str, limit: int) -> float:
    """A latitude or longitude in degrees, rounded to 0.1 m; BadInput out of range."""
    if not math.isfinite(value) or abs(value) > limit:
        raise BadInput(f"The {what} {value} is out of range: give degrees between -{limit} and {limit}.")
    return round(float(value), 6)  # a whole number would be written otherwise than it is read, and the seal not hold


def private(details: Private) -> Private:
    """The private part with every field checked; empty fields are fine."""
    return Private(**{field: text.note(getattr(details, field), field) for field in PRIVATE_FIELDS})


def new_name(value: str, what: str, taken: Iterable[str]) -> str:
    """A name no other beacon (or gateway) of the site has, capitals aside."""
    name = text.clean(value, what)
    for other in taken:
        if text.same(name, other):
            raise BadInput(f"There is a {what.removesuffix(' name')} called {other!r} already: choose another name.")
    return name


def words(values: Sequence[str]) -> tuple[str, str, str, str]:
    """The four kinds in the site's language (help, medical, fire, watch), all different."""
    given = [text.word(value) for value in values]
    if len(given) != 4 or len({value.casefold() for value in given}) != 4:
        raise BadInput("Four different words are wanted: for help, medical, fire and watch, in this order.")
    return given[0], given[1], given[2], given[3]


def language(value: str) -> str:
    """A language tag such as `en` or `es-MX`."""
    if re.fullmatch(r"[a-z]{2,3}(-[A-Z]{2})?", value) is None:
        raise BadInput(f"{value!r} is no language tag: write one such as en or es-MX.")
    return value


def find(roster: Roster, wanted: str | int) -> Place:
    """The place of a beacon by its name, its number, or its number as Meshtastic writes it (`!0a1b2c3d`).

    A name that several had is the live one's; of several that are gone, the last one's.
    """
    number = wanted if isinstance(wanted, int) else _number(wanted)
    gone = {beacon.node for beacon in roster.beacons if beacon.revoked}
    newest = list(roster.places or [])
    newest.reverse()
    for place in sorted(newest, key=lambda one: one.node in gone):
        if place.node == number or (isinstance(wanted, str) and text.same(place.name, wanted)):
            return place
    raise Unknown(f"There is no beacon {wanted!r} in the roster: `whistle site roster` lists them.")


def _number(wanted: str) -> int | None:
    if re.fullmatch(r"![0-9a-fA-F]{8}", wanted):
        return int(wanted[1:], 16)
    return int(wanted) if re.fullmatch(r"[0-9]{1,10}", wanted) else None
