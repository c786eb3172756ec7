"""How long a battery lasts: a board's currents times what its mode does. Nothing here was measured by us.

Every current says whether somebody measured it, a datasheet says so, or it is an estimate; a result is worth as much as
the worst figure that makes up a tenth of it. Charges in mAh, currents in mA at the battery, times in seconds.
"""

from math import exp, expm1
from typing import Final, Literal, NamedTuple

from alertwire.calling import Calling
from meshwire import plan

from whistle.workbench.boards import Board
from whistle.workbench.boards.rules import CHIPS

Known = Literal["measured", "datasheet", "estimate"]
Mode = Literal["press", "listen", "relay"]

MODES: Final[tuple[Mode, ...]] = ("press", "listen", "relay")
WORTH: Final[tuple[Known, ...]] = ("measured", "datasheet", "estimate")
HOUR_S, DAY_S, MONTH_S = 3600, 86400, 2629800
YEAR_S: Final = 365.25 * DAY_S
MC_PER_MAH: Final = 3600
BEACONS: Final = 60  # of a site, where nobody says more
SNIFF_SYMBOL_US: Final = (
    2048  # SF9 at 250 kHz: on faster presets starting the oscillator costs more than sleeping saves
)
SNIFF_SYMBOLS: Final = 5
BAD_SLEEP_MA: Final = 0.5
QUIET_S: Final = 36  # without a frame, then a listening beacon sleeps deeply (firmware/beacon/program.py)
DEAF_S: Final = 300  # and starts its receiver anew


class Figure(NamedTuple):
    """A number, what it is worth, and where it is from."""

    value: float
    known: Known
    source: str


RX: Final = {
    "dcdc": Figure(4.6, "datasheet", "SX126x receiving, DC-DC, 4.2 to 4.6 mA by its maker"),
    "ldo": Figure(8.8, "estimate", "SX126x receiving, LDO, 8 to 9 mA"),
    "sx127x": Figure(11.5, "datasheet", "SX127x receiving, 11 to 12 mA"),
    "stream": Figure(45.0, "estimate", "a stock node left on, ESP32 class, 40 to 80 mA"),
}
ASLEEP: Final = Figure(0.0006, "datasheet", "radio in warm sleep, 0.6 uA by its maker; 1.2 uA measured on one module")
TX_22: Final = Figure(118, "datasheet", "SX126x sending 22 dBm")
TX_14: Final = Figure(45, "datasheet", "SX126x sending 14 dBm")
TX_SX127X: Final = Figure(95, "measured", "SX127x sending 20 dBm, 92 to 98 mA")
USABLE: Final = Figure(0.85, "estimate", "share of the printed capacity that can be used")
SELF_DISCHARGE: Final = Figure(0.02, "estimate", "of the capacity lost by itself in a month")
COPIES: Final = Figure(2, "estimate", "copies of a pulse until a gateway answers")
HEARD_AN_HOUR: Final = Figure(60, "estimate", "frames heard in an hour")
HEARD_S: Final = Figure(0.1, "estimate", "awake for a frame heard")


class Part(NamedTuple):
    """One thing that draws from the battery, on the average."""

    what: str
    ma: float
    known: Known
    source: str


class Call(NamedTuple):
    """What one call does: lines and polls sent, of them `late` polls after the first quarter of an hour, which listens
    throughout; `writes` to flash."""

    lines: int
    polls: int
    late: int
    writes: int


class Life(NamedTuple):
    """What a battery of `mah` gives a board: `days`, at `average_ma` (its own loss apart), made up of `parts`.

    `unanswered_days` where no gateway ever answers; `call_mah` is one call that stands for a day, `calls` how many of
    them would empty the battery; `notes` are sentences.
    """

    board: str
    mode: Mode
    preset: str
    mean_s: float
    mah: float
    average_ma: float
    days: float
    unanswered_days: float
    call_mah: float
    calls: int
    known: Known
    parts: list[Part]
    notes: list[str]


def mean_s(mode: Mode, preset: str, beacons: int = BEACONS) -> float:
    """The mean interval between pulses that the protocol gives a mode (section 5)."""
    pulse_us = plan.find_preset(preset).modem().airtime_us(plan.frame_size(plan.PAYLOADS["beacon pulse"][0]))
    return plan.pulse_figures(beacons, pulse_us / 1e6)[mode]["mean_s"]


