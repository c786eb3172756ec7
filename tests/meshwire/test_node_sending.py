"""What a node sends, when, and what goes first."""

from meshwire import BROADCAST
from meshwire.data import ALERT, ROUTING, TELEMETRY, TEXT, Data
from meshwire.errors import MeshwireError, OverDuty, QueueFull, TooLarge

from tests.meshwire.bench import MODEM, SEALED, A, B, Bench, C, D, hello, opened, packet, with_hops


def test_a_first_transmission():
    bench = Bench()
    id = bench.node.send(Data(TEXT, b"hi"), 0)
    at, raw = bench.out()
    head, _, found = opened(raw)
    assert (id, at) == (1001, 0)
    assert raw[12] == 0x63 and raw[15] == 0x01 and raw[14] == 0
    assert (head.to, head.sender, head.id) == (BROADCAST, A, id)
    assert (found.payload, found.bitfield) == (b"hi", 0)
    assert bench.out() == (None, None)


def test_what_is_always_set():
    bench = Bench(D, hop_limit=5)
    bench.node.send(Data(TEXT, b"hi", want_response=True), 0, to=B)
    head, _, found = opened(bench.out()[1])
    assert (head.hop_limit, head.hop_start, head.relay_node) == (5, 5, 0xFF)
    assert found.bitfield == 2, "the bitfield repeats that an answer is wanted"
    bench.node.send(Data(TEXT, b"hi", bitfield=1), 0, hop_limit=0, id=42)
    head, _, found = opened(bench.out()[1])
    assert (head.hop_limit, head.hop_start, head.id, found.bitfield) == (0, 0, 42, 1)


def test_own_waiting_time_grows_with_use_of_the_channel():
    bench = Bench()
    bench.draws = [7]
    bench.node.send(Data(TEXT, b"hi"), 0)
    assert bench.asked == [8] and bench.node.due() == 7 * 28
    for percent, bound in ((19, 8), (20, 16), (40, 32), (99, 128), (100, 256)):
        bench = Bench()
        bench.node.air.add(0, percent * 600000)
        bench.node.send(Data(TEXT, b"hi"), 0)
        assert bench.asked == [bound], percent


def test_listen_before_talk_draws_anew_each_time():
    bench = Bench()
    bench.draws = [3, 5, 2]
    bench.node.send(Data(TEXT, b"hi"), 0)
    assert bench.out(busy=True) == (84, None)
    assert bench.node.due() == 84 + 5 * 28
    assert bench.out(busy=True) == (224, None)
    assert bench.out()[0] == 280


def test_after_a_sending_that_failed_the_looks_are_counted_anew():
    bench = Bench()
    bench.node.send(Data(ALERT, SEALED), 0)
    for _ in range(99):
        assert bench.out(busy=True)[1] is None
    assert bench.node.transmit(bench.node.due(), True), "the hundredth look"
    bench.node.sent(60000, ok=False)
    assert [bench.out(busy=True)[1] for _ in range(99)] == [None] * 99
    assert bench.out(busy=True)[1]


def test_a_frame_heard_draws_anew():
    bench = Bench()
    bench.draws = [1]
    bench.node.send(Data(TEXT, b"hi"), 0)
    assert bench.node.due() == 28
    bench.draws = [4]
    bench.node.heard(hello(hops=0), 20)
    assert bench.node.due() == 20 + 4 * 28


def test_nothing_goes_before_its_time():
    bench = Bench()
    bench.draws = [2]
    bench.node.send(Data(TEXT, b"hi"), 100)
    assert bench.node.transmit(155) is None
    assert bench.node.transmit(156) is not None
    assert bench.node.transmit(157) is None, "one at a time"
    bench.node.sent(700)


def test_a_radio_that_failed_tries_again():
    bench = Bench()
    bench.node.send(Data(TEXT, b"hi"), 0)
    raw = bench.node.transmit(0)
    bench.node.sent(10, False)
    assert bench.node.sending.permille(10) == 0
    assert bench.out() == (10, raw)
    assert bench.node.sending.permille(510) == 0 and bench.node.queue.used == 0


def test_too_large_and_full():
    bench = Bench()
    for _ in range(16):
        bench.node.send(Data(TEXT, b"hi"), 0)
    for error, message in ((TooLarge, Data(TEXT, bytes(234))), (QueueFull, Data(TEXT, b"one too many"))):
        try:
            bench.node.send(message, 0)
        except MeshwireError as raised:
            assert isinstance(raised, error) and len(str(raised)) > 20
        else:
            raise AssertionError(error)
    bench.node.send(Data(ALERT, SEALED), 0)
    assert bench.node.queue.used == 16
    assert opened(bench.out()[1])[2].portnum == ALERT, "an alert takes the last one's place and goes first"


def test_what_looks_like_an_alert_keeps_what_is_urgent_neither_out_nor_waiting():
    """Anybody with the channel's key can make what is relayed as an alert."""
    bench = Bench()
    for id in range(16):
        bench.node.heard(packet(Data(ALERT, SEALED, bitfield=0), id=100 + id), id)
    ours = bench.node.send(Data(TELEMETRY, b"pulse"), 20, priority=127)
    assert [opened(bench.out()[1])[0].id for _ in range(16)] == [ours] + list(range(100, 115))


