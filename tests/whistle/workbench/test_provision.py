"""Roster first, then the board: killed at every point and started again, nothing is doubled and no number repeats."""

import json

import pytest

from tests.support import bench
from tests.support.bench import Hands, on_bench, wish
from whistle.site.errors import MasterMissing
from whistle.site.lifecycle import Move
from whistle.site.roster import Private
from whistle.site.site import Site
from whistle.workbench import boards, journal
from whistle.workbench.errors import BadWish, BoardFailed
from whistle.workbench.provision import digest


@pytest.fixture
def home(tmp_path):
    return bench.site_at(tmp_path)


@pytest.fixture
def hands(tmp_path):
    return Hands(tmp_path / "boards")


def test_a_board_becomes_a_beacon_once(home, hands):
    with bench.provisioner(home, hands) as made:
        node = made.enrol(wish(private=Private(door="SECRET-4b"), captain=True, mode="listen"))
        done = made.provision(node, on_bench("aa"))
        version = made.site.roster.version
        assert made.enrol(wish(private=Private(door="SECRET-4b"), captain=True, mode="listen")) == node
        assert made.provision(node, on_bench("aa")) == done and made.site.roster.version == version
    assert hands.epochs() == [(node, 1, "aa")] and hands.settings("aa")["mode"] == "listen"
    text = (home / journal.NAME).read_text()
    assert "SECRET" not in text and [json.loads(line)["event"] for line in text.splitlines()] == [
        "taking",
        "handed",
        "provisioned",
    ]
    for key in bench.keys_of(Site.open(home)):
        assert key not in text


def test_a_second_button_that_is_wired_is_in_use_from_the_first_day(home, hands):
    with bench.provisioner(home, hands) as made:
        node = made.enrol(wish(second_button=True))
        made.provision(node, on_bench("aa"))
        assert hands.settings("aa")["second_button"]
        assert made.enrol(wish(second_button=True)) == made.enrol(wish()) == node
        plain = made.enrol(wish("Bert", place="Mill Lane"))
        assert made.enrol(wish("Bert", place="Mill Lane", second_button=True)) == plain  # cut before it was fitted
        assert made.provision(plain, on_bench("bb")) and hands.settings("bb")["second_button"]


def test_a_second_button_that_its_board_was_not_told_of_is_a_matter_for_fit(home, hands):
    with bench.provisioner(home, hands) as made:
        made.provision(made.enrol(wish()), on_bench("aa"))
        with pytest.raises(BadWish, match="`whistle workbench fit --second-button` with its --port"):
            made.enrol(wish(second_button=True))


def test_a_table_that_was_corrected_comes_to_a_board_that_has_its_settings(home, hands):
    with bench.provisioner(home, hands) as made:
        node = made.enrol(wish())
        made.provision(node, on_bench("aa"))
        for again in (made.provision, made.renew):
            (hands.home / "aa" / "board").write_text("as the table was")
            assert again(node, on_bench("aa"))["epoch"] == 1
            assert (hands.home / "aa" / "board").read_bytes() == boards.wiring(bench.TABLE)
    assert hands.epochs() == [(node, 1, "aa")]


def test_another_board_for_the_same_beacon_must_be_meant(home, hands):
    with bench.provisioner(home, hands) as made:
        node = made.enrol(wish())
        made.provision(node, on_bench("aa"))
        with pytest.raises(BadWish, match="was set up before"):
            made.provision(node, on_bench("bb"))
        assert made.provision(node, on_bench("bb"), again=True)["epoch"] == 2
        with pytest.raises(BadWish, match="was set up before"):  # aa is out of use now, though it has settings
            made.provision(node, on_bench("aa"))
    assert [epoch for _, epoch, _ in hands.epochs()] == [1, 2]


def test_settings_made_by_hand_are_not_taken_from_a_board_without_a_word(home, hands, tmp_path):
    with bench.provisioner(home, hands) as made:
        node = made.enrol(wish())
        made.site.hand_out_settings(node, tmp_path / "by-hand")
        with pytest.raises(BadWish, match="--again"):
            made.provision(node, on_bench("aa"))
        assert made.provision(node, on_bench("aa"), again=True)["epoch"] == 2


