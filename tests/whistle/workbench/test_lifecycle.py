"""A beacon's later days at the bench: moved, replaced, retired, revoked; and sticks, of which the older never wins."""

import hashlib
import json

import pytest
from click.testing import CliRunner

from tests.support import bench
from tests.support.bench import Hands
from whistle.options import CARRY
from whistle.site.command import site as site_command
from whistle.site.roster import Private
from whistle.site.site import Site
from whistle.workbench import journal
from whistle.workbench.command import workbench
from whistle.workbench.steps import Device

ANNA = ["Anna", "--place", "34th & Cedar", "--lat", "44.95", "--lon", "-93.25", "--door", "SECRET-4"]


@pytest.fixture
def home(tmp_path):
    return bench.site_at(tmp_path)


@pytest.fixture
def hands(tmp_path):
    return Hands(tmp_path / "boards")


def run(home, hands, *arguments):
    result = CliRunner().invoke(workbench, [*arguments, "--site", str(home)], obj=hands)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "SECRET" not in result.output and not [key for key in bench.keys_of(Site.open(home)) if key in result.output]
    return result


def fine(home, hands, *arguments):
    result = run(home, hands, *arguments)
    assert result.exit_code == 0, result.output
    return result.output.replace("\n", " ")


def refused(home, hands, *arguments):
    result = run(home, hands, *arguments)
    assert result.exit_code == 1 and result.output.startswith("Error: "), result.output
    return result.output.replace("\n", " ")


@pytest.fixture
def anna(home, hands):
    fine(home, hands, "provision", *ANNA, "--port", "/dev/aa")
    return Site.open(home).find("Anna").node


def test_provision_says_what_is_next_and_the_same_again_changes_nothing(home, hands, anna):
    version = Site.open(home).roster.version
    said = json.loads(fine(home, hands, "provision", *ANNA, "--port", "/dev/aa", "--json"))
    assert said == {"event": "provisioned", "name": "Anna", "node": anna, "epoch": 1, "board": "aa"}
    assert Site.open(home).roster.version == version and len(hands.epochs()) == 1
    assert "--again" in refused(home, hands, "provision", *ANNA, "--port", "/dev/bb")
    again = fine(home, hands, "provision", *ANNA, "--port", "/dev/bb", "--again").replace("\n", " ")
    assert f"epoch 2, which no gateway believes before it knows of it. {CARRY}" in again
    assert "another place" in refused(home, hands, "provision", *ANNA[:2], "Mill", *ANNA[3:], "--port", "/dev/aa")
    error = json.loads(run(home, hands, "provision", *ANNA, "--port", "/dev/cc", "--json").output)
    assert error["event"] == "error" and error["error"] == "BadWish"


def test_how_a_change_travels_is_said_once_and_only_when_there_is_one(home, hands, anna, tmp_path):
    def told(*words):
        return fine(home, hands, *words).replace("\n", " ").count(CARRY)

    assert told("provision", *ANNA, "--port", "/dev/aa") == 1
    assert told("fit", "Anna", "--volume", "40", "--port", "/dev/aa") == 0, "the roster is as it was"
    assert told("fit", "Anna", "--volume", "50", "--port", "/dev/bb") == 1, "it has another epoch"
    assert told("move", "Anna", "--place", "Mill", "--port", "/dev/bb") == 1
    assert told("replace", "Anna", "--port", "/dev/cc") == 1
    assert told("revoke", "Anna", "--yes") == 1
    listed = tmp_path / "list.csv"
    listed.write_text("name,place,lat,lon\nBert,B,1,2\n")
    hands.queue.append("dd")
    assert told("batch", str(listed), "--out", str(tmp_path / "out")) == 1
    assert told("batch", str(listed), "--out", str(tmp_path / "out"), "--report") == 1


def test_a_moved_board_says_its_new_place_under_its_old_keys(home, hands, anna):
    old = hands.settings("aa")
    assert "--board-later" in refused(home, hands, "move", "Anna", "--place", "Mill Lane")
    assert Site.open(home).find("Anna").public == "34th & Cedar"
    assert "its board says the old place" in fine(home, hands, "move", "Anna", "--place", "Mill Lane", "--board-later")
    place = Site.open(home).find("Anna")
    assert (place.public, place.private.door, hands.settings("aa")["place"]) == (
        "Mill Lane",
        "SECRET-4",
        "34th & Cedar",
    )
    fine(home, hands, "move", "Anna", "--port", "/dev/aa")
    new = hands.settings("aa")
    assert (new["place"], new["device_epoch"], new["up"], new["node"]) == ("Mill Lane", 1, old["up"], anna)
    fine(home, hands, "move", "Anna", "--door", "7", "--port", "/dev/aa")
    assert Site.open(home).find("Anna").private == Private(door="7")


BERT = ["Bert", "--place", "Mill Lane", "--lat", "44.95", "--lon", "-93.25", "--port", "/dev/bb"]
OTHERS = (
    ["move", "Anna", "--place", "Elm"],
    ["move", "Anna"],
    ["fit", "Anna", "--volume", "60"],
    ["replace", "Anna"],
    ["provision", "Carl", *BERT[1:3], "--door", "9", *BERT[3:7]],
)


