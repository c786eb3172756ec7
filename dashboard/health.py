"""How things stand with this dashboard and its gateways: looked at every round, told to every page."""

from dashboard.alive import LOST_S, Facts, GatewayFacts, Trouble, troubles
from dashboard.clock import Clock
from dashboard.errors import Unwritable
from dashboard.ingest import Ingest
from dashboard.live import Live
from dashboard.silence import Words
from dashboard.store import Store
from dashboard.store_air import all_gateways
from whistle.bus.messages import State
from whistle.site.bundles import DashboardBundle


class Health:
    """`troubles` as they were at the last `look`, the worst first; pages are told when they change."""

    def __init__(
        self, bundle: DashboardBundle, store: Store, live: Live, clock: Clock, ingest: Ingest, words: Words
    ) -> None:
        self._bundle, self._store, self._live, self._clock, self._ingest = bundle, store, live, clock, ingest
        self._words = words
        self.link_trouble: str | None = "not yet connected"
        self.troubles: list[Trouble] = []
        self._states: dict[str, tuple[float, State]] = {}
        self._began = clock.steady()

    @property
    def up_s(self) -> float:
        """Seconds since this dashboard began to listen."""
        return self._clock.steady() - self._began

    def look(self, watchers: int) -> None:
        """Judge anew; Unwritable, and that judged too, when the store cannot be read."""
        try:
            with self._store.read() as connection:
                self._states = all_gateways(connection)
        except Unwritable as error:
            self._judge(watchers, str(error))
            raise
        self._judge(watchers, None)

    def alive_gateways(self) -> list[str]:
        """Gateways that spoke lately enough to be counted on."""
        now = self._clock.steady()
        return [gateway for gateway, at in list(self._ingest.heard_at.items()) if now - at <= LOST_S]

    def _judge(self, watchers: int, unread: str | None) -> None:
        found = troubles(self._facts(watchers, unread))
        if found != self.troubles:
            self.troubles = found
            self._live.turn()

    def _facts(self, watchers: int, unread: str | None) -> Facts:
        return Facts(
            up_s=self.up_s,
            link=self.link_trouble,
            store=self._store.trouble,
            unread=unread,
            ingest=self._ingest.running,
            ingest_failed=self._ingest.failed,
            dropped=sum(self._ingest.inbox.dropped.values()),
            gateways=tuple(self._gateway(gateway.id, gateway.name) for gateway in self._bundle.gateways),
            watchers=watchers,
        )

    def _gateway(self, gateway: str, name: str) -> GatewayFacts:
        at = self._ingest.heard_at.get(gateway)
        if at is None or gateway not in self._states:
            return GatewayFacts(name, None, 0.0, None)
        arrived, state = self._states[gateway]
        now = self._clock.steady()
        return GatewayFacts(name, now - at, arrived - state.at, state, self._words.silence(gateway, now))