def life(board: Board, mode: Mode, preset: str, mah: float, interval_s: float = 0, dbm: int = 0) -> Life:
    """What that battery gives. `interval_s` and `dbm` of 0 are the protocol's mean and the most the board can send."""
    every = interval_s or mean_s(mode, preset)
    power = dbm or board.wiring.radio.max_dbm
    found = parts(board, mode, preset, every, power)
    average = sum(part.ma for part in found)
    lonely = sum(part.ma for part in parts(board, mode, preset, every, power, unanswered(every)))
    call_mah = charge_of_call(board, mode, preset, power)
    return Life(
        board=board.key,
        mode=mode,
        preset=preset,
        mean_s=every,
        mah=mah,
        average_ma=average,
        days=days(mah, average),
        unanswered_days=days(mah, lonely),
        call_mah=call_mah,
        calls=int(mah * USABLE.value / call_mah),
        known=worst([part.known for part in found if part.ma >= average / 10]),
        parts=found,
        notes=notes(board, mode, days(mah, average)),
    )


def parts(board: Board, mode: Mode, preset: str, every: float, dbm: int, copies: float = COPIES.value) -> list[Part]:
    """All that draws, the steady first."""
    rx, tx, awake = receiving(board), sending(board, dbm), board.power.awake
    frame_s = airtime_s(preset, "beacon pulse") * copies
    sends = Part("sending", frame_s / every * (tx.value + awake.ma), worst([tx.known, "estimate"]), tx.source)
    if mode == "relay":
        return [Part("awake", awake.ma, awake.known, awake.source), Part("receiving", rx.value, *rx[1:]), sends]
    if mode == "listen":
        share = sniff(board, preset)
        heard = HEARD_AN_HOUR.value * HEARD_S.value / HOUR_S * awake.ma
        return [
            *dozing(board, HEARD_AN_HOUR.value / HOUR_S, copies / every),
            Part("receiving" if share == 1 else "sniffing", rx.value * share, rx.known, rx.source),
            Part("frames heard", heard, "estimate", HEARD_AN_HOUR.source),
            sends,
        ]
    window_s = plan.window_ms(preset) / 1000 * copies
    return [
        asleep(board),
        Part("waking", board.power.wake_mc * copies / every, "estimate", "charge of a start from deep sleep"),
        sends,
        Part("listening after pulses", window_s / every * (rx.value + awake.ma), COPIES.known, COPIES.source),
    ]


def dozing(board: Board, heard: float, sent: float) -> list[Part]:
    """The board but for its radio in mode listen, with so many frames heard and sent a second: in light sleep, or where
    a frame ends a deep sleep, deeply on a quiet air. Frames come by chance: exp(-36 s x rate) of the time is quiet."""
    light, deep = board.power.light, board.power.deep
    if not (deep and board.wiring.radio.wakes):
        return [Part("light sleep", light.ma, light.known, light.source)]
    quiet = exp(-QUIET_S * heard)
    # Each quiet stretch ends with a frame that wakes it; the longer ones are broken every five minutes before that.
    starts = heard * quiet * (1 + 1 / expm1(DEAF_S * heard)) + sent * quiet
    return [
        Part("light sleep", light.ma * (1 - quiet), "estimate", light.source),
        Part("deep sleep", deep.ma * quiet, "estimate", deep.source),
        Part("waking", board.power.wake_mc * starts, "estimate", "charge of a start from deep sleep"),
    ]


def asleep(board: Board) -> Part:
    """The whole board between pulses in mode press; a board without deep sleep in the best it has."""
    deep = board.power.deep
    radio = RX["stream"] if board.wiring.radio.driver == "stream" else ASLEEP
    if deep and radio is ASLEEP:  # a whole board's figure holds its radio
        return Part("deep sleep", deep.ma, deep.known, deep.source)
    base = deep or board.power.light
    known = worst([base.known, radio.known]) if radio.value > base.ma / 10 else base.known
    return Part("deep sleep" if deep else "light sleep", base.ma + radio.value, known, base.source)


def receiving(board: Board) -> Figure:
    """The radio's current while it listens without a pause."""
    driver = board.wiring.radio.driver
    return RX[("dcdc" if board.power.dcdc else "ldo") if driver == "sx126x" else driver]


def sending(board: Board, dbm: int) -> Figure:
    """The radio's current while it sends; between two known powers of an SX126x in proportion."""
    if board.wiring.radio.driver != "sx126x":
        return TX_SX127X
    share = min(max((dbm - 14) / 8, 0), 1)
    return Figure(TX_14.value + share * (TX_22.value - TX_14.value), "datasheet", f"SX126x sending {dbm} dBm")


