"""The real hands on emulated boards: which board comes, which it is, what is done to it and what is not done again."""

import pytest

from tests.hardware import images
from tests.hardware.box import Board, Desk
from tests.hardware.plugging import Bootsel, Plan
from tests.support import boxes
from whistle.workbench import boards, errors, slots
from whistle.workbench.cache import Cache, New
from whistle.workbench.checking import People
from whistle.workbench.hands import Hands, Tools
from whistle.workbench.ports import Port, Watching
from whistle.workbench.steps import Device, Identity

TABLE = boards.load("heltec-v3")
NOBODY = People(lambda _: None, lambda _: None, lambda _: False)
ONE, OTHER = Port("/dev/ttyUSB0", "10c4:ea60", "0001", "1-1"), Port("/dev/ttyUSB1", "10c4:ea60", "0001", "1-2")
MODEM = Port("/dev/ttyACM9", "1234:5678")


class Said(list):
    """What was told: (event, words)."""

    def __call__(self, event: str, words: str, **_facts) -> None:
        self.append((event, words))


@pytest.fixture
def cache(tmp_path):
    kept = Cache(tmp_path / "cache")
    made = boxes.release(tmp_path, "0.2.0")
    program = {**made.starter, **slots.unpacked(made.files["pack"])}
    kept.keep(
        *(New("program", path, "0.2.0", data or b"\n", "test") for path, data in program.items()),
        New("driver", "lora/__init__.mpy", "0.1.6", b"M\x06", "test"),
        New("image", "ESP32_GENERIC_S3", "1.25.0", images.esp("esp32s3", size=60_000), "test"),
        New("image", "RPI_PICO", "1.25.0", images.uf2(), "test"),
    )
    return kept


@pytest.fixture
def made(cache, tmp_path):
    """made(watching, **tools): hands, and what they told."""

    def make(watching, **tools):
        said = Said()
        rest = {"watching": watching, "roots": (tmp_path / "media",), **tools}
        return Hands(Tools(rest.pop("cache", cache), said, NOBODY, tmp_path / "slips", **rest)), said

    return make


@pytest.fixture
def desk(tmp_path, need):
    need("micropython")
    with Desk(tmp_path / "desk") as laid:
        yield laid


def at(desk):
    return Device(str(desk.path))


def test_the_next_board_is_waited_for_and_the_last_must_go_first(made):
    plan = Plan((0, [MODEM]), (3, [MODEM, ONE]), (9, [MODEM]), (12, [OTHER, MODEM]))
    hands, said = made(plan.watching)
    first = hands.wait(None)
    assert first == Device("/dev/ttyUSB0", "0001") and 3 <= plan.time < 4
    assert hands.wait(first) == Device("/dev/ttyUSB1", "0001") and plan.time >= 12
    assert [event for event, _ in said] == ["waiting", "unplug"]


def test_the_bench_radio_is_no_board_that_comes(made):
    plan = Plan((0, [OTHER]), (5, [OTHER, ONE]))
    hands, _ = made(plan.watching, bench="/dev/ttyUSB1")
    assert hands.wait(None).port == "/dev/ttyUSB0"


def test_two_boards_at_once_are_a_word_and_not_the_end(made):
    plan = Plan((0, [ONE, OTHER]), (5, [OTHER]))
    hands, said = made(plan.watching)
    assert hands.wait(None).port == "/dev/ttyUSB1"
    assert [event for event, _ in said] == ["waiting", "several"] and "leave one of them." in said[1][1]


def test_two_drives_at_once_are_a_word_and_not_the_end(made, tmp_path):
    pico = Port("/dev/ttyACM0", "2e8a:0005", "e66164084b7a0001", "1-1")
    two = [Bootsel(tmp_path / "media" / name) for name in ("RPI-RP2", "RPI-RP21")]
    plan = Plan((0, []))
    hands, said = made(plan.watching, board="pico-waveshare")

    def sleep(seconds):
        plan.sleep(seconds)
        two[1].close()
        two[0].thread.join(0.1)
        if not two[0].thread.is_alive():
            plan.steps = ((0, [pico]),)

    plan.watching.sleep = sleep
    assert hands.wait(None) == Device("/dev/ttyACM0", "e66164084b7a0001")
    told = [(event, words) for event, words in said if event in ("waiting", "drive")]
    assert [event for event, _ in told] == ["waiting", "drive"] and "leave one board" in told[1][1]


