"""The beacon's program: its parts joined, its tasks, and what happens when one of them dies.

Everything that is due is done by two tasks, one that keeps time and one that sends; frames and button edges come in by
plain calls from the ports and are settled at once. A task that dies resets the board: a beacon that only looks alive is
worse than one that restarts.
"""

import asyncio
import json

from alertwire.sequence import PacketIds, Reserve
from meshwire.airtime import Modem
from meshwire.node import ON_AIR, Node
from meshwire.wire import Channel, expand_key, user

from beacon.caller import Caller, Ears
from beacon.errors import Asleep, BadSettings
from beacon.loop import Alarm, first, kept, revive
from beacon.patterns import Face
from beacon.sender import Sender
from beacon.settings import read

if False:  # names for the type checker alone, never imported
    from collections.abc import Callable, Coroutine  # type: ignore[unreachable]
    from typing import Any

    from beacon.ports import Alive, Board, Radio

    Work = Callable[[Alive], Coroutine[Any, Any, None]]

LIFE = 3  # of what memory holds through a deep sleep: raise it whenever a KEEPS changes
# A start from deep sleep costs the charge of so long a light sleep: on a quieter air deep sleep is cheaper.
QUIET_MS = 36000
DEAF_MS = 300000  # for so long at most a receiver may go without a start of its gain control


