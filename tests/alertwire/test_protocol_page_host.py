"""The protocol's page says what the code does: labels, bars, numbers and the worked example."""

import json
import re
from pathlib import Path
from typing import get_args

from alertwire import answering, gestures, judging, text, wire
from meshwire import plan

from dashboard import rounds
from gateway import airplan, busside, outbox, watchers
from whistle.bus import envelope, messages, topics
from whistle.site.records import SiteFile

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "protocol.md").read_text()
CODE = "".join(path.read_text() for path in (ROOT / "firmware" / "alertwire").glob("*.py"))


def test_every_label_of_the_code_is_on_the_page_and_the_other_way_about() -> None:
    labels = set(re.findall(r'b"((?:line|rcpt|pulse|slot|tick|rekey)-[a-z]|packet)"', CODE))
    assert len(labels) == 12
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


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}")[2].partition("\n## ")[0]


def test_what_goes_on_the_air() -> None:
    page = section("13. On the air")
    assert plan.pulse_figures(1, 0.001)["relay"]["mean_s"] == 390 and "390 s" in page
    assert plan._COPIES == 7.5 and "beacons × 7.5 × airtime" in page and plan._PULSE_BUDGET == 0.05 and "/ 5 %" in page
    silent = {mode: figure["silent_after_min"] for mode, figure in plan.pulse_figures(1, 0.001).items()}
    assert silent == {"relay": 30, "listen": 50, "press": 25 * 60}
    for row in ("| relay |", "| listen | 15 min | 50 min |", "| press | 7.5 h | 25 h |"):
        assert row in page
    assert (airplan.TICK_S, airplan.TICK_SHARE) == (20.0, 0.005) and "every 20 s" in page and "0.5 % of the air" in page
    defaults = dict(zip(SiteFile.__struct_fields__[::-1], SiteFile.__struct_defaults__[::-1], strict=False))
    assert defaults["hop_limit"] == 3 and "3 unless" in page


def test_the_bus_and_its_messages() -> None:
    page = section("14. The bus")
    listed = dict(re.findall(r"^\| `([a-z]+)` \| (up|down) \|", page, re.MULTILINE))
    spoken = {"up": get_args(messages.Up), "down": get_args(messages.Down)}
    assert listed == {one.__struct_config__.tag: way for way, several in spoken.items() for one in several}
    assert (envelope.MAGIC, envelope.SMALL, envelope.LARGE, envelope.KEY_BYTES) == (0xB1, 1024, 4096, 64)
    assert all(word in page for word in ("B1 ·", "1,024 bytes", "or 4,096", "(64 bytes"))
    assert outbox.BACK_OFF_S == (2, 4, 8, 16, 30) and "after 2, 4, 8, 16 and then every 30 s" in page
    assert rounds.BEAT_S == 15 and busside.STATE_EVERY_S == 20 and watchers.GONE_S == 60
    assert f"{topics.up('0' * 16, '1' * 16)}" == "whistle/1/{}/up/{}".format("0" * 16, "1" * 16)


def test_numbers_and_names() -> None:
    assert len(wire.expected()) == 85 and "85 answer bytes" in PAGE
    assert f"{answering.MOST:,} alerts" in PAGE
    assert all(f"`{reason}`" in PAGE for reason in judging.REASONS)
    for meaning in gestures.MEANINGS[1:]:
        words = {"selftest": "self-test", "again": "pressed again", "duress": "under duress", "silent": "silent alert"}
        assert words.get(meaning, meaning) in PAGE.partition("## 12.")[2], meaning
