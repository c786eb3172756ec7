"""`whistle site` as a technician types it, from init to the settings of a board; every refusal one sentence."""

import json
import re
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support import sites
from whistle.site.bundles import load_dashboard_bundle, load_gateway_bundle
from whistle.site.command import site as command
from whistle.site.site import Site

CEDAR = ["--name", "Cedar Street", "--region", "US", "--preset", "SHORT_TURBO"]
BEACON = ["--place", "34th & Cedar", "--lat", "44.95", "--lon", "-93.25"]


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WHISTLE_SITE", raising=False)
    monkeypatch.delenv("WHISTLE_MASTER", raising=False)


def run(*arguments: str, typed: str | None = None) -> Result:
    result = CliRunner().invoke(command, list(arguments), input=typed)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def fine(*arguments: str, typed: str | None = None) -> str:
    result = run(*arguments, typed=typed)
    assert result.exit_code == 0, result.output
    return result.output


def refused(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 1
    assert result.output.startswith("Error: ") and result.output.count("\n") == 1
    return result.output


@pytest.fixture
def cedar() -> None:
    """A site with one beacon in the current directory."""
    fine("init", *CEDAR)
    fine("add-beacon", "Anna", *BEACON, "--door", "SECRET-4b")


def test_init_by_options_asks_nothing_and_says_what_the_choice_costs():
    said = fine("init", "site", *CEDAR)
    assert "channel 'Cedar': 924.2500 MHz, 500 kHz wide" in said  # the channel's own name chooses the slot
    assert re.search(r"a line takes \d+ ms", said) and "gateways pulse every 20 s" in said
    assert "mode relay" in said and "silence noticed after 30 min" in said and "silence noticed after 25 h" in said
    assert "47 CFR 15.247" in said
    assert "Move it to a stick now" in said and str(Path("site/master.key")) in said
    assert Site.open("site").file.channel_name == "Cedar"


def test_init_asks_for_what_is_not_given_and_once_more_before_it_makes_anything():
    said = fine("init", "site", typed="Cedar\nEU_868\n\ny\n")
    assert "Preset" in said and "[SHORT_FAST]" in said and "at most 10 % of each hour" in said
    assert Site.open("site").file.air.preset == "SHORT_FAST"
    result = run("init", "other", typed="Cedar\nUS\nLONG_FAST\nn\n")
    assert result.exit_code == 1 and "nothing was changed" in result.output
    assert "only presets of 500 kHz" in result.output
    assert not Path("other").exists()


def test_where_nobody_can_be_asked_the_options_are_named():
    for words in (["init", "new"], ["init", "new", "--name", "Cedar", "--region", "US"]):
        result = run(*words, typed="")
        assert result.exit_code == 2 and "`whistle site init --help` names the options" in result.output
    fine("init", "site", *CEDAR)
    result = run("rotate", "--site", "site", typed="")
    assert result.exit_code == 2 and "say --yes." in result.output and "Aborted" not in result.output
    assert not Path("new").exists()


def test_init_keeps_the_master_key_where_it_is_told_to():
    Path("stick").mkdir()
    fine("init", *CEDAR, "--master", "stick/cedar.key")
    assert not Path("master.key").exists() and stat.S_IMODE(Path("stick/cedar.key").stat().st_mode) == 0o600
    assert "put in the stick" in refused("bundle", "gateway", "--out", "g.json")
    fine("bundle", "gateway", "--out", "g.json", "--master", "stick/cedar.key")
    lost = run("init", "far", *CEDAR, "--master", "no/such/stick.key")
    assert lost.exit_code == 1 and "no/such/stick.key could not be written" in lost.output.splitlines()[-1]
    assert not Path("far/site.json").exists()


def test_init_overwrites_nothing(cedar):
    before = sites.snapshot(Path())
    assert "There is a site in . already" in refused("init", *CEDAR)
    assert sites.snapshot(Path()) == before


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--region", "EU_868", "--preset", "SHORT_TURBO"], "wider than the whole band"),
        (["--region", "US", "--preset", "SHORT_TURBO", "--channel", "far too long"], "at most 11"),
        (["--region", "US", "--preset", "SHORT_TURBO", "--words", "A", "A", "B", "C"], "Four different words"),
        (["--region", "US", "--preset", "SHORT_TURBO", "--language", "Klingon"], "no language tag"),
    ],
)
def test_init_refuses_what_cannot_be_in_one_sentence(options, sentence):
    result = run("init", "site", "--name", "Cedar", *options)
    assert result.exit_code == 1 and "Traceback" not in result.output
    assert sentence in result.output.splitlines()[-1]
    assert not Path("site/site.json").exists() and not Path("site/master.key").exists()