class Program:
    """One life of a beacon, from start to reset. Made of both ports; BadSettings when the settings file is no use."""

    def __init__(self, board: "Board", radio: "Radio") -> None:
        self.settings = settings = read(board.load("settings"))
        self._board = board
        self._radio = radio
        self._alarm = Alarm()
        self._well = False  # whether the board was told that all goes well
        # Until when a frame that waits for a free air keeps a beacon awake that sleeps else.
        self._patience = board.now() + 300000
        self._window = 0  # until when a beacon that sleeps listens after a frame of its own
        self._sleeps = settings.mode == 0
        self._failed = False
        reserve = Reserve(
            settings.device_epoch,
            lambda copy: board.load("state%d" % copy),
            lambda copy, record: board.save("state%d" % copy, record),
            board.random,
            board.memory(),
        )
        tuning = settings.radio
        self.node = self._noded(PacketIds(settings.id, reserve.take_id).next)
        self.caller = Caller(board, settings, self.node, reserve)
        self.calling = self.caller.calling
        self.ears = Ears(board, settings, self.caller)
        self.sender = Sender(board, radio, self.node, tuning, self.heard, self._sent)
        self.face = Face(board, settings, self.caller, self.ears, self.sender)
        self._reserve = reserve
        self._parts: "tuple[Any, ...]" = (
            self.caller, self.calling, self.caller.pulses, self.node, self.node.sending, self.ears, self.ears.numbers,
            reserve,
        )  # fmt: skip
        # Whether a frame may end its deep sleep; a chip that wakes by that cannot wake by a second button.
        self._listens = settings.mode == 1 and not settings.second_button and board.hears()
        if self._listens:
            self._parts += (self.ears.echoes,)
        self._slept = 0  # a button that was down before then has had its meaning
        # Awake for a moment after a press or power-on: what stands can be seen.
        self._began = self._heard_at = board.now()
        self._stay = self._began + (0 if board.cause == "timer" else 10000)
        board.dozes, board.volume = settings.mode < 2, settings.volume
        radio.sniffing = settings.mode == 1
        if reserve.life:
            self._wake(reserve.life)

    def _noded(self, next_id: "Callable[[], int]") -> Node:
        """Our share of the mesh. Radios that seal by themselves learn its channel and number with their tuning."""
        board, settings, tuning = self._board, self.settings, self.settings.radio
        relays = settings.mode == 2
        channel = Channel(settings.channel_name, expand_key(settings.channel_psk), board.aes)
        tuning["channel"], tuning["node"] = channel, settings.node  # type: ignore[assignment]
        node = Node(
            settings.node,
            [channel],
            Modem(tuning["sf"], tuning["bw_hz"], tuning["cr"], tuning["preamble"]),
            board.random,
            next_id,
            self._meshed,
            # no chat can be had with a beacon; its role is 1, mute, where it does not relay
            user(settings.node, settings.name, settings.short) + (b"\x48\x01" if relays else b"\x38\x01\x48\x01"),
            relays,
            relays,
            settings.hop_limit,
            now_ms=board.now(),
        )
        node.busy_looks = tuning["busy_looks"]
        return node

    def _wake(self, life: bytes) -> None:
        """Go on as before a deep sleep; what another version kept is forgotten."""
        line, _, rings = life.partition(b"\n")
        values = json.loads(line)
        if values.pop(0) == [LIFE, self._listens]:
            self._slept, self._heard_at = values.pop(0), values.pop(0)
            revive(self._parts, values, rings)

    def _lie_down(self) -> None:
        """Give the board its memory and let it sleep until a press, or until something is due."""
        board = self._board
        board.lamp(False, "", "dark")  # pins stay as they are: lit would be lit for hours
        self._fine()
        self.ears.save()
        now = board.now()
        rest = self._reserve.rest(kept(self._parts, [[LIFE, self._listens], now, self._heard_at]))
        most = first((self._next() or now) - now, DEAF_MS if self._listens else None)
        board.deep_sleep(max(1, most or 0), rest, self._listens)

    def _fine(self) -> None:
        """Tell the board, once, that this program runs and its radio answers."""
        if not self._well and not self.sender.failed:
            self._well = True
            self._board.well()

    def _next(self) -> "int | None":
        """When there is something to say."""
        return first(self.calling.due(), self.caller.pulses.due)

    def _may_sleep(self, now: int) -> bool:
        """Whether all is said, shown and judged, and nothing due for a while: of a beacon that listens, on a quiet air
        and with no call open."""
        quiet = self._sleeps or (
            now - self._heard_at >= QUIET_MS
            and self.calling.state == "I"
            and not self.node.queue.used
            and self._board.hears()
        )
        return (
            quiet
            and now >= self._stay
            and self.sender.resting()
            and self.face.resting(now)
            and self.caller.gestures.due() is None
            and (self._next() or now) - now > 3000
        )

    async def run(self) -> None:
        """Live until a deep sleep, or until a task dies: reset the board, and raise what killed it.

        To be cancelled when the power goes.
        """
        board, reset = self._board, True
        board.button(self.edge)
        works: "list[Work]" = [self._watch, self._keep_time, self.sender.run]
        for work in (self._radio.run, board.run):
            if work:
                works.append(work)
        self._silent = self._all = (1 << len(works)) - 1
        tasks = [asyncio.create_task(works[at](self._alive(1 << at))) for at in range(len(works))]
        try:
            await asyncio.gather(*tasks)
        except (Asleep, asyncio.CancelledError) as end:
            reset = False
            if not isinstance(end, Asleep):
                raise
        finally:
            for task in tasks:
                task.cancel()
            if reset:
                board.reset("a task died")

    def heard(self, frame: bytes, rssi: int, snr: float) -> None:
        """A frame arrives from the radio."""
        now = self._heard_at = self._board.now()
        packet = self.node.heard(frame, now, rssi, snr)
        if packet and self.ears.take(packet, now):
            self._alarm.ring()
        if self.node.queue.used:
            self.sender.nudge()

    def _meshed(self, kind: int, id: int, error: int) -> None:
        """The mesh tells of a packet of ours. That drives the lamp alone: a gateway's word counts (section 9)."""
        if kind == ON_AIR:
            self.caller.repeated(id)
            self._alarm.ring()

    def edge(self, button: int, pressed: bool, at: int) -> None:
        """A button goes down or up at `at`, which may lie in the past."""
        if pressed and self._slept and at < self._slept:
            return
        if pressed:
            self.ears.whistling.until = 0  # whatever it sounds for: muted here until the next alert
        if not button:
            self._mean(self.caller.finger(pressed, at), at)
        elif pressed and self.settings.second_button:
            self._mean("silent", at)
        self._alarm.ring()

    def _mean(self, meaning: "str | None", at: int) -> None:
        """Do what a gesture means, the lamp first: it must not wait for flash."""
        now, line = self._board.now(), False
        if not meaning:
            return
        self.face.finger(meaning == "holding", at)
        if meaning == "selftest":
            self.face.test(now)
        elif meaning == "service":
            self._board.service()
        elif meaning not in ("holding", "released"):
            line = self.calling.event(meaning, now)
        self.face.step(now)
        if line:
            self.caller.new_line(now)

    async def _keep_time(self, alive: "Alive") -> None:
        """Do what is due, and sleep until something is."""
        while True:
            most = alive()
            now = self._board.now()
            self._step(now)
            due = first(
                self._next(),
                self.caller.gestures.due(),
                self.face.due(),
                self._awake_until() if self._sleeps and self.sender.wanted else None,
            )
            if self._board.deep and (self._listens or self._sleeps and not self.sender.wanted):
                if self._may_sleep(now):
                    self._lie_down()  # here, where no other task can come between: one might be told of a press
                    raise Asleep
                due = first(due, now + 500 if self._sleeps else max(now + 3000, self._heard_at + QUIET_MS))
            await self._alarm.wait(first(most, max(1, (due or now) - now)))

    def _step(self, now: int) -> None:
        """Do everything that is due."""
        due = self.caller.gestures.due
        while (due() or now + 1) <= now:
            self._mean(self.caller.finger(None, now), now)
        self.caller.step(now)
        self.ears.step(now)
        self.face.step(now)
        sender = self.sender
        if not self.node.queue.used:
            self._patience = now + 300000
        # What a broken radio does not take, or a jammed air for five minutes, comes again by the schedule of its call.
        waiting = self.node.queue.used > 0 and not sender.failed and now < self._patience
        sender.wanted = not self._sleeps or waiting or now < self._awake_until()
        sender.nudge()

    def _awake_until(self) -> int:
        """Until when a beacon that sleeps between its windows listens."""
        return max(self._window, self.calling.listen_until(), self.ears.survey or 0)

    def _sent(self) -> None:
        """A frame has left, or the radio has failed, or works again."""
        failed = self.sender.failed
        if self._sleeps or failed != self._failed:
            self._failed = failed
            self._window = self._board.now() + self.settings.timing["window_ms"]
            self._alarm.ring()

    def _alive(self, bit: int) -> "Alive":
        """Return what a task calls when it wakes: it reports, and learns how long it may sleep."""

        def alive() -> "int | None":
            self._silent &= ~bit
            return self._board.watchdog_ms // 4 or None

        return alive

    async def _watch(self, alive: "Alive") -> None:
        """Feed the watchdog each time that every task has reported since the last time."""
        while True:
            rest = alive()
            if not self._silent:
                self._silent = self._all
                self._board.feed()
                if self._board.now() > self._began + 60000:
                    self._fine()
            await Alarm().wait(rest)


