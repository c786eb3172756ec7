"""The bench's list says of every claim how to see it and where to write it, and leaves out no board and no estimate."""

import re
from pathlib import Path

import pytest

from whistle.workbench import boards

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/bench-checklist.md").read_text()
ITEM = re.compile(r"- \[[ x]\] \*\*([A-I])(\d+)\*\* (.+?) \*See:\* (.+?) \*Write:\* (.+)")
LINES = [line for line in PAGE.splitlines() if line.startswith("- [")]


def wrong(lines: list[str]) -> list[str]:
    """Lines that lack a claim, a way to see it, or a place for what was seen."""
    return [line for line in lines if not ITEM.fullmatch(line)]


def test_every_line_is_a_claim_a_way_to_see_it_and_a_place_to_write_it() -> None:
    assert len(LINES) > 60
    assert wrong(LINES) == []
    assert wrong(["- [ ] **A1** It sleeps. *See:* look."]) == ["- [ ] **A1** It sleeps. *See:* look."]


def test_lines_are_numbered_without_a_gap() -> None:
    found: dict[str, list[int]] = {}
    for line in LINES:
        match = ITEM.fullmatch(line)
        assert match
        found.setdefault(match[1], []).append(int(match[2]))
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in found.values())


def test_every_place_to_write_is_there() -> None:
    places = set(re.findall(r"`((?:docs|whistle)/[\w/.-]+)`", PAGE))
    assert len(places) >= 4
    assert [place for place in places if not (ROOT / place).exists()] == []
    for name, file in (("sniff", "power"), ("charge_of_call", "power"), ("RX", "power"), ("ERASES", "wear")):
        assert re.search(rf"^(def )?{name}\b", (ROOT / f"whistle/workbench/{file}.py").read_text(), re.M)


def unlogged(page: str) -> set[str]:
    """Lines ticked off of which no row of the log tells."""
    ticked = set(re.findall(r"- \[x\] \*\*(\w+)\*\*", page))
    return ticked - set(re.findall(r"(?m)^\| ([A-I]\d+) \|", page.partition("## Log")[2]))


def test_what_is_ticked_off_stands_in_the_log() -> None:
    assert unlogged(PAGE) == set()
    ticked = PAGE.replace("- [ ] **A1**", "- [x] **A1**", 1)
    assert unlogged(ticked) == {"A1"}
    assert unlogged(ticked + "| A1 | V3.2 | 0.1, 1.25 | 0.019 mA | somebody, today |\n") == set()


@pytest.mark.parametrize("key", boards.names())
def test_the_pins_that_somebody_must_solder_to_are_on_the_list(key: str) -> None:
    lines = [line for line in LINES if key in line and "**H" in line]
    assert lines, f"no line asks whether the pins of {key} are on its header"
    named = {int(pin) for line in lines for pin in re.findall(r"\b\d+\b", line)}
    for low, high in re.findall(r"(\d+) to (\d+)", " ".join(lines)):
        named |= set(range(int(low), int(high) + 1))
    wiring = boards.load(key).wiring
    wanted = {
        wiring.button,
        wiring.button2,
        wiring.tamper,
        wiring.wire,
        *(wiring.whistle.pins if wiring.whistle else ()),
    }
    assert {pin for pin in wanted if pin is not None} <= named
