"""The protocol's page says what the code does: labels, bars, numbers and the worked example."""

import json
import re
from pathlib import Path

from alertwire import answering, gestures, judging, text, wire

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "protocol.md").read_text()
CODE = "".join(path.read_text() for path in (ROOT / "firmware" / "alertwire").glob("*.py"))


def test_every_label_of_the_code_is_on_the_page_and_the_other_way_about() -> None:
    labels = set(re.findall(r'b"((?:line|rcpt|pulse|slot|tick)-[a-z]|packet)"', CODE))
    assert len(labels) == 10
    assert set(re.findall(r"D\(`([a-z-]+)`\)", PAGE)) == labels | {"name"}


def test_every_string_of_a_key_is_on_the_page() -> None:
    strings = set(re.findall(r'b"(whistle/1[a-z ]*)', CODE))
    assert len(strings) >= 7
    for one in strings:
        assert one.strip() in PAGE, one


def test_the_barred_characters() -> None:
    table = PAGE.partition("| barred |")[2].partition("\n\n")[0]
    bands = re.findall(r"\b([0-9A-F]{4,5})(?:–([0-9A-F]{4,5}))?\b", table)
    listed = {point for first, last in bands for point in range(int(first, 16), int(last or first, 16) + 1)}
    barred = {point for first, last in text.BARRED for point in range(first, last + 1)}
    assert barred - listed == {ord("~"), *range(0xD800, 0xE000), *range(0x110000, 0x200000)}
    assert not listed - barred


def test_the_example_is_a_golden_line() -> None:
    first = json.loads((ROOT / "tests" / "vectors" / "alert-lines.json").read_text())["vectors"][0]
    block = PAGE.partition("Example: node")[2]
    parts = re.findall(r"^    ([0-9a-f]{2,16})  +\S", block, re.MULTILINE)
    sealed = first["head"] + first["group_tag"] + first["tag"]
    assert "".join(parts) == sealed
    assert bytes.fromhex(first["payload"]).rpartition(b"~")[2].decode() in block


def test_the_files_are_listed() -> None:
    listed = set(re.findall(r"^\| (alert-[a-z-]+) \|", PAGE, re.MULTILINE))
    assert listed == {path.stem for path in (ROOT / "tests" / "vectors").glob("alert-*.json")}


def test_numbers_and_names() -> None:
    assert len(wire.expected()) == 85 and "85 answer bytes" in PAGE
    assert f"{answering.MOST:,} alerts" in PAGE
    assert all(f"`{reason}`" in PAGE for reason in judging.REASONS)
    for meaning in gestures.MEANINGS[1:]:
        words = {"selftest": "self-test", "again": "pressed again", "duress": "under duress", "silent": "silent alert"}
        assert words.get(meaning, meaning) in PAGE.partition("## 12.")[2], meaning
