"""Pages: what they show, to whom, and what they never show."""

import json
import re
from pathlib import Path

import pytest

from dashboard import words
from dashboard.app import HEADERS
from gateway import counts as counted
from tests.support.dashboards import (
    CORNER,
    COURT,
    GONE,
    MILL,
    QUIET,
    START,
    Captain,
    Speaker,
    World,
    add,
    bundle,
    place,
    world,
)
from whistle.bus.messages import NO_TAG, Radio, Refused
from whistle.site.roster import Private

PAGES = ("/", "/history", "/beacons", "/gateways", "/refused", "/settings", "/alerts/1")
HOSTILE = "<script>alert(1)</script>\"'&\u202eRADEC\u200b"


def text(captain: Captain, path: str) -> str:
    answer = captain.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def card(html: str, alert: int = 1) -> str:
    found = re.search(rf'<article class="card \w+" id="alert-{alert}".*?</article>', html, re.DOTALL)
    assert found, "no such card"
    return found[0]


def test_every_answer_carries_the_headers(here: World, mill: Speaker, maria: Captain) -> None:
    here.hear(mill, mill.alert())
    for path in (*PAGES, "/static/app.js", "/map/places.geojson", "/no-such-page", "/sign-in", "/alerts/99"):
        answer = maria.get(path)
        for name, value in HEADERS.items():
            assert answer.headers[name] == value, (path, name)
        assert answer.headers["Cache-Control"].startswith("no-cache" if "static" in path else "no-store"), path


def test_what_cannot_be_had_is_said_in_words_of_ours(here: World, maria: Captain) -> None:
    asked = [maria.get("/no-such-page"), maria.get("/alerts/99"), maria.post("/beacons", {})]
    said = [re.search(r"<main.*?<h1>(.*?)</h1>\s*<p>(.*?)</p>", one.get_data(as_text=True), re.DOTALL) for one in asked]
    assert [one and one.groups() for one in said] == [
        ("There is no such page.", "Nothing is at this address."),
        ("There is no such page.", "There is no such alert."),
        ("That is not possible.", "This dashboard cannot do what was asked. Go back, then try again."),
    ]


def test_the_policy_lets_nothing_in_from_elsewhere() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy and "http" not in policy and "*" not in policy
    assert {"default-src 'self'", "object-src 'none'", "base-uri 'none'", "worker-src 'self'"} <= set(
        policy.split("; ")
    )


def test_no_page_holds_inline_code_or_style_or_another_address(here: World, mill: Speaker, maria: Captain) -> None:
    here.hear(mill, mill.state(), mill.pulse(), mill.alert())
    for path in (*PAGES, "/sign-in"):
        html = text(maria, path)
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:", html), path
        assert not re.search(r"""(?:src|href|action|url)\s*=\s*["']?(?:https?:)?//""", html), path
    for file in Path(here.app.static_folder or "").glob("*.[cjs]*"):
        found = re.findall(r"https?://[^\s\"')]+", file.read_text())
        assert set(found) <= {"http://www.w3.org/2000/svg"}, file


def test_the_card_says_what_where_how_long_and_by_whom(here: World, mill: Speaker, maria: Captain) -> None:
    here.hear(mill, mill.alert(heard_at=START - 102))
    one = card(text(maria, "/"))
    for wanted in (
        "Help",
        "34th &amp; Cedar",
        ">1:42<",
        "Nobody has answered yet",
        "Heard by <bdi>Mill</bdi>",
        "I am coming",
    ):
        assert wanted in one, wanted


def test_names_come_from_the_roster_and_text_from_the_air_is_a_quotation(
    here: World, mill: Speaker, maria: Captain
) -> None:
    here.hear(mill, mill.alert(text=f"FIRE City Hall {HOSTILE}"))
    assert "City Hall" not in text(maria, "/")
    story = text(maria, "/alerts/1")
    said = re.search(r'The air said:</span> (<bdi class="air">.*?</bdi>)', story, re.DOTALL)
    assert said and "&lt;script&gt;" in said[1] and 'title="U+202E"' in said[1] and 'title="U+200B"' in said[1]
    assert "<script>alert" not in story and "\u202e" not in story


def test_a_hostile_roster_is_harmless_too(tmp_path: Path) -> None:
    name = HOSTILE[:60]
    evil = world(tmp_path, bundle([place(77, name, 5, 5, Private(note=name, door=name))]))
    add(evil)
    captain = Captain(evil)
    captain.sign_in()
    speaker = Speaker(evil.site)
    evil.hear(speaker, speaker.alert(node=77), speaker.state(name=name), speaker.pulse(node=77))
    for path in (*PAGES, "/map/places.geojson", "/map/alerts.geojson", "/live/since?after=0"):
        answer = captain.get(path)
        body = answer.get_data(as_text=True)
        assert answer.status_code == 200 and "\u202e" not in body, path
        if answer.mimetype == "text/html":
            assert "<script>alert" not in body, path
    evil.whistle.stop()


