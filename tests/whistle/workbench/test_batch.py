"""A box of boards: what fails is set aside with its reason, what was done is never done again, wherever it was cut."""

import json
import re
import time

import click
import pytest
from click.testing import CliRunner

from tests.support import bench
from tests.support.bench import Hands
from whistle.site.site import Site
from whistle.workbench import batchlist, journal
from whistle.workbench.command import workbench
from whistle.workbench.errors import BadRow
from whistle.workbench.line import Line
from whistle.workbench.provision import Provisioner
from whistle.workbench.say import Say

HEAD = "name,place,lat,lon,mode,door\n"
FAULTS = {
    ("m04", "flash"): "It does not answer: try another cable.",
    ("m09", "provision"): "Its flash cannot be written: set it aside.",
    ("m15", "slip"): "the lamp stays dark: look at its joint",
}


def listed(folder, count=20):
    path = folder / "list.csv"
    rows = [f"Beacon {n},34th & Cedar,44.95,-93.25,relay,DOOR-{n}\n" for n in range(count)]
    path.write_text(HEAD + "".join(rows))
    return path


def run(home, hands, path, *options):
    out = home / "out"
    arguments = ["batch", str(path), "--site", str(home), "--out", str(out), *options]
    result = CliRunner().invoke(workbench, arguments, obj=hands)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def home(tmp_path):
    return bench.site_at(tmp_path)


def test_twenty_boards_with_three_faults_give_seventeen_labels_and_three_reasons(home, tmp_path):
    macs = [f"m{n:02}" for n in range(20)]
    hands = Hands(tmp_path / "boards", macs, FAULTS)
    done = run(home, hands, listed(tmp_path), "--json")
    events = [json.loads(line) for line in done.output.splitlines()]
    last = events[-1]
    assert done.exit_code == 3 and last["labels"] == 17 == len([e for e in events if e["event"] == "labelled"])
    assert {(f["board"], f["step"]) for f in last["failed"]} == {
        ("m04", "flash"),
        ("m09", "provision"),
        ("m15", "check"),
    }
    assert {f["reason"] for f in last["failed"]} == {
        *list(FAULTS.values())[:2],
        "lamp: the lamp stays dark: look at its joint",
    }
    assert last["remaining"] == ["Beacon 17", "Beacon 18", "Beacon 19"]  # every earlier row has a good board
    site = Site.open(home)
    for node, name in zip(last["nodes"], (f"Beacon {n}" for n in range(17)), strict=True):
        assert site.find(name).node == node
    report = (home / "out" / "report.html").read_text()
    assert (
        "try another cable" in report and "DOOR" not in report and (home / "out" / "labels.pdf").stat().st_size > 2000
    )
    told = done.output + report + (home / journal.NAME).read_text()
    assert not [key for key in bench.keys_of(site) if key in told] and "DOOR" not in told
    before = hands.done()
    again = Hands(tmp_path / "boards", macs[:3])
    assert run(home, again, listed(tmp_path)).exit_code == 3
    assert [
        one for one in hands.done()[len(before) :] if one[1] not in ("identify", "start")
    ] == []  # known, each of them
    assert [mac for mac, step in hands.done() if step == "start"] == macs[:3], "a beacon left at its prompt is deaf"


def test_three_good_boards_later_nothing_is_left(home, tmp_path):
    hands = Hands(tmp_path / "boards", [f"m{n:02}" for n in range(20)], FAULTS)
    run(home, hands, listed(tmp_path))
    mended = Hands(tmp_path / "boards", ["m04", "m15", "new"], {("m04", "check"): "the radio is silent"})
    done = run(home, mended, listed(tmp_path))
    assert done.exit_code == 3 and "rows left: 1." in done.output and "the radio is silent" in done.output
    last = Hands(tmp_path / "boards", ["m04", "m09"])
    done = run(home, last, listed(tmp_path))
    assert (done.exit_code, "Labels: 20" in done.output) == (3, True)  # m09 was never tried again: it is still aside
    epochs = hands.epochs()
    assert len({(node, epoch) for node, epoch, _ in epochs}) == len(epochs)


def test_all_done_is_0_and_boards_that_ended_early_4(home, tmp_path):
    path = listed(tmp_path, 2)
    assert run(home, Hands(tmp_path / "boards", ["a"]), path).exit_code == 4
    assert run(home, Hands(tmp_path / "boards"), path, "--report").exit_code == 4
    done = run(home, Hands(tmp_path / "boards", ["a", "b", "c"]), path)
    assert done.exit_code == 0 and "already: take the next one" in done.output
    assert run(home, Hands(tmp_path / "boards", ["c"]), path).exit_code == 0  # no board is asked for any more
    assert {mac for mac, _ in Hands(tmp_path / "boards").done()} == {"a", "b"}