async def serve(board: "Board", radio: "Radio") -> None:
    """Run the beacon; with settings that are no use say so, on the console and by a steady light.

    Every minute then the board starts again: a release that cannot read what the one before it could falls back so.
    """
    board.collect()  # what importing left behind: what is made now and stays must not lie scattered among it
    try:
        program = Program(board, radio)
    except BadSettings as error:
        board.say(str(error))
        board.lamp(True, "red", "bad-settings")
        for _ in range(60):
            board.feed()
            await Alarm().wait(1000)
        board.reset("bad settings")
        return
    await program.run()


def start() -> None:
    """Run the beacon on the board whose wiring the file `board` tells: a port of beacon.boards, a driver of .radios.

    A board whose settings say `modem` and no more is a gateway's radio instead.
    """
    with open("board") as file:
        wiring = json.load(file)
    board = _hardware("boards." + wiring["port"]).Board(wiring)
    radio = _hardware("radios." + wiring["radio"]["driver"]).Radio(wiring["radio"], board.listened)
    board.attend(radio)
    try:
        if board.load("settings") == b"modem":
            _hardware("modem").start(board, radio, wiring["port"].encode())
        asyncio.run(serve(board, radio))
    except KeyboardInterrupt:
        board.attended()
        raise


def _hardware(name: str) -> "Any":
    """Import what this board has, and nothing that it has not."""
    return __import__("beacon." + name, None, None, ("Board",))