def test_a_name_nobody_knows_is_a_number(here: World, mill: Speaker, maria: Captain) -> None:
    here.hear(mill, mill.alert(node=0xDEADBEEF))
    one = card(text(maria, "/"))
    assert "Beacon deadbeef" in one and "Not in the roster" in one


def test_the_private_place_is_shown_while_the_alert_is_open_and_nowhere_else(
    here: World, mill: Speaker, maria: Captain
) -> None:
    def private(path: str) -> bool:
        return "courtyard" in maria.get(path).get_data(as_text=True)

    assert not any(private(path) for path in PAGES[:-1])
    here.hear(mill, mill.alert(node=COURT))
    assert private("/") and private("/alerts/1") and private("/live/since?after=0")
    assert not any(private(path) for path in ("/history", "/beacons", "/map/places.geojson", "/map/alerts.geojson"))
    maria.answer(1, "clear")
    assert not any(private(path) for path in (*PAGES, "/live/since?after=0"))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"judged": "late-or-copied"}, "Late, or a copied key"),
        ({"judged": "clone-or-rollback"}, "Clone or rollback"),
        ({"age": "unknown", "age_limit_s": 3 * 3600}, "Age unknown, up to 3 h"),
        ({"age": "unknown"}, "Age unknown."),
        ({"event": "silent", "tag": NO_TAG}, "do not ring the bell"),
        ({"event": "duress"}, "Cancelled under threat. It stays open"),
        ({"drill": True}, "A test press"),
        ({"doubt": True}, "Storage doubt"),
        ({"low": True}, "Battery low"),
        ({"node": GONE}, "Revoked"),
        ({"node": GONE, "tag": "b" * 16}, "Suspended"),
        ({"position": (44.001, -31.0)}, "111 m from its place"),
    ],
)
def test_what_a_captain_must_know_is_said(here: World, mill: Speaker, maria: Captain, said, words) -> None:
    here.hear(mill, mill.alert(**said))
    assert words in card(text(maria, "/")).replace("</b>", "")


def test_unanswered_stands_above_answered_and_drills_below(here: World, mill: Speaker, maria: Captain) -> None:
    here.hear(mill, mill.alert(sequence=1, tag="1" * 16, drill=True, node=QUIET), mill.alert(sequence=2, tag="2" * 16))
    here.hear(mill, mill.alert(sequence=3, tag="3" * 16, node=COURT), mill.alert(sequence=4, tag="4" * 16, node=GONE))
    maria.answer(2, "coming")
    maria.answer(3, "seen")
    order = re.findall(r'id="alert-(\d)" data', text(maria, "/"))
    assert order == ["4", "3", "2", "1"]


def test_ages_do_not_jump_with_the_clock(here: World, mill: Speaker, maria: Captain) -> None:
    here.hear(mill, mill.alert())
    text(maria, "/")
    here.time.pass_(60)
    for jump in (-9e6, +2e7):
        here.time.wall_now += jump
        if jump > 0:
            maria.sign_in()  # its session is a matter of the wall clock
        assert ">1:00<" in card(text(maria, "/")), jump
        assert here.whistle.health.alive_gateways() == []


def test_history_goes_back_fifty_at_a_time(here: World, mill: Speaker, maria: Captain) -> None:
    here.hear(mill, *(mill.alert(sequence=n, tag=f"{n:016x}") for n in range(1, 61)))
    first = text(maria, "/history")
    assert first.count('data-kind="help"') == 50 and "/history?before=11" in first
    assert text(maria, "/history?before=11").count('data-kind="help"') == 10


def test_beacons_and_gateways_with_the_age_of_their_last_word(here: World, mill: Speaker, maria: Captain) -> None:
    here.hear(mill, mill.pulse(at=START - 31 * 60, low=True), mill.pulse(node=COURT, at=START - 60, tamper=True))
    down = Radio(url="tcp://10.0.0.9:4403", node=None, up=False, since=START, last_packet=None)
    here.hear(mill, mill.state(radios=[down], outbox=3, cut_off=True, refused={"tag": 41}))
    beacons = text(maria, "/beacons")
    assert beacons.index("31 min") < beacons.index("1 min")  # the quiet one first
    assert "case open, cable out or a button stuck" in beacons
    assert "battery low" in beacons and "not heard yet" in beacons and "never heard" not in beacons
    gateways = text(maria, "/gateways")
    for wanted in ("Radio lost", "does not hear us", "Waiting to be stored here: 3", "never heard"):
        assert wanted in gateways, wanted
    assert '<td class="number" data-reason="tag">41</td>' in text(maria, "/refused")


def test_whatever_a_gateway_counts_is_said_in_words(here: World, mill: Speaker, maria: Captain) -> None:
    counts = dict.fromkeys((*counted.NAMES, "stuck_s", "waiting", "of_a_later_version"), 7)
    here.hear(mill, mill.state(counts=counts))
    page = text(maria, "/gateways")
    assert set(counts) - set(words.GATEWAY_COUNTS) == {"of_a_later_version"}
    for sentence in words.GATEWAY_COUNTS.values():
        assert f"<li><b>7</b> {sentence}</li>" in page, sentence
    assert "of_a_later_version" in page