def test_a_copied_flash_is_no_proof_of_being_the_board(home, hands):
    with bench.provisioner(home, hands) as made:
        node = made.enrol(wish())
        made.provision(node, on_bench("aa"))
        (hands.home / "bb").mkdir()
        (hands.home / "bb" / "settings").write_bytes((hands.home / "aa" / "settings").read_bytes())
        with pytest.raises(BadWish, match="was set up before"):
            made.provision(node, on_bench("bb"))
        assert made.renew(node, on_bench("bb"))["epoch"] == 2


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"place": "Mill Lane"}, "with another place"),
        ({"lat": 45.0}, "with another latitude"),
        ({"mode": "press"}, "with another mode"),
        ({"kinds": ["help"]}, "with another kinds"),
        ({"private": Private(door="5")}, "with another private part"),
        ({"name": "Bert"}, "at this very spot already"),
    ],
)
def test_what_does_not_fit_the_roster_changes_nothing(home, hands, change, sentence):
    with bench.provisioner(home, hands) as made:
        made.enrol(wish(private=Private(door="4")))
        version = made.site.roster.version
        with pytest.raises(BadWish, match=sentence):
            made.enrol(wish(**{"private": Private(door="4"), **change}))
        assert made.site.roster.version == version
        made.enrol(wish("Bert", private=Private(door="4"), beside=True))


def test_a_board_that_fails_costs_an_epoch_and_nothing_else(home, hands):
    hands.faults["aa", "provision"] = "It went dark: look at its cable."
    with bench.provisioner(home, hands) as made:
        node = made.enrol(wish())
        with pytest.raises(BoardFailed):
            made.provision(node, on_bench("aa"))
    hands.faults.clear()
    with bench.provisioner(home, hands) as made:
        assert made.provision(node, on_bench("aa"))["epoch"] == 2
    assert hands.epochs() == [(node, 2, "aa")] and Site.open(home).roster.beacon(node).epoch == 2


def test_a_missing_master_key_spends_nothing(home, hands):
    with bench.provisioner(home, hands) as made:
        node = made.enrol(wish())
        (home / "master.key").rename(home / "away")
        with pytest.raises(MasterMissing):
            made.provision(node, on_bench("aa"))
        (home / "away").rename(home / "master.key")
        assert made.provision(node, on_bench("aa"))["epoch"] == 1


def test_a_renewed_board_keeps_keys_and_epoch_when_it_proves_itself(home, hands):
    with bench.provisioner(home, hands) as made:
        node = made.enrol(wish())
        made.provision(node, on_bench("aa"))
        before = hands.settings("aa")
        made.site.move_beacon(node, Move(public="Mill Lane"))
        done = made.renew(node, on_bench("aa"))
        assert made.renew(node, on_bench("aa")) == done
        after = hands.settings("aa")
        assert (after["place"], after["up"], after["device_epoch"]) == ("Mill Lane", before["up"], 1)
        (hands.home / "aa" / "settings").unlink()  # erased: its state is gone too
        assert made.renew(node, on_bench("aa"))["epoch"] == 2
        assert hands.settings("aa")["up"] != before["up"]


def _whole(home, hands, second):
    """Everything that must hold once it is done, however often it was cut; `second` is the board it ended on."""
    site = Site.open(home)
    (place,) = site.roster.places
    node = place.node
    (last,) = {entry["digest"] for entry in journal.read(home / journal.NAME)[-1:]}
    assert digest((hands.home / second / "settings").read_bytes()) == last
    assert hands.settings(second)["device_epoch"] == site.roster.beacon(node).epoch
    assert hands.settings(second)["up"] == site.beacon_settings(node)["up"]
    boards_of: dict[tuple[int, int], set[str]] = {}
    for held, epoch, mac in hands.epochs():
        boards_of.setdefault((held, epoch), set()).add(mac)
    assert all(len(macs) == 1 for macs in boards_of.values()), boards_of  # one epoch, one board, for ever
    epochs = [entry["epoch"] for entry in journal.read(home / journal.NAME) if entry["event"] == "handed"]
    assert epochs == sorted(set(epochs))


@pytest.mark.parametrize("second", ["aa", "bb"])
def test_killed_at_every_point_it_goes_on_with_the_same_board_or_another(tmp_path, tell, second):
    def work(home, hands, mac):
        with bench.provisioner(home, hands) as made:
            made.provision(made.enrol(wish()), on_bench(mac))

    def fresh(name):
        (tmp_path / name).mkdir()
        return bench.site_at(tmp_path / name), Hands(tmp_path / name / "boards")

    home, hands = fresh("count")
    points = bench.killed_at(None, lambda: work(home, hands, "aa"))
    cut = made = 0
    for point in range(1, points + 1):
        home, hands = fresh(str(point))
        cut += bench.killed_at(point, lambda home=home, hands=hands: work(home, hands, "aa")) == 0
        finished = (journal.read(home / journal.NAME) or [{}])[-1].get("event") == "provisioned"
        mac = "aa" if finished else second
        work(home, hands, mac)
        _whole(home, hands, mac)
        made += 1
    tell(f"provision, ended on {second}: N = {points} points, cut = {cut}, made = {made}")
    assert points == cut == made and points > 30