@pytest.mark.parametrize("words", OTHERS, ids=lambda words: " ".join(words[:1] + words[2:3]))
def test_a_board_that_is_another_beacon_in_use_is_left_as_it_is(home, hands, anna, words):
    fine(home, hands, "provision", *BERT)
    before = hands.settings("bb"), Site.open(home).roster, Site.open(home).file
    said = refused(home, hands, *words, "--port", "/dev/bb")
    assert "'Bert', which is in use" in said and "`whistle workbench retire`" in said
    assert (hands.settings("bb"), Site.open(home).roster, Site.open(home).file) == before
    assert hands.done()[-1] == ("bb", "start")
    fine(home, hands, "retire", "Bert", "--yes")
    fine(home, hands, *words, "--port", "/dev/bb")
    assert hands.settings("bb")["node"] != before[0]["node"]


def test_a_board_whose_keys_are_void_may_become_another_beacon_and_its_own_one_may_get_new_keys(home, hands, anna):
    fine(home, hands, "provision", *ANNA, "--port", "/dev/bb", "--again")
    fine(home, hands, "provision", *BERT[:-1], "/dev/aa")
    assert hands.settings("aa")["node"] == Site.open(home).find("Bert").node
    fine(home, hands, "replace", "Anna", "--port", "/dev/bb")
    assert hands.settings("bb")["node"] == Site.open(home).find("Anna").node != anna


def test_a_move_that_changes_nothing_or_whose_board_is_not_there_is_no_move(home, hands, anna):
    version = Site.open(home).roster.version
    assert "--place" in refused(home, hands, "move", "Anna", "--board-later")
    hands.faults["aa", "identify"] = "It does not answer: try another cable."
    refused(home, hands, "move", "Anna", "--place", "Mill Lane", "--port", "/dev/aa")
    assert Site.open(home).roster.version == version


def test_a_replaced_beacon_leaves_one_at_the_place_with_new_keys(home, hands, anna):
    old = hands.settings("aa")
    fine(home, hands, "replace", "Anna", "--port", "/dev/bb")
    site = Site.open(home)
    new = site.find("Anna").node
    assert new != anna and site.roster.beacon(anna).revoked and not site.roster.beacon(new).revoked
    live = [one.public for one in site.roster.places if not site.roster.beacon(one.node).revoked]
    assert live == ["34th & Cedar"] and site.roster.place(new).private.door == "SECRET-4"
    assert hands.settings("bb")["up"] != old["up"] and hands.settings("bb")["node"] == new
    assert "replaced already" in refused(home, hands, "replace", f"!{anna:08x}", "--port", "/dev/cc")


def test_a_board_that_does_not_answer_replaces_nothing_and_one_that_dies_later_is_followed_up(home, hands, anna):
    hands.faults["bb", "identify"] = "It does not answer: try another cable."
    refused(home, hands, "replace", "Anna", "--port", "/dev/bb")
    assert Site.open(home).find("Anna").node == anna
    hands.faults = {("bb", "provision"): "Its flash cannot be written: set it aside."}
    refused(home, hands, "replace", "Anna", "--port", "/dev/bb")
    new = Site.open(home).find("Anna").node
    assert new != anna
    fine(home, hands, "replace", "Anna", "--port", "/dev/cc")  # goes on; replaces nothing a second time
    site = Site.open(home)
    assert site.find("Anna").node == new and len(site.roster.beacons) == 2
    fine(home, hands, "replace", "Anna", "--port", "/dev/dd")  # meant this time
    assert len(Site.open(home).roster.beacons) == 3


@pytest.mark.slow
def test_replace_killed_at_every_point_leaves_one_live_beacon_with_the_settings_it_has(tmp_path, tell):
    def work(home, hands):
        fine(home, hands, "replace", "Anna", "--port", "/dev/bb")

    def fresh(name):
        (tmp_path / name).mkdir()
        home, hands = bench.site_at(tmp_path / name), Hands(tmp_path / name / "boards")
        fine(home, hands, "provision", *ANNA, "--port", "/dev/aa")
        return home, hands

    home, hands = fresh("count")
    points = bench.killed_at(None, lambda: work(home, hands))
    cut = made = 0
    for point in range(1, points + 1):
        home, hands = fresh(str(point))
        old = Site.open(home).find("Anna").node
        cut += bench.killed_at(point, lambda home=home, hands=hands: work(home, hands)) == 0
        before = Site.open(home).roster
        assert sum(not one.revoked for one in before.beacons) == 1  # never two, never none
        if journal.read(home / journal.NAME)[-1]["event"] != "replaced":
            work(home, hands)
        site = Site.open(home)
        live = [one for one in site.roster.beacons if not one.revoked]
        assert len(live) == 1 and live[0].node != old and len(site.roster.beacons) == 2
        assert (hands.settings("bb")["node"], hands.settings("bb")["device_epoch"]) == (live[0].node, live[0].epoch)
        made += 1
    tell(f"replace: N = {points} points, cut = {cut}, made = {made}")
    assert points == cut == made and points > 30


