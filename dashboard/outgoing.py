"""Publishes answers to the gateways that can reach the beacon: at once, and again when a line or gateway comes back."""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Row

from dashboard import store_replies
from dashboard.clock import Clock
from dashboard.feed import standing
from dashboard.post import Post
from dashboard.store import Store
from whistle.bus.messages import NO_TAG, Answer
from whistle.bus.open_feed import Standing

Alive = Callable[[], Iterable[str]]


class Outgoing:
    """Answers on their way. `alive` names the gateways heard of lately."""

    def __init__(self, store: Store, post: Post, clock: Clock, alive: Alive) -> None:
        self._store, self._post, self._clock, self._alive = store, post, clock, alive
        self.on_sent: Callable[[Answer, int, Standing], None] = lambda _answer, _first, _standing: None

    def send(self, made: str | None = None) -> int:
        """Publish this answer, or every one still on its way; returns how many messages the link took."""
        with self._store.read() as connection:
            rows = store_replies.outgoing(connection, self._clock.wall(), made)
            heard = {row.id: store_replies.heard_by(connection, row.alert) for row in rows}
        return sum(self._publish(row, heard[row.id]) for row in rows)

    def _publish(self, row: Row[Any], heard: set[str]) -> int:
        """The alert is named by its first line, which means the same call to a gateway that missed the later ones."""
        taken = 0
        for gateway in self._towards(heard):
            message = Answer(
                id=row.id,
                gateway=gateway,
                node=row.node,
                sequence=row.root,
                tag=row.root_tag or NO_TAG,
                answer=row.answer,
                ordinal=row.ordinal,
                captain=row.opaque,
                at=row.at,
                expires=row.expires,
            )
            taken += self._post.send(gateway, message)
        self.on_sent(message, row.root, standing(silent=row.silent, duress=row.duress))
        return taken

    def _towards(self, heard: set[str]) -> list[str]:
        """The gateways that heard the alert and are alive; when none of them is, every gateway of the site."""
        reachable = heard & set(self._alive()) & set(self._post.gateways)
        return sorted(reachable) or list(self._post.gateways)