def test_names_are_tidied_before_they_are_kept():
    fine("init", *CEDAR, "--gateway", "  Hall ")
    assert Site.open(".").file.gateways[0].name == "Hall"


def test_options_that_are_none_are_usage_errors():
    for arguments in (["init", "--region", "MOON"], ["add-beacon", "A"], ["bundle", "--out", "x"], ["siren"]):
        assert run(*arguments).exit_code == 2


def test_a_directory_without_a_site_is_said_by_every_command():
    for arguments in (
        ["roster"],
        ["channel"],
        ["add-beacon", "Anna", *BEACON],
        ["add-gateway", "Hall"],
        ["bundle", "gateway", "--out", "x"],
        ["settings", "Anna", "--out", "x"],
        ["export", "x"],
        ["import", "x"],
        ["suspend", "Anna"],
        ["resume", "Anna"],
        ["revoke", "Anna", "--yes"],
        ["replan"],
    ):
        assert "There is no site in ." in refused(*arguments)
        assert "plug in the stick" in refused(*arguments, "--site", "unplugged")
    assert sites.snapshot(Path()) == {}


def test_the_site_is_found_by_option_and_by_environment(monkeypatch):
    fine("init", "deep/site", *CEDAR)
    assert "Cedar Street: roster version 1" in fine("roster", "--site", "deep/site")
    monkeypatch.setenv("WHISTLE_SITE", "deep/site")
    assert "Cedar Street: roster version 1" in fine("roster")


def test_add_beacon_says_the_number_and_takes_every_option():
    fine("init", *CEDAR)
    said = fine(
        "add-beacon", "Ben", *BEACON, "--mode", "press", "--kinds", "help, fire", "--captain",
        "--entrance", "B", "--floor", "3", "--door", "7", "--note", "dog",
    )  # fmt: skip
    site = Site.open(".")
    beacon, place = site.roster.beacons[0], site.roster.places[0]
    assert f"!{beacon.node:08x} ({beacon.node})" in said
    assert (beacon.mode, beacon.kinds, beacon.captain) == ("press", ["help", "fire"], True)
    assert (place.private.entrance, place.private.floor, place.private.door, place.private.note) == (
        "B",
        "3",
        "7",
        "dog",
    )
    assert (place.name, place.public, place.lat, place.lon) == ("Ben", "34th & Cedar", 44.95, -93.25)


def test_add_beacon_refuses_in_one_sentence_and_changes_nothing(cedar):
    before = sites.snapshot(Path())
    assert "already" in refused("add-beacon", "ANNA", *BEACON)
    assert "out of range" in refused("add-beacon", "B", "--place", "x", "--lat", "91", "--lon", "0")
    assert "U+202E" in refused("add-beacon", "B\u202e", *BEACON)
    assert "is no kind" in refused("add-beacon", "B", *BEACON, "--kinds", "help,thirst")
    assert sites.snapshot(Path()) == before


def test_more_beacons_than_planned_is_said(cedar):
    fine("replan", "--beacons", "1")
    assert "`whistle site replan --beacons 2` makes room" in fine("add-beacon", "Ben", *BEACON)


def test_the_roster_is_shown_without_private_parts_and_whole_as_json(cedar):
    fine("suspend", "Anna")
    shown = fine("roster")
    assert "Anna, 34th & Cedar: relay, suspended" in shown and "SECRET" not in shown
    document = json.loads(fine("roster", "--json"))
    assert document["version"] == 3 and document["places"][0]["private"]["door"] == "SECRET-4b"
    fine("resume", "Anna")
    assert "suspended" not in fine("roster")


def test_revoking_asks_first(cedar):
    assert run("revoke", "Anna", typed="n\n").exit_code == 1
    assert not Site.open(".").roster.beacons[0].revoked
    fine("revoke", "Anna", typed="y\n")
    assert "revoked" in fine("roster")
    assert "add the beacon anew" in refused("settings", "Anna", "--out", "x")


