"""How a figure is taken: ours and the reference in turn within one run, medians compared, all printed and kept."""

import statistics
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

OUT = Path(__file__).parent / "out" / "latest.json"


class Unreadable(Exception):
    """A file that should hold figures does not."""


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One figure: its value and unit; the reference's value and ours over it, both None where nothing compares."""

    value: float
    unit: str
    reference: float | None = None
    ratio: float | None = None


Figures = dict[str, Figure]


def interleave(ours: Callable[[], float], reference: Callable[[], float], rounds: int) -> tuple[float, float, float]:
    """(median of ours, median of the reference, median of the ratio round by round); each callable returns one rate."""
    mine, theirs = [], []
    for _ in range(rounds):
        mine.append(ours())
        theirs.append(reference())
    ratios = [a / b for a, b in zip(mine, theirs, strict=True)]
    return statistics.median(mine), statistics.median(theirs), statistics.median(ratios)


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least `share` of all values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered) // 1) - 1))]


def line(name: str, figure: Figure) -> str:
    """One printed line."""
    text = f"{name:32} {figure.value:14,.3f} {figure.unit}"
    if figure.reference is not None and figure.ratio is not None:
        text += f"   (reference {figure.reference:,.3f}, ratio {figure.ratio:.2f})"
    return text


def note(text: str) -> None:
    """Print how a figure was taken, above it."""
    sys.stdout.write(f"   {text}\n")
    sys.stdout.flush()


def kept(path: Path = OUT) -> Figures:
    """The figures in that file, none when there is no file; Unreadable when it holds anything else."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Figures)
    except FileNotFoundError:
        return {}
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"{path} holds no figures ({error}): move it away.") from None


def keep(figures: Figures, path: Path = OUT, others: bool = True) -> None:
    """Write these figures as {name: {value, unit, reference, ratio}}; other names stay, unless not `others`."""
    together = (kept(path) if others else {}) | figures
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(dict(sorted(together.items()))), indent=2) + b"\n")