def test_who_goes_first():
    bench = Bench()
    for message, options in (
        (Data(TELEMETRY, b"pulse"), {}),
        (Data(TELEMETRY, b"wanted"), {"want_ack": True}),
        (Data(TELEMETRY, b"answer", request_id=5), {}),
        (Data(TEXT, b"text"), {}),
        (Data(ROUTING, b"\x18\x00", request_id=5), {}),
        (Data(ALERT, b"somebody's"), {}),
        (Data(TELEMETRY, b"pulse 2"), {}),
        (Data(TELEMETRY, b"urgent"), {"priority": 125}),
        (Data(ALERT, SEALED), {}),
        (Data(TEXT, SEALED), {}),
    ):
        bench.node.send(message, 0, **options)
    sent = []
    while bench.node.queue.front():
        sent.append(opened(bench.out()[1])[2].payload)
    assert sent == [
        SEALED,
        SEALED,
        b"urgent",
        b"\x18\x00",
        b"text",
        b"answer",
        b"wanted",
        b"pulse",
        b"somebody's",
        b"pulse 2",
    ]


def test_what_is_not_there_is_not_found():
    bench = Bench()
    bench.node.send(Data(TEXT, b"hi"), 0)
    key = bench.node.queue.front().key
    assert bench.node.queue.find(key) and bench.node.queue.find(b"") is None
    bench.out()
    assert bench.node.queue.find(key) is None


def test_relays_go_before_own_of_equal_priority():
    bench = Bench()
    bench.node.send(Data(TELEMETRY, b"own"), 0)
    bench.node.heard(packet(Data(TELEMETRY, b"theirs", bitfield=0)), 10)
    assert opened(bench.out()[1])[2].payload == b"theirs"
    assert opened(bench.out()[1])[2].payload == b"own"


def test_an_alert_relayed_overtakes():
    bench = Bench()
    for _ in range(3):
        bench.node.send(Data(TEXT, b"own"), 0)
    bench.node.heard(packet(Data(ALERT, SEALED, bitfield=0)), 10)
    assert opened(bench.out()[1])[2].payload == SEALED


def test_what_is_heard_and_sent_is_counted():
    bench = Bench()
    raw = hello(hops=0)
    for second in range(10):
        bench.node.heard(raw, second * 1000)
    used = 10 * MODEM.airtime_us(len(raw))
    assert bench.node.air.permille(9999) == used // 60000
    assert bench.node.sending.permille(9999) == 0
    bench.node.send(Data(TEXT, b"x" * 200), 10000)
    raw = bench.out()[1]
    used += MODEM.airtime_us(len(raw))
    assert bench.node.air.permille(10500) == used // 60000
    assert bench.node.sending.permille(10500) == MODEM.airtime_us(len(raw)) // 3600000
    assert bench.node.air.permille(75000) == 0, "a minute later it is forgotten"


def test_the_duty_cycle_holds_everything_back():
    bench = Bench(duty_permille=10)
    bench.node.sending.add(0, 36000000)
    assert bench.node.over_duty(1000)
    try:
        bench.node.send(Data(ALERT, SEALED), 1000)
    except OverDuty as error:
        assert "hour" in str(error)
    else:
        raise AssertionError("sent all the same")
    assert bench.node.heard(hello(to=A, want_ack=True), 2000) and bench.node.heard(hello(id=5), 2000)
    assert bench.node.queue.used == 0 and bench.node.dropped == 2
    assert not bench.node.over_duty(3600000)
    assert bench.node.send(Data(ALERT, SEALED), 3600000)


def test_nothing_grows():
    """A thousand packets leave exactly what the first three hundred left."""
    bench = Bench(user=b"user" * 5)
    bench.event = None
    node = bench.node

    def round(start, count):
        for number in range(start, start + count):
            now = number * 3000
            node.heard(
                hello(id=number, sender=C + number % 50, to=A if number % 7 == 0 else BROADCAST, want_ack=True), now
            )
            node.heard(with_hops(hello(id=number, sender=C + number % 50), 2, 9), now + 500)
            if number % 5 == 0:
                node.send(Data(ALERT, SEALED), now, want_ack=True)
            for _ in range(3):
                bench.out()
            bench.asked, bench.events = [], []

        while node.queue.used:
            bench.out()

    def shape():
        return len(node.history.ring), len(node.queue.slots), len(node.air._air), len(node.sending._air)

    round(1, 300)
    before, heap = shape(), used()
    round(301, 700)
    assert shape() == before
    assert used() - heap <= 64, (used(), heap)  # a few bytes come and go with what waits


def used():
    """Bytes of live heap; 0 where the interpreter does not tell."""
    import gc

    gc.collect()
    return gc.mem_alloc() if hasattr(gc, "mem_alloc") else 0