def test_a_board_that_does_not_come_is_told_why_and_ctrl_c_ends(made):
    plan = Plan((0, []), usb=["10c4:ea60"])
    hands, said = made(plan.watching)

    def sleep(seconds):
        plan.sleep(seconds)
        if plan.time > 30:
            raise KeyboardInterrupt

    plan.watching.sleep = sleep
    assert hands.wait(None) is None
    assert [event for event, _ in said] == ["waiting", "nothing"] and "CP210x driver" in said[1][1]


def test_without_anything_to_put_on_boards_none_is_asked_for(made, tmp_path):
    hands, said = made(Plan((0, [ONE])).watching, cache=Cache(tmp_path / "none"))
    with pytest.raises(errors.NotInCache, match="whistle workbench fetch"):
        hands.wait(None)
    assert said == []


@pytest.mark.parametrize("named", [None, "heltec-v3"])
def test_a_board_at_its_prompt_is_known_by_its_chip_and_its_radio(made, desk, tmp_path, named):
    board = Board(tmp_path / "board", "f0f5bd000001")
    desk.plug(board)
    hands, _ = made(Watching(desk.lister), board=named)
    assert hands.identify(at(desk)) == Identity("f0f5bd000001", "heltec-v3")
    assert board.written() == []


def test_another_chip_than_the_named_boards_is_refused_at_the_prompt(made, desk, tmp_path):
    desk.plug(Board(tmp_path / "board", "f0f5bd000001"))
    hands, _ = made(Watching(desk.lister), board="lilygo-t-beam")
    with pytest.raises(errors.WrongChip, match="has an ESP32-S3 and a LILYGO T-Beam"):
        hands.identify(at(desk))


def test_a_named_board_may_sit_behind_any_bridge(made, desk, tmp_path):
    desk.plug(Board(tmp_path / "board", "f0f5bd000001"))
    odd = [port._replace(usb="1a86:55d3") for port in desk.lister()]
    hands, _ = made(Watching(lambda: odd), board="heltec-v3")
    assert hands.identify(at(desk)).board == "heltec-v3"


@pytest.mark.system
def test_a_bare_board_is_flashed_once_and_gets_its_program_and_settings(made, desk, tmp_path):
    board = Board(tmp_path / "board", "f0f5bd000001", bare=True)
    desk.plug(board)
    hands, said = made(Watching(desk.lister), board="heltec-v3")
    assert hands.identify(at(desk)) == Identity("f0f5bd000001", "heltec-v3")
    assert hands.flash(at(desk), TABLE) == Device(str(desk.path), "0001")
    said.clear()
    hands.flash(at(desk), TABLE)
    assert said == [], "what runs the newest is not written again"
    assert hands.install(at(desk), TABLE).startswith("0.2.0 ")
    assert hands.held(at(desk), TABLE) is None
    hands.provision(at(desk), TABLE, boxes.DATA["settings"])
    assert (board.flash / "settings").read_bytes() == boxes.DATA["settings"]
    assert hands.held(at(desk), TABLE)


def test_a_dead_radio_is_said_before_anything_is_put_on_the_board(made, desk, tmp_path):
    board = Board(tmp_path / "board", "f0f5bd000001", broken="bus(radio['spi']).stuck = 0")
    desk.plug(board)
    hands, _ = made(Watching(desk.lister), board="heltec-v3")
    with pytest.raises(errors.BoardFailed, match="does not answer at the pins of a Heltec"):
        hands.flash(at(desk), TABLE)
    assert board.written() == []