def sniff(board: Board, preset: str) -> float:
    """The share of the time that the receiver is on in mode listen: half where it can sniff, else all.

    A preamble of 16 symbols, 5 of them needed: six asleep, six awake (reference: 5 of them work well, 4 do not).
    """
    modem = plan.find_preset(preset).modem()
    if board.wiring.radio.driver != "sx126x" or modem.symbol_us < SNIFF_SYMBOL_US:
        return 1.0
    slept = modem.preamble - 2 * SNIFF_SYMBOLS
    woken = max((modem.preamble + 1 - slept) / 2, SNIFF_SYMBOLS + 1)
    return woken / (woken + slept)


def airtime_s(preset: str, kind: str) -> float:
    """The airtime of one of `plan.PAYLOADS`."""
    return plan.find_preset(preset).modem().airtime_us(plan.frame_size(plan.PAYLOADS[kind][0])) / 1e6


def unanswered(every: float) -> float:
    """Copies of a pulse in an interval without any answer: after 20, 40, 80, 80, 80 s, then twice as long each."""
    gaps, at, count = [20, 40, 80, 80, 80], 0, 1
    while (at := at + (gaps[count - 1] if count <= len(gaps) else 80 << count - len(gaps))) < every:
        count += 1
    return count


def days(mah: float, average_ma: float) -> float:
    """How long a battery lasts that also loses a share of its capacity every month by itself."""
    lost_ma = mah * SELF_DISCHARGE.value / (MONTH_S / HOUR_S)
    return mah * USABLE.value / (average_ma + lost_ma) * HOUR_S / DAY_S


def call(preset: str) -> Call:
    """One call that is heard and shown at its second copy, answered with *coming*, and stands for a day: counted by the
    beacon's own table."""
    calling = Calling(plan.first_gap_ms(preset), plan.window_ms(preset), lambda n: n // 2)
    calling.event("help", 0)
    calling.lined(1, bytes(8), bytes(9))
    lines = polls = late = writes = 0
    while (now := calling.due()) is not None:
        what = calling.take(now)
        lines += what == "line"
        polls += what == "pulse"
        late += what == "pulse" and now >= 15 * 60_000
        answers = {("line", 2): (1, 2), ("pulse", 1): (4,)}.get((what, lines if what == "line" else polls), ())
        for answer in answers:
            calling.answer(1, answer, now)
            writes += 1
        writes += calling.dirty and not answers
        calling.dirty = False
    return Call(lines, polls, late, writes)


def charge_of_call(board: Board, mode: Mode, preset: str, dbm: int) -> float:
    """What one call takes beyond the mode's own draw: in mode press a quarter of an hour of listening in light sleep,
    then a start, a frame and an awake window for each poll; in the others only the frames."""
    made, awake = call(preset), board.power.awake.ma
    tx, rx = sending(board, dbm).value, receiving(board).value
    air_s = made.lines * airtime_s(preset, "line") + made.polls * airtime_s(preset, "beacon pulse")
    sent = air_s * (tx + awake) / HOUR_S
    if mode != "press":
        return sent
    listened = 15 * 60 * (rx + board.power.light.ma) / HOUR_S
    window = plan.window_ms(preset) / 1000 * (rx + awake) / HOUR_S
    return sent + listened + made.late * (board.power.wake_mc / MC_PER_MAH + window)


def notes(board: Board, mode: Mode, lasts_days: float) -> list[str]:
    """What must be said beside the figure."""
    said = []
    base = asleep(board)
    if mode == "press" and base.ma >= BAD_SLEEP_MA:
        said.append(
            f"It sleeps badly, at {base.ma:.2g} mA: {lasts_days / 30.4:.1f} months on this battery, where a good board "
            "lasts years. Take a tier 1 board for mode press."
        )
    if mode == "listen":
        said += deep_listening(board)
    if mode == "relay":
        said.append("Mode relay is for a board on the mains: this is how long the battery bridges a power cut.")
    return said + ([board.power.note] if board.power.note else [])


def deep_listening(board: Board) -> list[str]:
    """Whether a listening beacon sleeps deeply on this board, of those whose chip could."""
    radio = board.wiring.radio
    if board.wiring.port != "esp32" or radio.irq not in CHIPS[board.chip].wake:
        return []
    if radio.wakes:
        return [
            f"How long it sleeps deeply is an estimate: {HEARD_AN_HOUR.value:.0f} frames heard an hour. With a second "
            "button in use it only dozes."
        ]
    return [
        "It could sleep deeply while it listens, which is neither used nor reckoned with: nobody has seen a frame end "
        "its deep sleep yet (docs/bench-checklist.md, C4)."
    ]


def worst(known: list[Known]) -> Known:
    """The least worth of several."""
    return WORTH[max((WORTH.index(one) for one in known), default=0)]
