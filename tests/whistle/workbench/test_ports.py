"""Ports without a port: boards that come, come back under other names, or do not come."""

from types import SimpleNamespace

import pytest

from tests.hardware.plugging import Plan
from whistle.workbench import boards, ports
from whistle.workbench.errors import DriverMissing, ManyPorts, NoPort, PortGone
from whistle.workbench.ports import Port

EVERY = [boards.load(key) for key in boards.names()]
LOADER = Port("/dev/ttyACM0", "303a:1001", "DC:54:75:AA:BB:CC", "1-2")
RUNNING = Port("/dev/ttyACM1", "303a:4001", "dc5475aabbcc", "1-2")
BRIDGE = Port("/dev/ttyUSB0", "10c4:ea60", "0001", "1-3")
OTHER = Port("/dev/ttyUSB1", "10c4:ea60", "0001", "1-4")  # bridges of one batch share their serial number
MODEM = Port("/dev/ttyUSB7", "1234:5678")


def test_ports_are_read_as_pyserial_gives_them():
    raw = [
        SimpleNamespace(
            device="/dev/ttyUSB1", vid=0x10C4, pid=0xEA60, serial_number="0001", location="1-4", product=None
        ),
        SimpleNamespace(device="/dev/ttyS0", vid=None, pid=None, serial_number=None, location=None, product=None),
        SimpleNamespace(device="/dev/ttyACM0", vid=0x303A, pid=0x1001, serial_number=None, location=None, product="S3"),
    ]
    assert ports.listed(lambda: raw) == [
        Port("/dev/ttyACM0", "303a:1001", "", "", "S3"),
        Port("/dev/ttyUSB1", "10c4:ea60", "0001", "1-4", ""),
    ]


def test_a_usb_id_names_a_family():
    assert {board.key for board in ports.matching("10c4:ea60", EVERY)} >= {"heltec-v3", "heltec-wsl-v3"}
    assert ports.matching("1234:5678", EVERY) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (LOADER, RUNNING, True),
        (LOADER, RUNNING._replace(location="9-9"), True),  # moved to another socket: its MAC is its own
        (LOADER, RUNNING._replace(serial="dc5475aabbcd"), False),  # its neighbour in the same socket is not it
        (BRIDGE, BRIDGE._replace(device="/dev/ttyUSB5"), True),
        (BRIDGE, OTHER, False),
        (Port("a", "2e8a:0003", "E0C9", "1-2"), Port("b", "2e8a:0005", "e66164084b7a", "1-2"), True),
        (Port("a", "2e8a:0005", "e66164084b7a0001", "1-2"), Port("a", "2e8a:0005", "e66164084b7a0002", "1-2"), False),
        (Port("a", "x:1", "S"), Port("b", "x:2", "S"), True),
        (Port("a", "x:1"), Port("a", "x:2"), True),
        (Port("a", "x:1"), Port("b", "x:1"), False),
    ],
)
def test_one_board_is_known_again(one, other, same):
    assert one.same(other) is same and other.same(one) is same


def test_a_board_is_followed_while_it_is_away():
    plan = Plan((0, [OTHER, LOADER]), (1, [OTHER]), (5, [OTHER, RUNNING]))  # seen a moment longer, then gone
    assert plan.watching.again(LOADER) == RUNNING
    assert 7 <= plan.time < 8
    with pytest.raises(PortGone, match=r"/dev/ttyACM0 went away and did not come back in 15 s"):
        Plan((0, [OTHER])).watching.again(LOADER)


def test_a_board_that_keeps_its_port_is_soon_known_again():
    for port, seconds in ((LOADER, 2), (BRIDGE, 0)):
        plan = Plan((0, [port]))
        assert plan.watching.again(port) == port and seconds <= plan.time < seconds + 0.5


def test_a_board_that_comes_and_goes_is_no_board():
    flapping = [(n * 0.75, [RUNNING] if n % 2 else []) for n in range(40)]
    with pytest.raises(PortGone):
        Plan(*flapping).watching.again(LOADER)


def test_a_chip_that_starts_anew_has_not_lost_its_cable():
    plan = Plan((0, [RUNNING]), (2, []), (3, [RUNNING]), (9, []), (20, [RUNNING]))
    plan.watching.gone(RUNNING)
    assert 12 <= plan.time < 13, "away for three seconds"
    plan = Plan((0, [BRIDGE]), (2, [OTHER]), (3, [BRIDGE, OTHER]))
    plan.watching.gone(BRIDGE)
    assert 2 <= plan.time < 2.5, "a bridge stays at its chip's reset"
    plan = Plan((0, [RUNNING]), (2, []), (2.5, [RUNNING._replace(serial="dc5475aabbcd")]))
    plan.watching.gone(RUNNING)
    assert 5 <= plan.time < 5.5, "its neighbour took its place"


def test_a_path_without_usb_stays_what_it_is():
    path = ports.named("/dev/pts/7", lambda: [BRIDGE])
    assert path == Port("/dev/pts/7", "") and Plan((0, [])).watching.again(path) == path
    assert ports.named("/dev/ttyUSB0", lambda: [BRIDGE]) == BRIDGE


def test_the_first_board_is_waited_for_and_a_modem_is_none():
    plan = Plan((0, [MODEM]), (3, [MODEM, BRIDGE]))
    assert plan.watching.first(EVERY) == BRIDGE


def test_two_boards_are_not_guessed_between():
    with pytest.raises(ManyPorts, match=r"/dev/ttyUSB0, /dev/ttyUSB1\): name one with --port"):
        Plan((0, [BRIDGE, OTHER])).watching.first(EVERY)


def test_only_a_new_board_is_new():
    plan = Plan((0, [BRIDGE]), (2, [BRIDGE, OTHER]))
    assert plan.watching.new([BRIDGE], EVERY) == OTHER


def test_nothing_at_all_points_to_the_cable():
    plan = Plan((0, [MODEM]), usb=["1d6b:0002", "1234:5678"])
    for ask in (lambda: plan.watching.first(EVERY), lambda: plan.watching.new([], EVERY)):
        with pytest.raises(NoPort, match="many cables only charge"):
            ask()


@pytest.mark.parametrize(
    ("usb", "driver"),
    [("10c4:ea60", "the CP210x driver"), ("1a86:55d4", "the CH9102 driver"), ("303a:1001", "its driver")],
)
def test_a_bridge_without_a_port_points_to_the_driver(usb, driver):
    with pytest.raises(DriverMissing, match=f"{usb}.*install {driver}"):
        Plan((0, []), usb=[usb]).watching.first(EVERY)


def test_usb_is_read_from_the_system(tmp_path):
    for name, vendor, product in (("1-1", "10c4", "ea60"), ("usb1", "1d6b", "0002")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "idVendor").write_text(vendor + "\n")
        (tmp_path / name / "idProduct").write_text(product + "\n")
    (tmp_path / "1-2").mkdir()
    (tmp_path / "1-2" / "idVendor").write_text("dead\n")  # unplugged while we look
    assert ports.usb_ids(tmp_path) == ["10c4:ea60", "1d6b:0002"]
    assert ports.usb_ids(tmp_path / "none") == []
