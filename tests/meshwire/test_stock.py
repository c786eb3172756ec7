"""Stock radios: what each role and firmware does differently."""

from meshwire.data import ALERT, NODEINFO, TEXT, Data
from meshwire.stock import CLIENT, ROUTER, ROUTER_LATE, StockNode

from tests.meshwire.bench import MODEM, SEALED, A, Bench, C, hello, opened, packet, with_hops


class Stock(Bench):
    kind = StockNode

    def __init__(self, role=CLIENT, firmware="2.7", **options):
        Bench.__init__(self, A, **options)
        self.node.role = role
        self.node.firmware = firmware


def test_an_alert_is_nothing_special():
    bench = Stock()
    bench.node.heard(packet(Data(ALERT, SEALED, bitfield=0), id=5, hops=3), 0)
    bench.node.send(Data(TEXT, b"text"), 10)
    assert opened(bench.out()[1])[2].portnum == TEXT
    assert opened(bench.out()[1])[2].portnum == ALERT


def test_an_alert_waits_for_a_free_air_however_long():
    for kind, sent in ((Bench, True), (Stock, False)):
        bench = kind()
        bench.node.send(Data(ALERT, SEALED), 0)
        assert any(bench.out(busy=True)[1] for _ in range(101)) == sent, kind


def test_a_forged_copy_ends_its_relay():
    for kind, relayed in ((Bench, True), (Stock, False)):
        bench = kind()
        raw = hello()
        bench.node.heard(raw, 1000)
        bench.node.heard(with_hops(raw[:16] + bytes(len(raw) - 16), 2, 9), 1100)
        assert bool(bench.node.queue.used) == relayed, kind


def test_noise_under_a_packets_number_hides_it():
    for kind, taken in ((Bench, True), (Stock, False)):
        bench = kind()
        raw = hello()
        bench.node.heard(raw[:16] + bytes(len(raw) - 16), 1000)
        assert bool(bench.node.heard(raw, 1100)) == taken, kind


def test_a_router_goes_first_and_stays():
    bench = Stock(ROUTER)
    bench.draws = [15]
    raw = hello()
    bench.node.heard(raw, 1000, snr=10)
    assert bench.asked == [16] and bench.node.due() == 1000 + 15 * 28
    bench.node.heard(with_hops(raw, 2, 9), 1100)
    assert bench.out()[1] == with_hops(raw, 2, 1)
    bench = Stock(ROUTER)
    bench.node.send(Data(TEXT, b"own"), 0)
    assert bench.asked == [8], "its own frames wait like anyone's"


def test_a_late_router_waits_and_stays():
    bench = Stock(ROUTER_LATE)
    raw = hello()
    bench.node.heard(raw, 1000, snr=-20)
    assert bench.node.due() == 1000 + 16 * 28
    bench.node.heard(with_hops(raw, 2, 9), 1100, snr=-20)
    late = 1100 + (16 + 8) * 28
    assert bench.node.due() == late
    bench.node.heard(hello(id=78, hops=0), 1200)
    bench.node.heard(with_hops(raw, 2, 8), 1300)
    assert bench.node.due() == late, "nothing moves it any more"
    bench.node.heard(hello(id=79, sender=C), 1400)
    assert opened(bench.out()[1])[0].id == 79, "everything else goes before it"
    assert bench.out() == (late, with_hops(raw, 2, 1))


def test_routers_relay_the_core_ports_only():
    for role, port, relayed in (
        (ROUTER, 256, False),
        (ROUTER, 10, False),
        (ROUTER, 11, True),
        (ROUTER, 67, True),
        (ROUTER_LATE, 256, False),
        (CLIENT, 256, True),
        (CLIENT, 71, False),
        (CLIENT, 37, False),
    ):
        bench = Stock(role)
        bench.node.heard(packet(Data(port, b"x", bitfield=0)), 1000)
        assert bool(bench.node.queue.used) == relayed, (role, port)


def test_what_the_newer_firmware_drops():
    for firmware, taken in (("2.7", True), ("2.8", False)):
        for raw in (
            hello(start=2, hops=3),
            hello(start=0, hops=3),
            packet(Data(TEXT, b"old"), start=0, hops=0),
            packet(Data(TEXT, b"old"), start=0, hops=1),
        ):
            bench = Stock(firmware=firmware)
            assert bool(bench.node.heard(raw, 1000)) == taken, (firmware, raw)
            assert taken or not bench.node.queue.used
    for raw in (hello(), hello(start=0, hops=0), packet(Data(NODEINFO, b"x")), hello(start=7, hops=0)):
        assert Stock(firmware="2.8").node.heard(raw, 1000)


def test_our_own_frames_please_the_newer_firmware():
    ours = Bench(C)
    ours.node.send(Data(ALERT, SEALED), 0)
    ours.node.send(Data(TEXT, b"near"), 0, hop_limit=0)
    for _ in range(2):
        assert Stock(firmware="2.8").node.heard(ours.out()[1], 1000)


def test_unreadable_frames_in_mode_all():
    other = packet(Data(TEXT, b"x"))[:16] + bytes(20)
    bench = Stock(opaque=True)
    bench.node.heard(other, 1000)
    assert bench.node.queue.used == 1 and bench.node.due() == 1000 + 16 * MODEM.slot_ms
    assert not Stock(ROUTER, opaque=True).node.heard(other, 1000)
    router = Stock(ROUTER, opaque=True)
    router.node.heard(other, 1000)
    assert router.node.queue.used == 0
