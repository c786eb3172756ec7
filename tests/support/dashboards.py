"""A small site for the dashboard's tests: its bundle, gateways that speak, and a dashboard that hears them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard import create_app, passwords, store_people
from dashboard.clock import Clock
from dashboard.parts import Dashboard
from dashboard.settings import Settings
from whistle.bus import envelope, topics
from whistle.bus.messages import Alert, Down, Hearing, Message, Pulse, Radio, State
from whistle.bus.numbers import Numbers
from whistle.site import roster
from whistle.site.bundles import DashboardBundle, Gateway, PulseMeans
from whistle.site.roster import Beacon, Mode, Place, Private

SITE = "00" * 4 + "a1b2c3d4"
PRK = bytes(range(32))
MILL, HALL = "11" * 8, "22" * 8
CORNER, COURT, QUIET, GONE = 0x0A1B2C3D, 0x0A1B2C3E, 0x0A1B2C3F, 0x0A1B2C40
START = 1_790_000_000.0  # Unix seconds, 2026
TAG = "3c78698ab7ba6e28"
PASSWORD = "four words and a lamp"


class Time(Clock):
    """A clock that the test sets: `wall` may jump, `steady` only goes on."""

    def __init__(self) -> None:
        self.wall_now = self.steady_now = START

    def wall(self) -> float:
        return self.wall_now

    def steady(self) -> float:
        return self.steady_now

    def pass_(self, seconds: float) -> None:
        self.wall_now += seconds
        self.steady_now += seconds


def place(node: int, name: str, x: float, y: float, private: Private | None = None) -> Place:
    return Place(
        node=node, name=name, public=name, private=private or Private(), lat=44 + y / 111_195, lon=-31 + x / 80_000
    )


def beacons(extra: Sequence[Place] = (), mode: Mode = "press") -> list[Beacon]:
    made = [Beacon(node=node, epoch=1, mode="relay", kinds=["help"]) for node in (CORNER, COURT, QUIET)]
    made.append(Beacon(node=GONE, epoch=1, mode="listen", kinds=["help"], revoked=True, suspended=True))
    return made + [Beacon(node=one.node, epoch=1, mode=mode, kinds=["help"]) for one in extra]


def bundle(
    extra: Sequence[Place] = (),
    gateways: Sequence[tuple[str, str]] = ((MILL, "Mill"), (HALL, "Hall")),
    mode: Mode = "press",
) -> DashboardBundle:
    key = roster.signing_key(PRK, bytes.fromhex(SITE))
    places = [
        place(CORNER, "34th & Cedar", 0, 0),
        place(COURT, "Juniper Court", 90, 60, Private(entrance="courtyard", floor="3", door="14", note="ring")),
        place(QUIET, "Boat House", -120, 30),
        place(GONE, "Old Bakery", 40, -80),
        *extra,
    ]
    signed = roster.signed(key, SITE, 3, beacons(extra, mode), places)
    return DashboardBundle(
        site=SITE,
        name="Lindenmoor",
        bus_root="ab" * 32,
        bus_epoch=1,
        language="en",
        region="US",
        preset="SHORT_TURBO",
        gateways=[Gateway(id=one, name=name) for one, name in gateways],
        roster=signed,
        roster_key=roster.public_key(key),
        pulse_mean_s=PulseMeans(relay=390, listen=900, press=27_000),
    )


class Speaker:
    """A gateway on the bus: what it says, sealed as it would be."""

    def __init__(self, site: DashboardBundle, gateway: str = MILL, now: float = START) -> None:
        self.site, self.gateway = site, gateway
        self.up, self.down = site.link_keys(gateway)
        self.numbers = Numbers(now)
        self.row = 0

    def sealed(self, message: Message) -> tuple[str, bytes]:
        topic = topics.up(self.site.site, self.gateway)
        number = self.numbers.next()
        return topic, envelope.seal(self.up, self.site.bus_epoch, bytes.fromhex(self.gateway), number, topic, message)

    def alert(self, **changes: Any) -> Alert:
        self.row += 1
        facts: dict[str, Any] = {
            "row": self.row,
            "node": CORNER,
            "sequence": 1042,
            "tag": TAG,
            "kind": "help",
            "event": "raised",
            "text": "HELP 34th & Cedar #1042",
            "drill": False,
            "low": False,
            "doubt": False,
            "position": None,
            "judged": "fresh",
            "age": "fresh",
            "age_limit_s": None,
            "heard_at": START,
            "hearings": [Hearing(source="tcp://127.0.0.1:4403", at=START, rssi=-80.0, snr=7.5, hops=1)],
        }
        facts |= changes
        facts.setdefault("of", facts["sequence"])
        return Alert(**facts)

    def state(self, **changes: Any) -> State:
        facts: dict[str, Any] = {
            "at": START,
            "started": START - 60,
            "name": "Mill",
            "outbox": 0,
            "counts": {"received": 12},
            "refused": {},
            "cut_off": False,
            "freshness_proven": True,
            "version": "0.1",
            "roster": 3,
            "radios": [Radio(url="tcp://127.0.0.1:4403", node=7, up=True, since=START - 60, last_packet=START - 1)],
        }
        return State(**(facts | changes))

    def pulse(self, **changes: Any) -> Pulse:
        facts: dict[str, Any] = {
            "node": CORNER,
            "at": START,
            "battery": 87,
            "millivolts": 4000,
            "low": False,
            "doubt": False,
            "tamper": False,
            "mode": "relay",
            "standing": "routine",
            "hops": 1,
            "snr": 6.0,
            "rssi": -90.0,
        }
        return Pulse(**(facts | changes))


@dataclass
class World:
    """A dashboard with a clock in our hand and the bus in our ear."""

    app: Flask
    time: Time
    site: DashboardBundle
    said: list[tuple[str, Down]] = field(default_factory=list)

    @property
    def whistle(self) -> Dashboard:
        return self.app.extensions["whistle"]

    def publish(self, topic: str, payload: bytes) -> bool:
        gateway = topics.parse(topic).gateway
        opened = envelope.unseal(self.site.link_keys(gateway)[1], topic, payload, self.site.bus_epoch)
        self.said.append((gateway, opened.message))
        return True

    def hear(self, speaker: Speaker, *messages: Message) -> None:
        """Messages arrive and are taken in, now."""
        for message in messages:
            self.whistle.ingest.arrived(*speaker.sealed(message))
        while self.whistle.ingest.inbox.waiting:
            self.whistle.ingest.take(self.whistle.ingest.inbox.take(0))

    def told(self, kind: type[Any]) -> list[Any]:
        """What of this kind was said on the bus, in order."""
        return [message for _gateway, message in self.said if isinstance(message, kind)]


def world(data: Path, site: DashboardBundle | None = None, **settings: Any) -> World:
    time = Time()
    made = World.__new__(World)
    site = site or bundle()
    app = create_app(Settings(site, data, "mqtt://127.0.0.1:1", **settings), time, lambda *sent: made.publish(*sent))
    made.__init__(app, time, site)  # type: ignore[misc]
    app.testing = True
    return made


@cache
def _hash() -> str:
    return passwords.hashed(PASSWORD)


def add(one: World, name: str = "Maria", keeper: bool | None = None) -> Any:
    with one.whistle.store.write() as connection:
        return store_people.add(connection, name, _hash(), one.time.wall(), keeper)


class Captain:
    """A browser without scripts: signs in, carries the page's token in every form."""

    def __init__(self, one: World, name: str = "Maria") -> None:
        self.client: FlaskClient = one.app.test_client()
        self.token = ""
        self.name = name

    def sign_in(self, password: str = PASSWORD, **headers: str) -> TestResponse:
        self.get("/sign-in")
        answer = self.post("/sign-in", {"name": self.name, "password": password}, **headers)
        if answer.status_code == 302:
            self.get("/")
        return answer

    def get(self, path: str, **headers: str) -> TestResponse:
        answer = self.client.get(path, headers=headers)
        answer.get_data()
        answer.close()
        found = (
            re.search(r'name="csrf-token" content="([^"]+)"', answer.get_data(as_text=True))
            if answer.mimetype == "text/html"
            else None
        )
        self.token = found[1] if found else self.token
        return answer

    def post(self, path: str, form: dict[str, Any], **headers: str) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token} | form, headers=headers)

    def json(self, path: str, body: Any) -> TestResponse:
        return self.client.post(path, json=body, headers={"X-CSRFToken": self.token, "X-Requested-With": "fetch"})

    def answer(self, alert: int, word: str) -> TestResponse:
        return self.post(f"/alerts/{alert}/answer", {"answer": word})
