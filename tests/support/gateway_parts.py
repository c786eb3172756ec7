"""A gateway's inside without radios and brokers: settle frames one by one, look at what became of them."""

from pathlib import Path

from gateway.answerer import Answerer
from gateway.clock import Clock
from gateway.gateway import Gateway
from gateway.hearing import Hearing
from gateway.keeper import KEEP_EVERY_S
from gateway.pipeline import After
from gateway.reader import HeardGateway, Refusal
from gateway.sources.kept import SPACING_S
from gateway.sources.port import Outgoing, Status
from tests.support.gateways import FakeBeacon, World

NOWHERE = ("tcp://127.0.0.1:1",)
NO_BROKER = "mqtt://127.0.0.1:1"


class FakeClock(Clock):
    """Both clocks by hand: `tick` moves both, `jump` the wall clock alone."""

    def __init__(self, wall: float = 1_800_000_000.0, boot: str = "boot-1") -> None:
        self.boot = boot
        self.now = 1000.0
        self.offset = wall - self.now

    def wall(self) -> float:
        return max(self.now + self.offset, 0.0)

    def steady(self) -> float:
        return self.now

    def tick(self, seconds: float) -> None:
        self.now += seconds

    def jump(self, to_wall: float) -> None:
        self.offset = to_wall - self.now


class FakeSource:
    """A radio that takes what a stock radio takes, on the fake clock."""

    def __init__(self, clock: Clock, url: str = "tcp://fake", node: int = 0x0F0F0F0F) -> None:
        self.url, self.node, self.clock = url, node, clock
        self.up = True
        self.sent: list[tuple[float, int, bytes]] = []
        self.tickets: list[int] = []
        self.last_ticket = 0
        self._last: dict[int, float] = {}

    def status(self) -> Status:
        return Status(self.url, self.node, self.up, 0.0, None, None)

    def ready_in(self, port: int) -> float:
        if not self.up:
            return float("inf")
        spacing = SPACING_S.get(port, 0.0)
        return max(self._last.get(port, -spacing) + spacing - self.clock.steady(), 0.0)

    def submit(self, packet: Outgoing) -> bool:
        self._last[packet.port] = self.clock.steady()
        self.sent.append((self.clock.steady(), packet.port, packet.payload))
        self.tickets.append(packet.ticket)
        self.last_ticket = packet.ticket
        return True

    def on(self, port: int) -> list[bytes]:
        return [payload for _, where, payload in self.sent if where == port]

    def start(self) -> None: ...

    def stop(self, patience: float) -> None: ...


class Inside(Gateway):
    """A real gateway, every part but radio and broker, driven by hand on a fake clock."""

    def __init__(self, world: World, folder: Path, clock: FakeClock | None = None) -> None:
        self.fake = clock or FakeClock()
        self.radio = FakeSource(self.fake)
        self.done: list[After] = []
        super().__init__(world.bundle, folder, NOWHERE, NO_BROKER, self.fake, [self.radio])
        self.answerer.resume(self.ledger.answers(), self._family)
        self.turn()

    @property
    def voice(self) -> Answerer:
        return self.answerer

    def hear(self, beacon: FakeBeacon | int, port: int, payload: bytes, **more) -> list[After]:
        """One hearing all the way to the commit and what follows it; what it was."""
        sender = beacon if isinstance(beacon, int) else beacon.node
        one = Hearing("tcp://fake", sender, 1, port, payload, -80.0, 6.0, 1, self.fake.wall())._replace(**more)
        reading = self.reader.read(one)
        if reading is None:
            return []
        if isinstance(reading, Refusal):
            self.refused(reading)
            return [reading]
        if isinstance(reading, HeardGateway):
            self.answerer.overheard(reading)
            return []
        return self.turn([reading])

    def turn(self, items=()) -> list[After]:
        done = self.pipeline.turn(list(items))
        for one in done:
            self.act(one)
        return done

    def keep(self) -> None:
        """What may wait for a second is written."""
        self.fake.tick(KEEP_EVERY_S)
        self.turn()

    def run(self, seconds: float, step: float = 0.05) -> None:
        """Let the air side work for a while."""
        end = self.fake.now + seconds
        while self.fake.now < end:
            self.answerer.turn()
            while self.radio.tickets:
                self.fate(self.radio.url, self.radio.tickets.pop(), True, "")
            self.fake.tick(step)

    def close(self) -> None:
        self.ledger.close()
        self.home.close()
