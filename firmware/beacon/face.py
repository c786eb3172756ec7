"""What a resident sees and hears: one word at a time on the lamp, one on the whistle, chosen from what is true now."""

from beacon.loop import first
from beacon.patterns import DARK, LAMP, SILENT, WHISTLE, Player

if False:  # names for the type checker alone, never imported
    from beacon.caller import Caller  # type: ignore[unreachable]
    from beacon.ears import Ears
    from beacon.ports import Board
    from beacon.sender import Sender
    from beacon.settings import Settings

HINT_MS = 80  # a finger this long on the button lights the lamp; most quick taps are shorter and light nothing
COVERED_MS = (25 * 3600000, 600000, 600000)  # by mode: a gateway heard so long ago still counts as there
TEST_MS = 6000


class Face:
    """`finger` and `test` are told what the button did; `step` shows what is true and is called at `due`."""

    def __init__(self, board: "Board", settings: "Settings", caller: "Caller", ears: "Ears", sender: "Sender") -> None:
        self._settings = settings
        self._caller = caller
        self._ears = ears
        self._sender = sender
        self._lamp = Player(LAMP, board.lamp, DARK, board.plays)
        self._whistle = Player(WHISTLE, board.whistle, SILENT, board.plays)
        self._held: "int | None" = None  # from when the lamp says that the button is held
        self._tested = ""  # what the self-test found, and until when it is shown
        self._test_until: "int | None" = None
        self._call = caller.calling.lamp(board.now())

    def finger(self, down: bool, at: int) -> None:
        """The button is held down since `at`, or is not, or that has had its meaning."""
        self._held = at + HINT_MS if down else None

    def test(self, now: int) -> None:
        """Self-test: say whether a gateway was heard lately, and with a battery that is low only that."""
        heard, caller = self._ears.gateway_at, self._caller
        caller.look()
        covered = heard is not None and now - heard <= COVERED_MS[self._settings.mode]
        self._tested = "low-battery" if caller.low else "covered" if covered else "not-covered"
        self._test_until = now + TEST_MS

    def due(self) -> "int | None":
        """When `step` must be called next."""
        return first(
            self._lamp.due(),
            self._whistle.due(),
            None if self._lamp.word == "holding" else self._held,
            self._ears.whistling.until * 1000 if self._whistle.word == "neighbour" else None,
            self._test_until,
        )

    def step(self, now: int) -> None:
        """Show and sound what is true now."""
        if self._test_until is not None and now >= self._test_until:
            self._test_until = None
        call = self._caller.calling.lamp(now)
        sounding = self._ears.whistling.sounding(now // 1000)
        self._lamp.step(now)
        self._lamp.show(self._word(call, sounding, now), now)
        whistle = self._whistle
        whistle.step(now)
        if sounding:
            whistle.show("neighbour", now)
        elif whistle.word == "neighbour":
            whistle.show(SILENT, now)
        elif call != self._call and call in ("shown", "coming") and self._settings.whistle:
            whistle.show(call, now)
        self._call = call

    def _word(self, call: str, sounding: bool, now: int) -> str:
        """The word for the lamp: the finger first, then our call, then others, then what a keeper should know."""
        failed = self._sender.failed
        if self._held is not None and now >= self._held:
            return "holding"
        if call and not (failed and call in ("sent", "not-yet")):
            return call
        if sounding:
            return "neighbour"
        if self._test_until is not None:
            return self._tested
        return "failed-radio" if failed else "low-battery" if self._caller.low else DARK
