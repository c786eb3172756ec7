"""Where on the broker: `whistle/1/<site>/up/<gateway>` and `.../down/<gateway>` (protocol section 12).

The ids are random, so a broker learns neither site nor street; the class of a message is inside the seal.
"""

import re
from typing import Final, Literal, NamedTuple

from whistle.bus.errors import BadId, NotOurs

Direction = Literal["up", "down"]

_ID: Final = re.compile(r"[0-9a-f]{16}")
_TOPIC: Final = re.compile(r"whistle/1/([0-9a-f]{16})/(up|down)/([0-9a-f]{16})")


class Topic(NamedTuple):
    """A topic of the sealed bus, taken apart; ids in hex."""

    site: str
    direction: Direction
    gateway: str


def up(site: str, gateway: str) -> str:
    """The topic on which this gateway speaks. Ids: 16 lower-case hex digits, else BadId."""
    return f"whistle/1/{checked_id(site)}/up/{checked_id(gateway)}"


def down(site: str, gateway: str) -> str:
    """The topic on which dashboards speak to this gateway."""
    return f"whistle/1/{checked_id(site)}/down/{checked_id(gateway)}"


def every_up(site: str) -> str:
    """The filter a dashboard subscribes to: every gateway of the site, speaking."""
    return f"whistle/1/{checked_id(site)}/up/+"


def everything(site: str) -> str:
    """The filter `whistle bus watch` subscribes to: both directions of every gateway of the site."""
    return f"whistle/1/{checked_id(site)}/+/+"


def parse(topic: str) -> Topic:
    """Take a topic apart, or raise NotOurs; exactly what `up` and `down` write is accepted."""
    match = _TOPIC.fullmatch(topic)
    if match is None:
        raise NotOurs(f"topic {topic[:80]!r} is not of the sealed bus (whistle/1/<site>/up|down/<gateway>)")
    site, direction, gateway = match.groups()
    return Topic(site, "up" if direction == "up" else "down", gateway)


def checked_id(value: str) -> str:
    """The id itself when it is 16 lower-case hex digits, else BadId."""
    if _ID.fullmatch(value) is None:
        raise BadId(f"{value[:80]!r} is not an id: 16 lower-case hex digits are wanted")
    return value