def test_a_beacon_in_use_that_lies_in_the_box_is_set_aside_untouched(home, tmp_path):
    with bench.provisioner(home, Hands(tmp_path / "boards")) as made:
        made.provision(made.enrol(bench.wish("Zoe")), bench.on_bench("a"))
    before = Hands(tmp_path / "boards").settings("a")
    done = run(home, Hands(tmp_path / "boards", ["a", "b"]), listed(tmp_path, 1), "--json")
    last = json.loads(done.output.splitlines()[-1])
    assert done.exit_code == 3 and last["labels"] == 1 and Hands(tmp_path / "boards").settings("a") == before
    assert [(one["board"], one["step"]) for one in last["failed"]] == [("a", "provision")]
    assert "'Zoe', which is in use" in last["failed"][0]["reason"]


def test_a_board_that_failed_once_and_is_a_beacon_since_then_is_set_aside_untouched(home, tmp_path):
    faulty = Hands(tmp_path / "boards", ["a"], {("a", "check"): "the radio is silent"})
    assert run(home, faulty, listed(tmp_path, 1)).exit_code == 3
    with bench.provisioner(home, Hands(tmp_path / "boards")) as made:
        made.provision(made.enrol(bench.wish("Zoe")), bench.on_bench("a"))
    before = faulty.settings("a")
    done = run(home, Hands(tmp_path / "boards", ["a", "b"]), listed(tmp_path, 1), "--json")
    last = json.loads(done.output.splitlines()[-1])
    assert last["labels"] == 1 and faulty.settings("a") == before
    assert "'Zoe', which is in use" in last["failed"][0]["reason"]


def test_nothing_of_a_boards_own_words_moves_the_terminal(home, tmp_path):
    said = "The board says \x1b[2J\x07: flash it."
    done = run(home, Hands(tmp_path / "boards", ["a"], {("a", "install"): said}), listed(tmp_path, 1))
    assert done.exit_code == 3 and "The board says ?[2J?: flash it." in done.output
    assert not set("\x1b\x07") & set(done.output)


