"""What a node relays, when, and what makes it stop."""

from meshwire import BROADCAST, data, frame, header
from meshwire.data import ALERT, TEXT, Data
from meshwire.header import Header
from meshwire.node import ON_AIR, window

from tests.meshwire.bench import CEDAR, MODEM, OTHER, SEALED, A, B, Bench, C, answer, hello, packet, with_hops


def test_a_relay_changes_three_bytes_of_the_header_and_nothing_else():
    bench = Bench()
    plain = data.encode(Data(TEXT, b"hello", bitfield=0)) + b"\x7a\x03new"  # a field of tomorrow
    head = Header(BROADCAST, B, 77, 3, 3, via_mqtt=True, channel=CEDAR.hash, next_hop=0x01, relay_node=2)
    raw = header.pack(head) + CEDAR.crypt(77, B, plain)
    found = bench.node.heard(raw, 1000, -90, 5)
    assert (found.data.payload, found.rssi, found.snr, found.channel) == (b"hello", -90, 5, CEDAR)
    relayed = bench.out()[1]
    assert relayed[:12] == raw[:12] and relayed[16:] == raw[16:]
    assert relayed[12] == raw[12] - 1 and relayed[13] == raw[13]
    assert relayed[14:16] == b"\x00\x01"


def test_who_heard_it_badly_goes_first():
    for snr, exponent in (
        (-20, 3),
        (-14.5, 4),
        (-15, 3),
        (-1, 6),
        (4, 7),
        (9.9, 7),
        (10, 8),
        (-26, 2),
        (-25, 3),
        (16, 9),
    ):
        assert window(snr) == exponent, snr
        bench = Bench()
        bench.draws = [(1 << exponent) - 1]
        bench.node.heard(hello(), 1000, snr=snr)
        assert bench.asked == [1 << exponent]
        assert bench.node.due() == 1000 + (16 + (1 << exponent) - 1) * 28
    assert window(-100) == 0


def test_what_is_not_relayed():
    for options in (
        {"hops": 0},
        {"to": A},
        {"sender": A},
        {"id": 0},
        {"next_hop": 0x55},
        {"sender": 0},
        {"sender": BROADCAST},
        {"channel": OTHER},
    ):
        bench = Bench()
        bench.node.heard(hello(**options), 1000)
        assert bench.node.queue.front() is None, options
    bench = Bench(relays=False)
    assert bench.node.heard(hello(), 1000)
    assert bench.node.queue.front() is None


def test_the_next_hop_of_very_old_firmware_is_padding():
    bench = Bench()
    raw = hello(start=0, next_hop=0x55)
    bench.node.heard(raw, 1000)
    assert bench.out()[1] == with_hops(raw, 2, 1)


def test_what_is_read_late_does_not_spoil_what_is_leaving():
    """A frame received before we began to send may be handed in while ours is in the air."""
    bench = Bench()
    raw = hello()
    bench.node.heard(raw, 1000)
    at = bench.node.due()
    ours = bench.node.transmit(at)
    bench.node.heard(with_hops(raw, 2, 9), at + 10)
    assert bench.node.transmit(at + 20) is None
    bench.node.sent(at + 500)
    assert bench.node.sending.permille(at + 500) == MODEM.airtime_us(len(ours)) // 3600000
    assert bench.node.air.permille(at + 500) == 3 * MODEM.airtime_us(len(ours)) // 60000
    assert bench.node.queue.used == 0 and bench.node.due() is None


def test_what_was_repeated_while_it_left_again_is_not_sent_a_third_time():
    bench = Bench()
    bench.node.send(Data(TEXT, b"hi"), 0, to=B, want_ack=True)
    raw = bench.out()[1]
    again = bench.node.due()
    assert bench.node.transmit(again) == raw
    bench.node.heard(with_hops(raw, 2, 9), again + 10)
    bench.node.sent(again + 500)
    assert bench.node.due() is None and bench.node.queue.used == 0


def test_a_unicast_to_another_is_relayed_and_not_ours_to_read():
    bench = Bench()
    assert bench.node.heard(hello(to=C, want_ack=True), 1000) is None
    relayed = bench.out()[1]
    assert relayed[12] == 0x6A, "want_ack stays"


def test_another_relay_makes_ours_needless():
    bench = Bench()
    raw = hello()
    bench.node.heard(raw, 1000)
    assert bench.node.heard(with_hops(raw, 2, 9), 1100) is None
    assert bench.node.queue.used == 0 and bench.node.due() is None


def test_the_origin_saying_it_again_does_not_cancel():
    bench = Bench()
    raw = hello()
    bench.node.heard(raw, 1000)
    bench.node.heard(raw, 1100)
    assert bench.out()[1] == with_hops(raw, 2, 1)


def test_the_origin_saying_it_again_is_relayed_again():
    bench = Bench()
    raw = hello()
    assert bench.node.heard(raw, 1000)
    first = bench.out()[1]
    assert bench.node.heard(with_hops(raw, 2, 9), 5000) is None
    assert bench.out() == (None, None), "another's relay is not"
    assert bench.node.heard(raw, 9000) is None, "it is not delivered twice"
    assert bench.out()[1] == first
    bench.node.heard(raw, 19000)
    bench.node.heard(with_hops(raw, 2, 9), 19100)
    assert bench.out() == (None, None)