def test_who_was_never_heard_is_quiet_only_after_as_long_as_its_mode_may_be(
    here: World, mill: Speaker, maria: Captain
) -> None:
    """The roster has three beacons that relay (half an hour) and one that listens (50 min); none was heard."""
    assert text(maria, "/beacons").count('"late"') == 0
    here.time.pass_(31 * 60)
    assert text(maria, "/beacons").count('"late"') == 3
    here.time.pass_(20 * 60)
    maria.sign_in()
    assert text(maria, "/beacons").count('"late"') == text(maria, "/beacons").count("never heard") == 4


def test_an_older_pulse_makes_nobody_look_alive(here: World, mill: Speaker, maria: Captain) -> None:
    here.hear(mill, mill.pulse(at=START - 10, battery=50), mill.pulse(at=START - 9000, battery=99))
    assert "50 % battery" in text(maria, "/beacons")


def test_samples_of_what_was_refused_and_why(here: World, mill: Speaker, maria: Captain) -> None:
    payload = b"HELP <b>here</b> ~AAAA".hex()
    for n in range(105):
        here.hear(
            mill,
            Refused(
                reason="tag", node=CORNER, at=START - n, port=1, payload=payload, why=f"the tag is wrong {HOSTILE}"
            ),
        )
    html = text(maria, "/refused")
    assert html.count('<p class="hex">') == 100
    assert "says it is <bdi>34th &amp; Cedar</bdi>" in html and "&lt;b&gt;here" in html and "<script>alert" not in html


def test_the_map_gets_places_alerts_and_ranges_of_its_one_file(here: World, mill: Speaker, maria: Captain, tmp_path):
    here.hear(mill, mill.alert(position=(44.002, -31.001)), mill.alert(node=0xBAD, tag="b" * 16))
    places = json.loads(maria.get("/map/places.geojson").data)["features"]
    assert {one["properties"]["name"] for one in places} >= {"34th & Cedar", "Boat House"}
    assert {one["properties"]["calling"] for one in places} == {"help", None}
    (alert,) = json.loads(maria.get("/map/alerts.geojson").data)["features"]  # nobody knows where 0xBAD is
    assert alert["geometry"]["coordinates"] == [-31.001, 44.002] and alert["properties"]["home"] == [-31.0, 44.0]
    assert maria.get("/map/basemap.pmtiles").status_code == 404
    file = tmp_path / "town.pmtiles"
    file.write_bytes(b"PMTiles\x03" + bytes(range(200)))
    other = tmp_path / "other"
    other.mkdir()
    with_map = world(other, basemap=file)
    add(with_map)
    captain = Captain(with_map)
    captain.sign_in()
    part = captain.get("/map/basemap.pmtiles", Range="bytes=8-17")
    assert (
        part.status_code == 206 and part.data == bytes(range(10)) and part.headers["Content-Range"] == "bytes 8-17/208"
    )
    part.close()
    with_map.whistle.stop()


def test_the_open_feed_is_a_keepers_choice_and_says_what_it_reveals(here: World, maria: Captain) -> None:
    add(here, "Jo")
    jo = Captain(here, "Jo")
    jo.sign_in()
    page = text(maria, "/settings")
    assert "Open feed: off" in page and "It reveals" in page and "Switch" not in page  # there is no broker for it
    assert "Only a keeper" in text(jo, "/settings")
    assert jo.post("/settings/feed", {"on": "1"}).status_code == 403
    assert maria.post("/settings/feed", {"on": "1"}).status_code == 409


def test_settings_name_the_open_feeds_broker_and_never_its_password(tmp_path: Path) -> None:
    fed = world(tmp_path, open_feed="mqtt://house:s3cret@127.0.0.1:1884")
    try:
        add(fed)
        maria = Captain(fed)
        maria.sign_in()
        page = text(maria, "/settings")
        assert "Switched on, it goes to the broker <code>mqtt://127.0.0.1:1884</code>" in page
        fed.whistle.feed.look()
        page = text(maria, "/settings")
        assert "Open feed: on" in page and "It goes to the broker <code>mqtt://127.0.0.1:1884</code>" in page
        assert "s3cret" not in page and "house" not in page
    finally:
        fed.whistle.stop()


def test_the_strip_names_who_is_on_watch_and_which_gateways_live(here: World, mill: Speaker, maria: Captain) -> None:
    here.hear(mill, mill.state())
    maria.get("/live/since?page=p1&after=0")
    maria.json("/live/here", {"page": "p1", "armed": True, "painted": 0})
    here.whistle.rounds.once()
    html = text(maria, "/")
    assert '<b id="gateways-up">1/2</b>' in html and '<b id="watchers-count">1</b>' in html and 'title="Maria"' in html
    assert MILL not in html
