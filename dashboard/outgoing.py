"""Publishes answers to the gateways that can reach the beacon: at once, again while no gateway says that it sent them,
and again when a line or gateway comes back.
"""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Row

from dashboard import store_replies
from dashboard.clock import Clock
from dashboard.feed import standing
from dashboard.post import Post
from dashboard.store import Store
from dashboard.store_replies import Answers
from whistle.bus.messages import NO_TAG, Answer
from whistle.bus.open_feed import Standing

Alive = Callable[[], Iterable[str]]
Lines = dict[str, tuple[int, str]]  # gateway to (sequence, tag)


class Outgoing:
    """Answers on their way. `alive` names the gateways heard of lately."""

    def __init__(self, store: Store, post: Post, clock: Clock, alive: Alive) -> None:
        self._store, self._post, self._clock, self._alive = store, post, clock, alive
        self.on_sent: Callable[[Answer, int, Standing], None] = lambda _answer, _first, _standing: None

    def send(self, made: str) -> None:
        """Publish this answer for the first time."""
        for row in self._publish(made):
            if row.person is not None or row.answer == "shown":  # not what is only said again, to a newer line
                name = (row.root, row.root_tag or NO_TAG)
                self.on_sent(_message(row, "", name), row.root, standing(silent=row.silent, duress=row.duress))

    def send_again(self, aired: bool) -> None:
        """Publish what is still on its way, with `aired` also what a gateway has sent. Gateways know it by its id."""
        self._publish(None, aired)

    def _publish(self, made: str | None, aired: bool = True) -> Answers:
        with self._store.read() as connection:
            rows = store_replies.outgoing(connection, self._clock.wall(), made, aired)
            known = {row.id: store_replies.known_to(connection, row.alert, row.upto) for row in rows}
        for row in rows:
            self._to_gateways(row, known[row.id])
        return rows

    def _to_gateways(self, row: Row[Any], known: Lines) -> None:
        """Each gateway is named the newest line it has told us of, which alone counts once there are several; one
        that has told of none is named the first line."""
        for gateway in self._towards(known):
            self._post.send(gateway, _message(row, gateway, known.get(gateway, (row.root, row.root_tag or NO_TAG))))

    def _towards(self, known: Lines) -> list[str]:
        """The gateways that heard the alert and are alive; when none of them is, every gateway of the site."""
        reachable = known.keys() & set(self._alive()) & set(self._post.gateways)
        return sorted(reachable) or list(self._post.gateways)


def _message(row: Row[Any], gateway: str, name: tuple[int, str]) -> Answer:
    return Answer(
        id=row.id,
        gateway=gateway,
        node=row.node,
        sequence=name[0],
        tag=name[1],
        answer=row.answer,
        ordinal=row.ordinal,
        captain=row.opaque,
        at=row.at,
        expires=row.expires,
    )
