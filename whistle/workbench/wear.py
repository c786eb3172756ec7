"""How often a beacon writes its flash, and how long flash bears that.

Numbers are reserved 64 ahead in one record (protocol, section 2), an open call is written whenever it changes, and the
marks of neighbours at most once a minute, when a line was heard.
"""

from typing import Final, NamedTuple

from whistle.workbench.power import COPIES, YEAR_S, Call, Figure, Mode, call

RESERVED: Final = 64  # sequences, and packet numbers, for one write (alertwire.sequence)
NODE_INFO_S: Final = 3 * 3600
CALLS: Final = Figure(12, "estimate", "calls of this beacon in a year, drills among them")
HEARD: Final = Figure(100, "estimate", "neighbours' alerts heard in a year")
ENDURANCE: Final = Figure(100_000, "datasheet", "erases that a sector of NOR flash bears")
ERASES: Final = Figure(
    4, "estimate", "sectors erased at most for one small file: its data, and the folder's two halves"
)
SECTORS: Final = Figure(512, "estimate", "sectors of 4 KiB that littlefs spreads writes over, where 2 MiB are free")


class Wear(NamedTuple):
    """Writes in a year: `numbers` of reserved numbers, `calls` of open calls, `marks` of neighbours heard.

    `years_of_one_sector`: as if every write hit the same sector, which littlefs avoids. `years_at_worst`: somebody
    makes a whistle sound every minute of the year, and littlefs spreads the writes.
    """

    numbers: float
    calls: float
    marks: float
    years_of_one_sector: float
    years_at_worst: float

    @property
    def writes(self) -> float:
        """All writes in a year."""
        return self.numbers + self.calls + self.marks


def wear(mode: Mode, preset: str, every_s: float) -> Wear:
    """The writes of a beacon that pulses every `every_s` seconds in the mean."""
    made = call(preset)
    numbers = frames(mode, every_s, made) / RESERVED
    calls = CALLS.value * made.writes
    marks = 0.0 if mode == "press" else HEARD.value
    worst = numbers + calls + (YEAR_S / 60 if marks else 0)
    return Wear(
        numbers=numbers,
        calls=calls,
        marks=marks,
        years_of_one_sector=ENDURANCE.value / (ERASES.value * (numbers + calls + marks)),
        years_at_worst=ENDURANCE.value * SECTORS.value / (ERASES.value * worst),
    )


def frames(mode: Mode, every_s: float, made: Call) -> float:
    """Frames of its own that a beacon sends in a year; each takes a packet number, most a sequence too."""
    pulses = YEAR_S / every_s * COPIES.value
    spoken = 0.0 if mode == "press" else YEAR_S / NODE_INFO_S
    return pulses + spoken + CALLS.value * (made.lines + made.polls)


def sentence(worn: Wear) -> str:
    """The same in words."""
    said = (
        f"Flash: {worn.writes:,.0f} writes a year ({worn.numbers:,.0f} for numbers, one for {RESERVED}; "
        f"{worn.calls:,.0f} for calls; {worn.marks:,.0f} for neighbours heard). On one sector alone it bears that for "
        f"{worn.years_of_one_sector:,.0f} years"
    )
    if not worn.marks:
        return f"{said}."
    return f"{said}; a neighbour's alert every minute, spread by littlefs, for {worn.years_at_worst:,.0f}."