def test_a_row_takes_only_its_board(home, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("name,place,lat,lon,board\nAnna,A,1,1,pico-waveshare\nBert,B,1,1,\nCarl,C,1,1,heltec-v3\n")
    done = run(home, Hands(tmp_path / "boards", ["x", "y", "z"]), path)
    assert (
        done.exit_code == 3
        and "No beacon of the list is for a board heltec-v3: still wanted are pico-waveshare"
        in (done.output.replace("\n", " "))
    )
    names = [e["name"] for e in journal.read(home / journal.NAME) if e["event"] == "labelled"]
    assert names == ["Bert", "Carl"]


def test_what_is_not_a_boards_fault_stops_the_line(home, tmp_path):
    (home / "master.key").unlink()
    done = run(home, Hands(tmp_path / "boards", ["a", "b"]), listed(tmp_path, 2))
    assert done.exit_code == 1 and "put in the stick" in done.output.replace("\n", " ")
    assert [e["event"] for e in journal.read(home / journal.NAME)].count("failed") == 0


def test_a_board_that_is_pulled_out_is_a_failed_board(home, tmp_path):
    class Pulled(Hands):
        def install(self, device, table):
            raise OSError(5, "Input/output error")

    done = run(home, Pulled(tmp_path / "boards", ["a"]), listed(tmp_path, 2))
    assert done.exit_code == 3 and "It went away (Input/output error)" in done.output


@pytest.mark.slow
def test_killed_at_every_point_two_boards_become_two_beacons_and_no_step_is_done_twice(tmp_path, tell):
    def work(home, hands):
        with journal.opened(home / journal.NAME) as held:
            rows = batchlist.read(listed(home.parent, 2))
            Line(Provisioner(Site.open(home), held, hands), hands, rows, Say(as_json=False)).run()

    def fresh(name):
        (tmp_path / name).mkdir()
        return bench.site_at(tmp_path / name), tmp_path / name / "boards"

    home, boards = fresh("count")
    points = bench.killed_at(None, lambda: work(home, Hands(boards, ["a", "b"])))
    cut = made = 0
    for point in range(1, points + 1):
        home, boards = fresh(str(point))
        cut += bench.killed_at(point, lambda home=home, boards=boards: work(home, Hands(boards, ["a", "b"]))) == 0
        work(home, Hands(boards, ["a", "b"]))  # both are put in again, in the same order
        hands, site = Hands(boards), Site.open(home)
        assert sorted(place.name for place in site.roster.places) == ["Beacon 0", "Beacon 1"]
        steps = [one for one in hands.done() if one[1] in ("flash", "install", "check")]
        assert len(steps) - len(set(steps)) <= 1, steps  # at most the one that was under way
        nodes = {mac: hands.settings(mac)["node"] for mac in "ab"}
        assert set(nodes.values()) == {beacon.node for beacon in site.roster.beacons}
        for beacon in site.roster.beacons:
            mac = next(mac for mac, node in nodes.items() if node == beacon.node)
            assert hands.settings(mac)["device_epoch"] == beacon.epoch
        made += 1
    tell(f"batch of 2 boards: N = {points} points, cut = {cut}, made = {made}")
    assert points == cut == made and points > 100


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ("name,place,lat\n", "line 1: column 'lon' is missing"),
        ("name,place,lat,lon,color\n", "line 1: column 'color' is unknown"),
        ("name,place,lat,lon,lat\n", "line 1: column 'lat' is twice"),
        ("name,place,lat,lon\n", "has no row"),
        ("name,place,lat,lon\nA,B,1\n", "line 2: it has not as many cells"),
        ("name,place,lat,lon\nA,B,1,2,3\n", "line 2: it has not as many cells"),
        ("name,place,lat,lon\nA,B,1,2\n,B,1,2\n", "line 3, column name: The name is empty"),
        ("name,place,lat,lon\nA,,1,2\n", "line 2, column place"),
        ("name,place,lat,lon\nA,B,x,2\n", "line 2, column lat: 'x' is no number"),
        ("name,place,lat,lon\nA,B,91,2\n", "line 2, column lat: The latitude 91.0 is out of range"),
        ("name,place,lat,lon\nA,B,1,nan\n", "line 2, column lon: The longitude nan"),
        ("name,place,lat,lon,mode\nA,B,1,2,sleep\n", "line 2, column mode: 'sleep' is no mode"),
        ("name,place,lat,lon,kinds\nA,B,1,2,help+thirst\n", "line 2, column kinds: 'thirst' is no kind"),
        ("name,place,lat,lon,captain\nA,B,1,2,maybe\n", "line 2, column captain"),
        ("name,place,lat,lon,board\nA,B,1,2,abacus\n", "line 2, column board: There is no board 'abacus'"),
        ("name,place,lat,lon,door\nA,B,1,2,\x07\n", "line 2, column door: The door holds"),
        ("name,place,lat,lon\nA,B,1,2\na,C,1,2\n", "line 3, column name: line 2 has this name"),
        ("name,place,lat,lon\nA,B,1,2\nC,B,1,2\n", "line 3, column place: line 2 is at this very spot"),
        ('name,place,lat,lon\nA,"B,1,2\n', "line 2: it cannot be read as a list"),
        ('name,place,lat,lon\nC,D,1,2\nA,"B"x,1,2\nE,F,1,2\n', "line 3: it cannot be read as a list"),
        ("name,place,lat,lon\nA,B,1,2\nC,b,1,2\n", "line 3, column place: line 2 is at this very spot"),
        ("name;place;lat;lon\nA;B;1;2;3\n", "line 2: it has not as many cells"),
        ("name,place,lat,lon,\nA,B,1,2,3\n", "line 2: it has not as many cells"),
        ("name,place,lat,lon\n,,,\n", "has no row"),
        ("name|place|lat|lon\nA|B|1|2\n", "line 1: column 'name' is missing"),
    ],
)
def test_a_bad_row_is_named_by_line_and_column_before_anything_begins(home, tmp_path, rows, sentence):
    path = tmp_path / "list.csv"
    path.write_text(rows)
    done = run(home, Hands(tmp_path / "boards", ["a"]), path)
    assert done.exit_code == 1 and re.search(re.escape(sentence), done.output), done.output
    assert done.output.count("\n") == 1 and not (home / journal.NAME).exists() and Site.open(home).roster.version == 1
    path.write_bytes(b"\xff\xfen\0a\0m\0e\0")
    with pytest.raises(BadRow, match="not UTF-8"):
        batchlist.read(path)


def test_what_the_roster_says_against_a_row_is_said_before_the_first_board(home, tmp_path):
    site = Site.open(home)
    node = site.add_beacon("Beacon 1", "34th & Cedar", 44.95, -93.25).node
    done = run(home, Hands(tmp_path / "boards", ["a"]), listed(tmp_path, 2))
    assert (
        done.exit_code == 1 and "Line 3, column name or place" in done.output and "another private part" in done.output
    )
    site.retire_beacon(node)
    path = tmp_path / "list.csv"
    path.write_text("name,place,lat,lon\nAnna,A,1,2\n")
    node = site.add_beacon("Anna", "A", 1, 2).node
    site.take_settings(node)
    assert "set up already, and not by a batch" in run(home, Hands(tmp_path / "boards", ["a"]), path).output
    assert Hands(tmp_path / "boards").done() == []


