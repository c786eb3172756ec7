"""Acknowledgements, retries and names."""

from meshwire import BROADCAST
from meshwire.data import ALERT, NODEINFO, ROUTING, TELEMETRY, TEXT, Data
from meshwire.node import ACKED, FAILED, ON_AIR

from tests.meshwire.bench import MODEM, OTHER, SEALED, A, B, Bench, C, D, answer, hello, opened, packet, with_hops


def test_on_the_air():
    bench = Bench()
    id = bench.node.send(Data(ALERT, SEALED), 0)
    raw = bench.out()[1]
    assert bench.events == []
    bench.node.heard(with_hops(raw, 2, 9), 2000)
    bench.node.heard(with_hops(raw, 2, 8), 3000)
    assert bench.events == [(ON_AIR, id, 0)], "told once"
    bench.node.heard(hello(sender=A, id=555), 4000)
    assert len(bench.events) == 1, "what we never sent proves nothing"
    bench = Bench()
    bench.node.heard(hello(sender=A, id=555), 4000)
    assert bench.events == []


def test_three_transmissions_and_then_it_failed():
    bench = Bench()
    id = bench.node.send(Data(TEXT, b"hi"), 0, to=B, want_ack=True)
    first = bench.node.transmit(0)
    assert first[12] == 0x6B
    sent = 0
    for number in range(3):
        left = sent + 500
        bench.node.sent(left)
        patience = 2 * MODEM.airtime_us(len(first)) // 1000 + (8 + 16 + 32) * 28 + 4500
        sent = bench.node.due()
        assert sent == left + patience, number
        again = bench.node.transmit(sent)
        assert again == (first if number < 2 else None)
    assert bench.events == [(FAILED, id, 5)]
    assert bench.node.due() is None and bench.node.queue.used == 0


def test_patience_grows_by_what_is_heard_meanwhile():
    bench = Bench()
    bench.node.send(Data(TEXT, b"hi"), 0, to=B, want_ack=True)
    bench.out()
    due = bench.node.due()
    other = hello(sender=C, hops=0)
    bench.node.heard(other, 2000)
    assert bench.node.due() == due + MODEM.airtime_us(len(other)) // 1000


def test_a_repetition_heard_ends_the_retries_of_a_broadcast():
    bench = Bench()
    id = bench.node.send(Data(TEXT, b"hi"), 0, want_ack=True)
    raw = bench.out()[1]
    assert raw[12] == 0x63, "want_ack is not on the air for all"
    bench.node.heard(with_hops(raw, 2, 9), 2000)
    assert bench.node.due() is None and bench.events == [(ON_AIR, id, 0)]


def test_acknowledged_and_refused():
    for error, kind in ((0, ACKED), (6, FAILED), (35, FAILED)):
        bench = Bench()
        id = bench.node.send(Data(TEXT, b"hi"), 0, to=B, want_ack=True)
        bench.out()
        assert bench.node.heard(answer(A, id, error), 2000).data.portnum == ROUTING
        assert bench.events == [(kind, id, error)]
        assert bench.node.due() is None


def test_a_reply_is_an_acknowledgement_too():
    bench = Bench()
    id = bench.node.send(Data(TEXT, b"hi"), 0, to=B, want_ack=True)
    bench.out()
    bench.node.heard(packet(Data(TELEMETRY, b"x", request_id=id, bitfield=0), to=A), 2000)
    assert bench.events == [(ACKED, id, 0)]


def test_an_answer_to_what_we_never_sent_is_nothing():
    bench = Bench()
    bench.node.heard(answer(A, 99), 2000)
    bench.node.heard(packet(Data(ROUTING, b"", request_id=98, bitfield=0), to=A, id=5), 2000)
    assert bench.events == []


def test_the_answer_overheard_ends_the_relay():
    bench = Bench()
    bench.node.heard(hello(to=C, id=77), 1000)
    assert bench.node.queue.used == 1
    bench.node.heard(answer(B, 77, sender=C), 1500)
    assert [slot.key for slot in bench.node.queue.slots if slot.state] == [answer(B, 77, sender=C)[4:12]]


def acknowledgement(message, **rest):
    """What a node sends when `message` reaches it: (payload, request_id, hop_limit, want_ack) or None."""
    bench = Bench()
    bench.node.heard(packet(message, to=A, **rest), 1000)
    raw = bench.out()[1]
    if raw is None:
        return None
    head, _, found = opened(raw)
    assert (found.portnum, head.to, head.hop_start) == (ROUTING, B, head.hop_limit)
    return found.payload, found.request_id, head.hop_limit, head.want_ack


