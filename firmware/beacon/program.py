"""The beacon's program: its parts joined, its tasks, and what happens when one of them dies.

Everything that is due is done by two tasks, one that keeps time and one that sends; frames and button edges come in by
plain calls from the ports and are settled at once. A task that dies resets the board: a beacon that only looks alive is
worse than one that restarts.
"""

import asyncio

from alertwire.sequence import PacketIds, Reserve
from beacon.caller import Caller
from beacon.ears import Ears
from beacon.errors import BadSettings
from beacon.face import Face
from beacon.loop import Alarm, first
from beacon.patterns import DARK, LAMP, Player
from beacon.sender import Sender
from beacon.settings import PRESS, RELAY, Settings, read
from meshwire.airtime import Modem
from meshwire.channel import Channel, expand_key
from meshwire.node import Node
from meshwire.nodeinfo import user

if False:  # names for the type checker alone, never imported
    from collections.abc import Awaitable, Callable  # type: ignore[unreachable]

    from beacon.ports import Alive, Board, Radio

    Work = Callable[[Alive], Awaitable[None]]

MUTE = 1  # the role that nodes which do not relay tell of themselves


class Program:
    """One life of a beacon, from start to reset. Made of both ports; BadSettings when the settings file is no use."""

    def __init__(self, board: "Board", radio: "Radio") -> None:
        self.settings = settings = read(board.load("settings"))
        self._board = board
        self._radio = radio
        self._alarm = Alarm()
        self._reports: "list[int]" = []  # when each task was last alive
        self._window = 0  # until when a beacon that sleeps listens after a frame of its own
        reserve = Reserve(settings.device_epoch, self._load, self._store, board.random)
        self.node = _node(board, settings, PacketIds(settings.id, reserve.take_id))
        self.caller = Caller(board, settings, self.node, reserve)
        self.calling = self.caller.calling
        self.ears = Ears(board, settings, self.caller)
        self.sender = Sender(board, radio, self.node, settings.radio, self.heard, self._sent)
        self.face = Face(board, settings, self.caller, self.ears, self.sender)

    async def run(self) -> None:
        """Live until a task dies, which resets the board; to be cancelled when the power goes."""
        self._board.button(self.edge)
        ended = Alarm()
        works: "list[Work]" = [self._keep_time, self.sender.run]
        if self._radio.run:
            works.append(self._radio.run)
        if self._board.watchdog_ms:
            works.append(self._watch)
        tasks = [asyncio.create_task(self._live(work, ended)) for work in works]
        try:
            await ended.wait(None)
        finally:
            for task in tasks:
                task.cancel()

    def heard(self, frame: bytes, rssi: int, snr: float) -> None:
        """A frame arrives from the radio."""
        now = self._board.now()
        packet = self.node.heard(frame, now, rssi, snr)
        if packet and self.ears.take(packet, now):
            self._alarm.ring()
        if self.node.queue.used:
            self.sender.nudge()

    def edge(self, button: int, pressed: bool, at: int) -> None:
        """A button goes down or up at `at`, which may lie in the past."""
        whistling, seconds = self.ears.whistling, self._board.now() // 1000
        if pressed and whistling.sounding(seconds):
            whistling.mute(seconds)
        if not button:
            self._mean(self.caller.finger(pressed, at), at)
        elif pressed and self.settings.second_button:
            self._mean("silent", at)
        self._alarm.ring()

    def _mean(self, meaning: "str | None", at: int) -> None:
        """Do what a gesture means, the lamp first: it must not wait for flash."""
        now = self._board.now()
        if meaning in ("holding", "released"):
            self.face.finger(meaning == "holding", at)
        elif meaning:
            self.face.finger(False, at)
            line = False
            if meaning == "selftest":
                self.face.test(now)
            elif meaning == "service":
                self._board.service()
            else:
                line = self.calling.event(meaning, now)
            self.face.step(now)
            self.caller.pressed(line, now)

    async def _keep_time(self, alive: "Alive") -> None:
        """Do what is due, and sleep until something is."""
        while True:
            most = alive()
            now = self._board.now()
            self._step(now)
            due = self._due()
            await self._alarm.wait(first(most, None if due is None else max(1, due - now)))

    def _step(self, now: int) -> None:
        """Do everything that is due."""
        due = self.caller.gestures.due
        while (due() or now + 1) <= now:
            self._mean(self.caller.finger(None, now), now)
        self.caller.step(now)
        self.ears.step(now)
        self.face.step(now)
        self.sender.want(self.settings.mode != PRESS or self.node.queue.used > 0 or now < self._awake_until())
        self.sender.nudge()

    def _due(self) -> "int | None":
        """When there is something to do next."""
        sleeps = self._awake_until() if self.settings.mode == PRESS and self.sender.wanted else None
        return first(self.caller.due(), self.caller.gestures.due(), self.face.due(), sleeps)

    def _awake_until(self) -> int:
        """Until when a beacon that sleeps between its windows listens."""
        return max(self._window, self.calling.listen_until())

    def _sent(self) -> None:
        """A frame has left, or the radio has failed, or works again."""
        if self.settings.mode == PRESS:
            self._window = self._board.now() + self.settings.timing["window_ms"]
        self._alarm.ring()

    async def _live(self, work: "Work", ended: Alarm) -> None:
        """Run one task; when it ends, for whatever reason but the end of everything, the board is reset."""
        at = len(self._reports)
        self._reports.append(self._board.now())
        most = self._board.watchdog_ms // 4 or None

        def alive() -> "int | None":
            self._reports[at] = self._board.now()
            return most

        try:
            await work(alive)
            why = "came to its end"
        except Exception as error:  # noqa: BLE001 - the last resort, and the only one: see the top of this file
            why = repr(error)
        self._board.reset("a task died: " + why)
        ended.ring()

    async def _watch(self, alive: "Alive") -> None:
        """Feed the watchdog as long as every task has reported within its period."""
        while True:
            rest = alive()
            if self._board.now() - min(self._reports) <= self._board.watchdog_ms:
                self._board.feed()
            await Alarm().wait(rest)

    def _load(self, copy: int) -> "bytes | None":
        return self._board.load("state%d" % copy)

    def _store(self, copy: int, record: bytes) -> None:
        self._board.save("state%d" % copy, record)


