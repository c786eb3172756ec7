"""docs/ says what the code does: its made parts are what would be made now, and they are made of real frames."""

import json
import re

import pytest
from alertwire import calling, drawing, gestures, judging
from alertwire.calling import TABLE
from click.testing import CliRunner

from dashboard import course
from tools.travels import anatomy, journey, pages, tables
from tools.travels.pages import PAGES, PARTS, ROOT, made
from whistle.cli import main


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_what_would_be_made_now(path: str) -> None:
    text = (ROOT / path).read_text()
    assert made(text) == text, f"{path} is stale: run python -m tools.travels"


def test_every_part_stands_on_a_page_and_no_page_asks_for_another() -> None:
    asked = [name for path in PAGES for name in re.findall(r"<!-- made: (\S+) -->", (ROOT / path).read_text())]
    assert set(asked) == set(PARTS)
    with pytest.raises(pages.NoSuchPart, match="nothing makes poetry"):
        made("<!-- made: poetry -->\n<!-- end -->")


def test_a_page_goes_stale_when_a_table_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / PAGES[0]).read_text()
    for module, name, value in (
        (calling, "TABLE", TABLE.replace("*4GP", "*4NP")),
        (gestures, "TABLE", ["42000330", *gestures.TABLE[1:]]),
        (judging, "LINES", {**judging.LINES, (judging.NEW, False): "refused:replay"}),
        (course, "TABLE", {**course.TABLE, ("open", "duress"): ("cancelled", course.HUSH)}),
    ):
        with monkeypatch.context() as planted:
            planted.setattr(module, name, value)
            assert made(text) != text, f"nothing on the page tells of {module.__name__}.{name}"


def test_the_line_is_the_one_of_the_protocol() -> None:
    assert journey.alert().payload == b"\x07HELP 34th & Cedar #1042 ~EQAQAQAEEr7vUC5mSDx4aYq3um4o"
    assert journey.line_tag().hex() == "3c78698ab7ba6e28"
    heard = journey.answered(pages.HEARD, journey.RECEIPT_ID).payload
    assert heard.decode() == "✓ heard #1042 ~IRA8eGkBnhgJjzO4c9PFPtJe"
    assert journey.alive().payload.hex() == "120b0857159a99794028808040fa0714310101000413beefea83b416f8a5906038eecc98"


def test_the_command_on_the_page_reads_the_frame_on_the_page() -> None:
    words = ["air", "decode", *journey.channel_words().split()]
    run = CliRunner().invoke(main, words, input=journey.alert().frame.hex() + "\n")
    assert run.exit_code == 0, run.output
    assert json.loads(run.output)["alert"]["text"] == "HELP 34th & Cedar #1042"
    assert all(word in PARTS["decode"]() for word in (*words, journey.alert().frame.hex()))


def test_a_frame_with_a_byte_left_out_is_not_drawn() -> None:
    with pytest.raises(anatomy.Torn):
        list(anatomy.rows([anatomy.Piece(b"\x11", "type", "")], b"\x11\x00"))


def test_every_row_of_the_life_of_a_call_is_drawn() -> None:
    drawn = tables.life_of_a_call()
    for start, event, end, _ in tables.letters():
        named = {"*": "any", "-": "other"}.get(start, start)
        arrow = next(line for line in drawn.splitlines() if line.startswith(f"  {named} --> {end}:"))
        assert drawing.EVENTS[event] in arrow
    assert len(PARTS["calls"]().splitlines()) == 2 + len(TABLE) // 4