def test_a_list_says_where_a_second_button_is_wired(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("name,place,lat,lon,second_button\nA,Hof,1,2,yes\nB,Mill,1,2,\n")
    assert [row.wish.second_button for row in batchlist.read(path)] == [True, False]


def test_a_list_saved_by_a_spreadsheet_is_read(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes('\ufeffname,place,lat,lon,kinds,captain\r\n"Straße, 5",Hof ,1,2,fire+help,YES\r\n'.encode())
    (row,) = batchlist.read(path)
    assert (row.wish.name, row.wish.place, row.wish.kinds, row.wish.captain) == (
        "Straße, 5",
        "Hof",
        ["help", "fire"],
        True,
    )


@pytest.mark.parametrize(
    "written",
    [
        b"name;place;lat;lon\nAnna;34th & Cedar;44.95;-93.25\nBert;B;1;2\n",
        b"name;place;lat;lon\r\nAnna;34th & Cedar;44,95;-93,25\r\nBert;B;1;2\r\n",
        b"name\tplace\tlat\tlon\nAnna\t34th & Cedar\t44.95\t-93.25\nBert\tB\t1\t2\n",
        b"Name,Place,LAT, Lon \nAnna,34th & Cedar,44.95,-93.25\nBert,B,1,2\n",
        b"name,place,lat,lon,\nAnna,34th & Cedar,44.95,-93.25,\nBert,B,1,2,\n",
        b"name,place,lat,lon\nAnna,34th & Cedar,44.95,-93.25,\nBert,B,1,2,,,\n",
        b"name,place,lat,lon\n,,,\n\nAnna,34th & Cedar,44.95,-93.25\n , ,,\nBert,B,1,2\n,,,\n",
        b"\xef\xbb\xbfname,place,lat,lon\r\nAnna,34th & Cedar,44.95,-93.25\r\nBert,B,1,2",
        b"name,place,lat,lon\rAnna,34th & Cedar,44.95,-93.25\rBert,B,1,2\r",
    ],
)
def test_however_a_spreadsheet_saves_a_list_it_is_the_same_list(written, tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes(written)
    wishes = [row.wish for row in batchlist.read(path)]
    assert wishes == [bench.wish(), bench.wish("Bert", place="B", lat=1.0, lon=2.0)]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16"])
def test_letters_that_are_not_utf_8_are_named_by_line_and_column_and_never_guessed(encoding, tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes("name,place,lat,lon\nAnna,A,1,2\nBert,Straße,1,2\n".encode(encoding))
    with pytest.raises(BadRow) as said:
        batchlist.read(path)
    assert "not UTF-8" in said.value.message and said.value.message.endswith("as CSV in UTF-8.")
    assert "line 3, column place" in said.value.message or encoding == "utf-16"


def test_five_thousand_rows_are_read_at_once(tmp_path, tell):
    path, row = tmp_path / "list.csv", "Beacon {0},Corner {0} of Cedar,44.95,-93.25,DOOR-{0}\n"
    path.write_text("name,place,lat,lon,door\n" + "".join(row.format(n) for n in range(5000)))
    begun = time.monotonic()
    assert len(batchlist.read(path)) == 5000
    took = time.monotonic() - begun
    tell(f"a list of 5,000 rows is read in {took:.2f} s")
    assert took < 3


@pytest.mark.parametrize("where", ["file", "file/below", "/proc/nowhere"])
def test_a_folder_that_cannot_be_made_is_said_before_the_first_board(where, home, tmp_path):
    (tmp_path / "file").touch()
    hands = Hands(tmp_path / "boards", ["a"])
    words = ["batch", str(listed(tmp_path, 1)), "--site", str(home), "--out", str(tmp_path / where)]
    done = CliRunner().invoke(workbench, words, obj=hands)
    assert done.exit_code == 1 and done.output.count("\n") == 1 and "name another with --out." in done.output
    assert hands.done() == [] and not (home / journal.NAME).exists()


@pytest.mark.parametrize("said", range(5))
@pytest.mark.parametrize("error", [BrokenPipeError(32, "Broken pipe"), OSError(28, "No space left on device")])
def test_an_output_that_takes_nothing_more_is_no_boards_fault(said, error, home, tmp_path, monkeypatch):
    left = [said]

    def echo(*_, **options):
        left[0] -= not options.get("err")
        if left[0] < 0:
            raise error

    with monkeypatch.context() as patched:
        patched.setattr(click, "echo", echo)
        done = run(home, Hands(tmp_path / "boards", ["a"]), listed(tmp_path, 1), "--json")
    assert done.exit_code == (1 if said < 5 else 0)
    assert "failed" not in [entry["event"] for entry in journal.read(home / journal.NAME)]
    assert run(home, Hands(tmp_path / "boards", ["a"]), listed(tmp_path, 1)).exit_code == 0