def _node(board: "Board", settings: Settings, ids: PacketIds) -> Node:
    """The beacon's share of the mesh: on the site's channel, a relay where its mode says so."""
    radio = settings.radio
    relays = settings.mode == RELAY
    return Node(
        settings.node,
        [Channel(settings.channel_name, expand_key(settings.channel_psk), board.aes)],
        Modem(radio["sf"], radio["bw_hz"], radio["cr"], radio["preamble"]),
        board.random,
        ids.next,
        _nothing,
        user(settings.node, settings.name, settings.short, 0 if relays else MUTE, True),
        relays,
        relays,
        settings.hop_limit,
        now_ms=board.now(),
    )


def _nothing(kind: int, id: int, error: int) -> None:
    """Whether somebody repeated a frame of ours drives nothing: only a gateway's word counts (section 9)."""


def start() -> None:
    """Run the beacon on the board that the file `board` names: a module of `beacon.boards`, told by the technician's tool."""
    with open("board") as file:
        name = "beacon.boards." + file.read().strip()
    board, radio = __import__(name, None, None, ("ports",)).ports()
    asyncio.run(serve(board, radio))


async def serve(board: "Board", radio: "Radio") -> None:
    """Run the beacon; with settings that are no use say so, on console and lamp, for as long as the board has power."""
    try:
        program = Program(board, radio)
    except BadSettings as error:
        board.say(str(error))
        lamp = Player(LAMP, board.lamp, DARK, board.plays)
        lamp.show("bad-settings", board.now())
        while True:
            board.feed()
            await Alarm().wait((lamp.due() or board.now() + 1000) - board.now())
            lamp.step(board.now())
    await program.run()