def test_the_channel_link_is_shown_with_its_qr_code(cedar):
    said = fine("channel")
    link = fine("channel", "--link").strip()
    assert link.startswith("https://meshtastic.org/e/#") and link in said
    assert "hand it to neighbours only" in said and said.count("█") > 100
    fine("channel", "--svg", "code.svg")
    assert Path("code.svg").read_text().startswith("<?xml") and stat.S_IMODE(Path("code.svg").stat().st_mode) == 0o600
    assert "is there already" in refused("channel", "--svg", "code.svg")


def test_bundles_are_made_for_one_gateway_or_for_dashboards(cedar):
    fine("add-gateway", "Hall")
    fine("bundle", "hall", "--out", "g.json")
    fine("bundle", "--dashboard", "--out", "d.json")
    assert load_gateway_bundle("g.json").gateway_name == "Hall"
    assert [gateway.name for gateway in load_dashboard_bundle("d.json").gateways] == ["gateway", "Hall"]
    assert run("bundle", "hall", "--dashboard", "--out", "x").exit_code == 2
    assert "is there already" in (said := refused("bundle", "hall", "--out", "g.json")) and "--replace" in said
    fine("bundle", "hall", "--out", "g.json", "--replace")
    assert "There is no gateway 'attic'" in refused("bundle", "attic", "--out", "x")


def test_settings_go_to_a_file_and_never_to_the_screen(cedar):
    said = fine("settings", "Anna", "--out", "anna.json")
    made = json.loads(Path("anna.json").read_bytes())
    for secret in ("up", "down", "status", "id", "group", "channel_psk"):
        assert made[secret] not in said
    assert stat.S_IMODE(Path("anna.json").stat().st_mode) == 0o600
    assert "use --again" in refused("settings", "Anna", "--out", "b.json")
    assert "Its epoch is now 2" in fine("settings", f"!{made['node']:08x}", "--again", "--out", "b.json")
    assert json.loads(Path("b.json").read_bytes())["device_epoch"] == 2


def test_rosters_travel_by_stick(cedar):
    fine("export", "one")
    fine("add-beacon", "Ben", *BEACON)
    fine("export", "two")
    fine("export", "bare", "--for-gateway")
    assert "SECRET" in Path("two").read_text() and "SECRET" not in Path("bare").read_text()
    assert "is the one held already" in fine("import", "two")
    assert "version 2; version 3 is held and stays" in refused("import", "one")
    forged = Path("two").read_text().replace('"relay"', '"press"', 1)
    Path("forged").write_text(forged)
    assert "not signed by this site's master key" in refused("import", "forged")
    fine("init", "other", *CEDAR)
    fine("export", "foreign", "--site", "other")
    assert "take the right stick" in refused("import", "foreign")
    assert "is not a roster" in refused("import", "site.json")


def test_a_site_made_before_busy_looks_says_so_and_is_planned_anew_without_another_air(cedar):
    old = Path("site.json").read_text()
    Path("site.json").write_text(re.sub(r'"busy_looks": 100,\s*', "", old))
    assert Path("site.json").read_text() != old
    assert "`whistle site replan`" in fine("settings", "Anna", "--out", "a.json")
    said = fine("replan")
    assert "New figures are kept" in said and "set up every board again" not in said
    assert Site.open(".").file.air.radio.busy_looks == 100
    assert "replan" not in fine("settings", "Anna", "--again", "--out", "b.json")


def test_replan_says_what_has_to_follow(cedar):
    assert "Nothing changes." in fine("replan")
    assert "New figures are kept" in fine("replan", "--beacons", "200", "--preset", "SHORT_TURBO")
    assert "set up every board again" in fine("replan", "--preset", "LONG_FAST")
    air = Site.open(".").file.air
    assert (air.preset, air.beacons, air.timing.g0_ms) == ("LONG_FAST", 200, 10000)
    assert "wider than the whole band" in refused("replan", "--region", "EU_868", "--preset", "SHORT_TURBO")


def test_a_lost_master_key_is_said_with_what_it_means(cedar):
    Path("master.key").unlink()
    for arguments in (
        ["add-beacon", "B", *BEACON],
        ["bundle", "gateway", "--out", "x"],
        ["settings", "Anna", "--out", "x"],
    ):
        said = refused(*arguments)
        assert "The master key is not at master.key" in said and "a lost master key means a new site" in said
    assert "Anna" in fine("roster")