def test_which_packets_are_acknowledged_and_how():
    text, alert = Data(TEXT, b"hi", bitfield=0), Data(ALERT, SEALED, bitfield=0)
    reply = Data(TELEMETRY, b"x", request_id=9, bitfield=0)
    reaction = Data(7 + 60, b"x", reply_id=9, bitfield=0)
    plain = (b"\x18\x00", 77, 2, False)
    zero = (b"\x18\x00", 77, 0, False)
    assert acknowledgement(text, want_ack=True) == (b"\x18\x00", 77, 2, True)
    assert acknowledgement(alert, want_ack=True) == plain
    assert acknowledgement(text) is None and acknowledgement(alert) is None
    assert acknowledgement(reply, want_ack=True) == zero
    assert acknowledgement(reaction, want_ack=True) == zero
    assert acknowledgement(reply, want_ack=True, hops=2) is None
    assert acknowledgement(reply, want_ack=True, hops=2, next_hop=0x01) == zero
    assert acknowledgement(alert, next_hop=0x01) == zero
    assert acknowledgement(alert, next_hop=0x01, hops=0) is None
    assert acknowledgement(Data(TEXT, b"hi", reply_id=9, bitfield=0), want_ack=True)[3], "a text is always acknowledged"


def test_how_far_an_acknowledgement_goes():
    alert = Data(ALERT, SEALED, bitfield=0)
    for start, hops, back in ((3, 3, 2), (3, 2, 3), (3, 1, 3), (3, 0, 3), (7, 7, 2), (7, 3, 4), (7, 0, 7), (0, 0, 0)):
        assert acknowledgement(alert, start=start, hops=hops, want_ack=True)[2] == back, (start, hops)
    assert acknowledgement(Data(ALERT, SEALED), start=0, hops=3, want_ack=True)[2] == 3, "how far it came is not known"
    assert acknowledgement(alert, start=2, hops=3, want_ack=True)[2] == 3


def test_an_acknowledgement_again_when_the_origin_repeats():
    bench = Bench()
    raw = hello(to=A, want_ack=True)
    assert bench.node.heard(raw, 1000)
    first = opened(bench.out()[1])
    bench.node.heard(answer(A, first[0].id), 2000)
    assert bench.node.heard(raw, 9000) is None
    assert opened(bench.out()[1])[2].request_id == 77


def test_what_we_cannot_read_is_refused_with_the_reason():
    for channel_byte, error in ((OTHER.hash, 6), (0, 35)):
        bench = Bench()
        raw = hello(to=A, want_ack=True, channel=OTHER)
        raw = raw[:13] + bytes((channel_byte,)) + raw[14:]
        assert bench.node.heard(raw, 1000) is None
        assert opened(bench.out()[1])[2].payload == bytes((0x18, error))
    bench = Bench()
    bench.node.heard(hello(to=A, channel=OTHER), 1000)
    assert bench.out() == (None, None), "only who wants an answer gets one"


def test_the_name_is_told_after_a_while_and_every_three_hours():
    bench = Bench(user=b"user", now_ms=5000)
    assert bench.node.due() == 35000
    at, raw = bench.out()
    head, _, found = opened(raw)
    assert (at, head.to, found.portnum, found.payload) == (35000, BROADCAST, NODEINFO, b"user")
    assert bench.node.due() == 35000 + 3 * 3600000
    bench.node.announce_at = 50000
    assert opened(bench.out()[1])[2].portnum == NODEINFO


def test_the_name_waits_while_the_air_is_full():
    bench = Bench(user=b"user")
    bench.node.air.add(29000, 24000000)
    assert bench.out() == (30000, None)
    assert bench.node.due() == 90000
    assert bench.out()[1] is not None


def test_who_asks_is_told_once():
    ask = Data(NODEINFO, b"theirs", want_response=True, bitfield=2)
    bench = Bench(user=b"user", now_ms=0)
    assert bench.node.heard(packet(ask, to=A, want_ack=True), 1000)
    head, _, found = opened(bench.out()[1])
    assert (head.to, found.portnum, found.payload, found.request_id) == (B, NODEINFO, b"user", 77)
    assert bench.node.queue.used == 0, "the answer counts as the acknowledgement"
    bench.node.heard(packet(ask, to=A, id=78), 3000)
    assert bench.node.queue.used == 0
    bench.node.heard(packet(Data(NODEINFO, b"", bitfield=2), sender=C, to=BROADCAST, hops=0), 3000)
    assert opened(bench.out()[1])[0].to == C
    bench.node.heard(packet(ask, sender=D, to=C, hops=0), 3000)
    assert bench.node.queue.used == 0, "only who asks us, or all"


def test_without_a_name_nothing_is_told():
    bench = Bench()
    assert bench.node.due() is None
    bench.node.heard(packet(Data(NODEINFO, b"", want_response=True, bitfield=2), to=A), 3000)
    assert bench.node.queue.used == 0
