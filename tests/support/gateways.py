"""A site for the gateway's tests: bundles, beacons that make real frames, and a dashboard's desk on a real broker."""

import threading
import time
from pathlib import Path

from alertwire import gatewaypulse, line, pulse, receipt, telemetry

from tests.support import sites
from tests.support.waiting import PATIENCE_S, until
from whistle.bus import envelope, topics
from whistle.bus.link import Link
from whistle.bus.messages import Alert, Answer, Down, Settled, State, Up, Watch
from whistle.bus.numbers import Numbers
from whistle.site.bundles import DashboardBundle, GatewayBundle
from whistle.site.site import Site


class FakeBeacon:
    """Makes the frames of one beacon of the site, with the real builders and the real keys."""

    def __init__(self, settings: dict) -> None:
        self.node: int = settings["node"]
        self.up, self.down, self.status, self.group = (
            bytes.fromhex(settings[key]) for key in ("up", "down", "status", "group")
        )
        self.group_epoch: int = settings["group_epoch"]
        self.epoch: int = settings["device_epoch"]
        self.place: str = settings["place"]

    def sequence(self, counter: int) -> int:
        return self.epoch << 24 | counter

    def line(self, counter: int, kind: int = 0, word: str = "HELP", **more) -> bytes:
        text = line.compose(word, self.place, self.sequence(counter))
        return line.build(
            self.node, self.up, self.group, self.group_epoch, text, self.sequence(counter), kind=kind, **more
        )

    def pulse(self, counter: int, **more) -> bytes:
        body = telemetry.metrics(87, 4012, None, None, 3600)
        return pulse.build(self.node, self.up, self.status, self.group_epoch, self.sequence(counter), body, **more)

    def pair(self, payload: bytes) -> tuple[int, bytes]:
        """(sequence, tag) of a frame of ours."""
        made = line.parse(payload) if b" ~" in payload else pulse.parse(payload)
        return made.sequence, made.tag

    def reads(self, port: int, payload: bytes, *frames: bytes) -> int | None:
        """The answer byte that something on the air gives to one of these frames of ours, or None."""
        pairs = [self.pair(frame) for frame in frames]
        if port == 1:
            found = receipt.answered(receipt.parse(payload), self.node, self.down, pairs)
        else:
            found = gatewaypulse.answered(gatewaypulse.parse(payload), self.node, self.down, pairs)
        return None if found is None else found[1]


class World:
    """A site on disk with some beacons; `bundle` is what the gateway gets."""

    def __init__(self, folder: Path, beacons: int = 4) -> None:
        self.site: Site = sites.made(folder, beacons)
        self.folder = folder
        self.beacons = [FakeBeacon(self.site.beacon_settings(one.node)) for one in self.site.roster.beacons]

    @property
    def bundle(self) -> GatewayBundle:
        return self.site.bundle("gateway")

    @property
    def dashboard(self) -> DashboardBundle:
        return self.site.dashboard_bundle()

    def bundle_file(self) -> Path:
        from whistle.site import files

        path = self.folder / "gateway.bundle"
        files.write(path, files.pretty(self.bundle))
        return path


class Desk:
    """A dashboard: stores alerts once by (node, sequence, tag), settles them, keeps watch, answers."""

    def __init__(self, world: World, broker: str, store: str = "5" * 16, settles: bool = True) -> None:
        bundle = world.dashboard
        self.gateway = world.bundle.gateway
        self.up, self.down = bundle.link_keys(self.gateway)
        self.epoch = bundle.bus_epoch
        self.site, self.store, self.settles = bundle.site, store, settles
        self.sender = bytes.fromhex("d0" * 8)
        self.heard: list[Up] = []
        self.rows: dict[tuple[int, int, str], int] = {}
        self.first_row = 1
        self.watchers = 1
        self._numbers = Numbers(time.time())
        self._lock = threading.Lock()
        self._link = Link(broker, [topics.up(self.site, self.gateway)], self._received).start()
        assert self._link.wait(PATIENCE_S)

    def close(self) -> None:
        self._link.close()

    def of(self, kind: type) -> list:
        return [one for one in list(self.heard) if isinstance(one, kind)]

    @property
    def alerts(self) -> list[Alert]:
        """Every alert once."""
        return list({(a.node, a.sequence, a.tag): a for a in self.of(Alert)}.values())

    def state(self) -> State:
        until(lambda: self.of(State))
        return self.of(State)[-1]

    def say(self, message: Down, number: int | None = None) -> None:
        topic = topics.down(self.site, self.gateway)
        number = self._numbers.next() if number is None else number
        self._link.publish(topic, envelope.seal(self.down, self.epoch, self.sender, number, topic, message))

    def watch(self) -> None:
        self.say(Watch(at=time.time(), store=self.store, watchers=self.watchers))

    def answer(self, alert: Alert, what: str, ordinal: int = 1, id: str = "a" * 16, **more) -> Answer:
        now = time.time()
        said = Answer(
            id=id, gateway=self.gateway, node=alert.node, sequence=alert.sequence, tag=alert.tag, answer=what,
            ordinal=ordinal, captain="c1", at=more.get("at", now), expires=more.get("expires", now + 600),
        )  # fmt: skip
        self.say(said)
        return said

    def settle(self, alert: Alert, digest: str) -> None:
        key = (alert.node, alert.sequence, alert.tag)
        row = self.rows.setdefault(key, self.first_row + len(self.rows))
        self.say(Settled(gateway=self.gateway, row=alert.row, digest=digest, store=self.store, store_row=row))

    def _received(self, topic: str, payload: bytes) -> None:
        opened = envelope.unseal(self.up, topic, payload, self.epoch)
        with self._lock:
            self.heard.append(opened.message)
        if isinstance(opened.message, Alert) and self.settles:
            self.settle(opened.message, envelope.digest(payload))