def test_a_copy_that_may_go_further_replaces_ours():
    bench = Bench()
    raw = hello()
    bench.node.heard(with_hops(raw, 1, 9), 1000)
    bench.node.heard(with_hops(raw, 2, 8), 1100)
    assert bench.out()[1] == with_hops(raw, 1, 1)
    bench.node.heard(hello(id=78, hops=2), 3000)
    bench.node.heard(with_hops(hello(id=78), 2, 9), 3100)
    assert bench.node.queue.used == 0, "one that goes no further cancels"


def test_a_second_copy_that_goes_no_further_than_the_first_cancels():
    bench = Bench()
    raw = hello(hops=5, start=7)
    bench.node.heard(with_hops(raw, 3, 9), 1000)
    bench.node.heard(with_hops(raw, 5, 8), 1100)
    assert bench.node.queue.used == 1
    bench.node.heard(with_hops(raw, 5, 7), 1200)
    assert bench.node.queue.used == 0, "the better copy is what counts from then on"


def test_a_flood_in_a_row_of_nodes():
    row = [Bench(0x100 + number) for number in range(6)]
    row[0].node.send(Data(ALERT, SEALED), 0, hop_limit=3)
    heard = {}
    now = 0
    for _ in range(40):
        busy = [(bench.node.due(), at) for at, bench in enumerate(row) if bench.node.due() is not None]
        if not busy:
            break
        now, at = min(busy)
        raw = row[at].node.transmit(now)
        if raw is None:
            continue
        row[at].node.sent(now + 500)
        for other in (at - 1, at + 1):
            if 0 <= other < len(row):
                found = row[other].node.heard(raw, now + 500)
                if found:
                    assert other not in heard and found.data.payload == SEALED
                    heard[other] = found.header.hop_limit
    assert heard == {1: 3, 2: 2, 3: 1, 4: 0}, "three relays, and not one more"
    assert row[0].events == [(ON_AIR, 1001, 0)]


def test_opaque_frames_are_relayed_only_where_asked():
    raw = hello(channel=OTHER)
    bench = Bench(opaque=True)
    assert bench.node.heard(raw, 1000) is None
    assert bench.out()[1] == with_hops(raw, 2, 1)
    bench.node.heard(with_hops(raw, 2, 9), 3000)
    assert bench.out() == (None, None), "and only once"


def test_noise_does_not_hide_the_packet_it_imitates():
    bench = Bench()
    noise = hello()[:16] + bytes(11)
    assert frame.unseal((CEDAR,), noise)[2] is None
    assert bench.node.heard(noise, 1000) is None
    found = bench.node.heard(hello(), 2000)
    assert found and found.data.payload == b"hello"
    assert bench.out()[1] == with_hops(hello(), 2, 1)
    assert bench.node.heard(noise, 3000) is None and bench.node.heard(hello(), 4000) is None


def test_what_is_no_frame_is_counted():
    bench = Bench()
    for raw in (b"", bytes(15), bytes(256), hello(sender=0), hello(sender=BROADCAST)):
        assert bench.node.heard(raw, 1000) is None
    assert bench.node.dropped == 5 and bench.node.queue.used == 0
    assert bench.node.heard(bytearray(hello()), 1000), "what a driver returns need not be bytes"


def test_duplicates_are_remembered_up_to_the_ring():
    bench = Bench(relays=False, history=8)
    for id in range(1, 9):
        assert bench.node.heard(hello(id=id), 1000)
    for id in range(1, 9):
        assert bench.node.heard(hello(id=id), 1000) is None
    assert bench.node.heard(hello(id=9), 1000)
    assert bench.node.heard(hello(id=2), 1000) is None
    assert bench.node.heard(hello(id=1), 1000), "the oldest was forgotten"
    assert bench.node.heard(hello(id=0), 1000) and bench.node.heard(hello(id=0), 1000), "0 is no number"


def test_records_that_overlap_are_not_mistaken():
    """A key may also stand across two records of the ring."""
    bench = Bench(relays=False)
    bench.node.heard(hello(sender=0x04030201, id=0x08070605, hops=7, start=7), 0)
    bench.node.heard(hello(sender=0x14131211, id=0x18171615, hops=7, start=7), 0)
    across = bytes(bench.node.history.ring[5:13])
    sender, id = int.from_bytes(across[:4], "little"), int.from_bytes(across[4:], "little")
    assert bench.node.history.find(across) == -1
    assert bench.node.heard(hello(sender=sender, id=id), 0)
    assert bench.node.heard(hello(sender=sender, id=id), 0) is None


def test_a_forged_copy_neither_ends_a_relay_nor_gets_into_it():
    """Headers are clear and unsealed: anybody who hears one can send it again with rubbish behind it."""
    for hops in (2, 0, 6):
        bench = Bench()
        raw = packet(Data(ALERT, SEALED, bitfield=0))
        bench.node.heard(raw, 1000)
        bench.node.heard(with_hops(raw, hops, 9)[:16] + bytes(60), 1100)
        assert bench.out()[1][16:] == raw[16:], hops


def test_nobody_can_end_a_relay_to_all_by_calling_it_answered():
    bench = Bench()
    raw = packet(Data(ALERT, SEALED, bitfield=0))
    bench.node.heard(raw, 1000)
    bench.node.heard(answer(B, 77, sender=C), 1100)
    assert raw[16:] in (bench.out()[1][16:], bench.out()[1][16:]), "what goes to all is never over by an answer"