@pytest.mark.parametrize(("how", "door"), [("retire", ""), ("revoke", "SECRET-4")])
def test_retired_and_revoked_beacons_are_refused_and_asked_about(home, hands, anna, how, door):
    asked = CliRunner().invoke(workbench, [how, "Anna", "--site", str(home)], input="n\n")
    assert asked.exit_code == 1 and not Site.open(home).roster.beacon(anna).revoked
    assert "new bundles" in fine(home, hands, how, "Anna", "--yes")
    site = Site.open(home)
    assert site.roster.beacon(anna).revoked and site.roster.place(anna).private.door == door
    for command in (["move", "Anna", "--place", "X", "--board-later"], ["move", "Anna", "--port", "/dev/aa"]):
        refused(home, hands, *command)
    assert journal.read(home / journal.NAME)[-1]["node"] == anna


def test_a_retired_beacons_board_forgets_its_keys_when_it_is_on_the_cable(home, hands, anna):
    fine(home, hands, "provision", *BERT)
    assert "is not 'Bert'" in refused(home, hands, "retire", "Bert", "--yes", "--port", "/dev/aa")
    assert hands.settings("aa")["node"] == anna and not Site.open(home).roster.beacon(anna).revoked
    assert "takes its keys off it" in fine(home, hands, "retire", "Bert", "--yes") and hands.settings("bb")
    hands.faults = {("aa", "forget"): "It is gone: plug it in again, and do this again."}
    refused(home, hands, "retire", "Anna", "--yes", "--port", "/dev/aa")
    assert Site.open(home).roster.beacon(anna).revoked, "refused already, whatever its board holds"
    hands.faults = {}
    assert "Its board holds nothing of it." in fine(home, hands, "retire", "Anna", "--yes", "--port", "/dev/aa")
    assert "its keys are off it already" in refused(home, hands, "retire", "Anna", "--yes", "--port", "/dev/aa")
    assert hands.who(Device("/dev/aa")) is None and hands.done()[-1] == ("aa", "start")
    fine(home, hands, "retire", "Bert", "--yes", "--port", "/dev/bb")
    assert hands.who(Device("/dev/bb")) is None


def test_an_older_stick_never_overwrites_what_the_bench_did_since(home, hands, anna, tmp_path):
    def stick(*arguments):
        return CliRunner().invoke(site_command, [*map(str, arguments), "--site", str(home)])

    assert stick("export", tmp_path / "old").exit_code == 0
    fine(home, hands, "move", "Anna", "--place", "Mill Lane", "--port", "/dev/aa")
    fine(home, hands, "replace", "Anna", "--port", "/dev/bb")
    before = hashlib.sha256((home / "roster.json").read_bytes()).digest()
    done = stick("import", tmp_path / "old")
    assert done.exit_code == 1 and "is held and stays" in done.output
    assert hashlib.sha256((home / "roster.json").read_bytes()).digest() == before
    assert Site.open(home).roster.beacon(anna).revoked


def test_two_machines_and_a_stick_between_them(home, hands, anna, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    for name in ("site.json", "master.key"):
        (other / name).write_bytes((home / name).read_bytes())
    CliRunner().invoke(site_command, ["export", str(tmp_path / "stick"), "--site", str(home)])
    (other / "roster.json").write_bytes((tmp_path / "stick").read_bytes())
    there = Site.open(other)
    assert there.bundle("gateway").roster.beacon(anna).epoch == hands.settings("aa")["device_epoch"]
    fine(other, hands, "revoke", "Anna", "--yes")
    Site.open(other).export_roster(tmp_path / "back")
    CliRunner().invoke(site_command, ["import", str(tmp_path / "back"), "--site", str(home)])
    assert Site.open(home).roster.beacon(anna).revoked
    assert "no longer in use" in refused(home, hands, "move", "Anna", "--port", "/dev/aa")


def test_a_board_that_was_given_something_or_refused_it_runs_its_program_again(home, hands, anna):
    assert hands.done()[-1] == ("aa", "start"), "at its prompt it would neither call nor relay"
    started = hands.done().count(("aa", "start"))
    refused(home, hands, "provision", *ANNA, "--port", "/dev/bb")
    assert hands.done()[-1] == ("bb", "start")
    for number, words in enumerate((("fit", "--volume", "60"), ("move", "--place", "Mill Lane")), started + 1):
        fine(home, hands, words[0], "Anna", *words[1:], "--port", "/dev/aa")
        assert hands.done()[-1] == ("aa", "start") and hands.done().count(("aa", "start")) == number
    fine(home, hands, "replace", "Anna", "--port", "/dev/cc")
    assert hands.done()[-1] == ("cc", "start")


def test_a_board_that_cannot_be_started_is_said_and_the_fault_before_it_is_not_hidden(home, hands, anna):
    hands.faults = {("aa", "start"): "It is gone: plug it in.", ("bb", "start"): "It is gone: plug it in."}
    result = run(home, hands, "fit", "Anna", "--volume", "60", "--port", "/dev/aa")
    assert result.exit_code == 1 and "Error: It is gone: plug it in." in result.output
    assert "--again" in refused(home, hands, "provision", *ANNA, "--port", "/dev/bb")
