"""What captains' answers mean for the one who pressed: which are sent to the beacon, under which ordinal.

Several captains may answer one alert; the lamp shows the best that still stands. An answer is kept with one state:

    sent     on its way to a gateway
    aired    a gateway has sent it on the air; the beacon has not yet said that it shows it
    told     the beacon's lamp shows it
    expired  ten minutes passed without that word
    kept     never sent: the lamp shows as much already, or must stay dark (a cancelled or duress call)
"""

from collections.abc import Mapping
from typing import Final

LIVES_S: Final = 600.0  # an answer older than this is sent to nobody (protocol 9)
RANK: Final = {"shown": 2, "seen": 3, "coming": 4, "clear": 5}
FOLLOWS: Final[dict[str, tuple[str, ...]]] = {  # which state a gateway's word may make of which
    "sent": ("aired", "told", "expired"),
    "aired": ("told", "expired"),
    "expired": ("told",),
    "kept": (),
    "told": (),
}
LAST_ORDINAL: Final = 15  # four bits; the last one is kept for *clear*, which must always win


def best(latest: Mapping[int, str]) -> str | None:
    """The best of what every captain last said (captain to answer), or None."""
    return max(latest.values(), key=RANK.__getitem__, default=None)


def to_send(answer: str, before: Mapping[int, str], captain: int, *, state: str, duress: bool) -> str | None:
    """What the beacon is to be told because `captain` now says `answer`, or None for nothing.

    `before` is what every captain last said. A second *seen* under somebody's *coming* changes no lamp; a *coming*
    taken back lowers it to *seen* unless another captain comes.
    """
    if answer == "clear":
        return "clear"
    if state != "open" or duress:
        return None  # the call is over on the beacon, or must look so: a lamp would give the caller away
    after = dict(before) | {captain: answer}
    return best(after) if best(after) != best(before) else None


def ordinal(last: int, answer: str) -> int:
    """The ordinal for the next answer of an alert whose last was `last`; higher wins on the beacon."""
    return min(last + 1, LAST_ORDINAL if answer == "clear" else LAST_ORDINAL - 1)
