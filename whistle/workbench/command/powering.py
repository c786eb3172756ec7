"""`whistle workbench power`: how long a battery lasts, by board and mode, and what that figure is worth."""

from typing import get_args

import click
from meshwire import presets
from rich.table import Table

from whistle.workbench import boards, wear
from whistle.workbench import power as figures
from whistle.workbench.boards import Board
from whistle.workbench.command.options import Number, speaking
from whistle.workbench.power import Life, Mode
from whistle.workbench.say import Say

MARKS = {"measured": "m", "datasheet": "d", "estimate": "e"}
LEGEND = """\
m: the main current was measured, not by us; d: a datasheet says so; e: an estimate. Nobody has measured a
beacon of ours yet: docs/bench-checklist.md. 85 % of the capacity is usable, 2 % of it is lost by itself each month, a
pulse is answered at its second copy. A call listens for a quarter of an hour, then polls for a day. In mode listen a
board only dozes until its table says that a frame was seen to end its deep sleep (C4 there). In mode relay each frame
passed on comes on top."""


@click.command()
@click.option(
    "--board", "keys", multiple=True, help="Only this board (may be given several times), with all its parts."
)
@click.option("--mode", type=click.Choice(get_args(Mode)), help="Only this mode.")
@click.option("--preset", type=click.Choice(list(presets.PRESETS)), default="SHORT_TURBO", show_default=True)
@click.option("--mah", type=Number(50, 200_000), default=3000, show_default=True, help="The battery, in mAh.")
@click.option("--pulse-mean-s", type=Number(60, 172_800), help="Mean interval of pulses; else the protocol's.")
@click.option("--dbm", type=click.IntRange(2, 22), help="Sending power; else the most the board can.")
@speaking
def power(
    say: Say,
    keys: tuple[str, ...],
    mode: Mode | None,
    preset: str,
    mah: float,
    pulse_mean_s: float | None,
    dbm: int | None,
) -> None:
    """Say how long a battery lasts, what a call takes from it, and how long the flash memory lasts.

    Every figure is worked out from currents of others; the last column says what they are worth. With --board it shows
    what the current is made of.
    """
    modes = [mode] if mode else list(figures.MODES)
    found = [boards.load(key) for key in keys or boards.names()]
    lives = [figures.life(board, one, preset, mah, pulse_mean_s or 0, dbm or 0) for board in found for one in modes]
    for life in lives:
        if say.as_json:
            say.event("life", "", **_facts(life))
    say.table(_table(lives, f"{mah:g} mAh, {preset}"))
    for board in found:
        _explain(say, board, [life for life in lives if life.board == board.key], bool(keys))
    for one in modes:
        _wear(say, one, preset, pulse_mean_s or figures.mean_s(one, preset))
    say.console.print(f"\n{LEGEND}")


def _facts(life: Life) -> dict[str, object]:
    """A life as JSON: rounded, with the sources."""
    return {
        "board": life.board,
        "mode": life.mode,
        "preset": life.preset,
        "pulse_mean_s": round(life.mean_s),
        "mah": life.mah,
        "average_ma": round(life.average_ma, 4),
        "days": round(life.days, 1),
        "unanswered_days": round(life.unanswered_days, 1),
        "call_mah": round(life.call_mah, 2),
        "calls": life.calls,
        "known": life.known,
        "parts": [{**part._asdict(), "ma": round(part.ma, 5)} for part in life.parts],
        "notes": life.notes,
    }


def _table(lives: list[Life], title: str) -> Table:
    table = Table("board", "mode", "mean draw", "lasts", "if never answered", "a call", "calls", "worth", title=title)
    for life in lives:
        calls = [f"{life.call_mah:.1f} mAh", str(life.calls)] if life.mode == "press" else ["", ""]
        lonely = span(life.unanswered_days)
        table.add_row(
            life.board, life.mode, f"{life.average_ma:.2g} mA" if life.average_ma < 1 else f"{life.average_ma:.1f} mA",
            span(life.days), lonely if lonely != span(life.days) else "", *calls, MARKS[life.known],
        )  # fmt: skip
    return table


def _explain(say: Say, board: Board, lives: list[Life], whole: bool) -> None:
    """What must be said of a board, and with --board what each of its currents is made of."""
    for life in lives if whole else ():
        say.console.print(f"\n{life.board}, {life.mode}: a pulse every {life.mean_s:,.0f} s in the mean")
        for part in life.parts:
            say.console.print(f"  {part.ma:9.4f} mA  {MARKS[part.known]}  {part.what}: {part.source}")
    said = dict.fromkeys(note for life in lives if life.mode == "press" or whole for note in life.notes)
    for note in said:
        say.console.print(f"{board.key}: {note}")


def _wear(say: Say, mode: Mode, preset: str, every: float) -> None:
    worn = wear.wear(mode, preset, every)
    facts = {name: round(value, 1) for name, value in worn._asdict().items()}
    say.event("wear", f"{mode}: {wear.sentence(worn)}", mode=mode, writes_a_year=round(worn.writes, 1), **facts)


def span(days: float) -> str:
    """A time as people say it."""
    if days < 2:
        return f"{days * 24:.0f} hours"
    if days < 60:
        return f"{days:.0f} days"
    return f"{days / 30.4:.0f} months" if days < 730 else f"{days / 365.25:.1f} years"
