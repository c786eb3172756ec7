"""Every golden frame built and read again, by the hosts' modules and by the board's."""

from alertwire import gatewaypulse, line, pulse, receipt, sequence, telemetry, wire
from alertwire.errors import Unbuildable

from tests.alertwire.golden import NODE, load, raises, raw, refuses

FLAGS = ("drill", "low", "cancel", "doubt")


def test_lines_are_built_byte_for_byte():
    vectors = load("lines")
    assert len(vectors) > 20
    for v in vectors:
        up, group, text = raw(v["up"]), raw(v["group"]), raw(v["text"])
        payload = line.build(
            v["node"], up, group, v["group_epoch"], text, v["sequence"], kind=v["kind"], echo=v["echo"], back=v["back"],
            drill=v["drill"], low=v["low"], cancel=v["cancel"], doubt=v["doubt"], duress=v["duress"],
            position=tuple(v["position"]) if v["position"] else None,
        )  # fmt: skip
        assert payload == raw(v["payload"])
        head = raw(v["head"])
        name = wire.DURESS if v["duress"] else wire.PLAIN
        again = wire.build_line(
            v["node"], up, group, v["group_epoch"], text, v["sequence"], head[1], v["echo"], v["back"], head[9:], name
        )
        assert again == payload


def test_lines_are_read():
    for v in load("lines"):
        found = line.parse(raw(v["payload"]))
        assert (found.text, found.head) == (raw(v["text"]), raw(v["head"]))
        assert (found.group_tag, found.tag) == (raw(v["group_tag"]), raw(v["tag"]))
        assert [getattr(found, name) for name in FLAGS] == [v[name] for name in FLAGS]
        for name in ("kind", "back", "sequence", "echo"):
            assert getattr(found, name) == v[name]
        assert found.group_epoch == v["group_epoch"] & 15
        assert line.authentic(found, v["node"], raw(v["up"])) == (line.DURESS if v["duress"] else line.PLAIN)
        assert line.group_authentic(found, v["node"], raw(v["group"]))
        assert not line.authentic(found, v["node"] ^ 1, raw(v["up"]))
        assert not line.authentic(found, v["node"], raw(v["group"]))
        assert not line.group_authentic(found, v["node"] ^ 1, raw(v["group"]))
        board = wire.Line(raw(v["payload"]))
        assert (board.text, board.tag, board.flags, board.sequence, board.echo) == (
            found.text, found.tag, found.flags, found.sequence, found.echo,
        )  # fmt: skip


def test_positions_come_back_within_a_metre_or_two():
    placed = [v for v in load("lines") if v["position"]]
    assert len(placed) > 5
    for v in placed:
        lat, lon = line.parse(raw(v["payload"])).position
        assert abs(lat - v["position"][0]) <= 180 / 2**24 and abs(lon - v["position"][1]) <= 360 / 2**24
        assert wire.square((lat, lon)) == raw(v["head"])[9:], "the middle of a square lies in it"
    assert [v for v in load("lines") if not v["position"]][0]["head"][2:4] == "00"
    assert wire.square((90.0, 180.0)) == b"\xff\xff\xff\0\0\0"


def test_the_text_of_a_line():
    assert wire.compose("HELP", "34th & Cedar", 0x01000412) == b"\x07HELP 34th & Cedar #1042"
    assert wire.compose("AYUDA", "Ñ", 0xFF000000) == "\x07AYUDA Ñ #0".encode()


def test_how_far_back_a_line_can_name_its_alert():
    assert [wire.reach(100, root) for root in (0, 99, 85, 84, 1)] == [0, 1, 15, 0, 0]
    assert wire.reach(100, 101) == 0, "at the end of the numbers a press may stand below its alert"
    assert line.root(0x01000412, 2) == 0x01000410
    assert line.root(0x01000001, 2) == 0x01000001, "never into another device epoch"
    assert line.root(0x01000002, 2) == 0x01000000


def test_a_kind_of_a_later_day_is_read_as_help():
    v = load("lines")[0]
    for kind in range(8):
        payload = wire.build_line(NODE, raw(v["up"]), raw(v["group"]), 1, raw(v["text"]), 5, kind)
        found = line.parse(payload)
        assert found.kind == (kind if kind < 4 else 0)
        assert line.authentic(found, NODE, raw(v["up"])) == line.PLAIN


def test_only_a_cancel_can_be_under_duress():
    v = load("lines")[0]
    up = raw(v["up"])
    payload = wire.build_line(NODE, up, raw(v["group"]), 1, raw(v["text"]), 5, 0, name=wire.DURESS)
    assert line.authentic(line.parse(payload), NODE, up) == 0


def test_what_must_not_be_built_as_a_line():
    good = {"node": NODE, "up": bytes(32), "group": bytes(32), "group_epoch": 1, "text": b"\x07x", "sequence": 1}
    assert line.build(**good)
    for wrong in (
        {"text": b"x"}, {"text": b"\x07" + b"x" * 120}, {"text": b"\x07~"}, {"text": b"\x07\x07"}, {"kind": 4},
        {"kind": -1}, {"back": 16}, {"back": -1}, {"sequence": 1 << 32}, {"sequence": -1}, {"echo": 1 << 16},
        {"duress": True},
    ):  # fmt: skip
        both = dict(good)
        both.update(wrong)
        assert raises(Unbuildable, line.build, **both), wrong


def test_receipts_both_ways():
    vectors = load("receipts")
    assert [len(v["entries"]) for v in vectors] == [1, 2, 3, 8, 8, 1, 1]
    for v in vectors:
        entries = [
            receipt.entry(e["node"], raw(e["down"]), e["sequence"], raw(e["tag"]), e["answer"]) for e in v["entries"]
        ]
        assert entries == [raw(e["entry"]) for e in v["entries"]]
        payload = receipt.build(entries, raw(v["group"]), v["group_epoch"], raw(v["text"]))
        assert payload == raw(v["payload"]) and len(payload) <= 180
        found = receipt.parse(payload)
        assert (found.text, found.group_epoch, list(found.entries)) == (raw(v["text"]), v["group_epoch"] & 15, entries)
        assert receipt.group_authentic(found, raw(v["group"]))
        assert not receipt.group_authentic(found, bytes(32))
        for e in v["entries"]:
            pair = (e["sequence"], raw(e["tag"]))
            lost = (e["sequence"] ^ 1, raw(e["tag"]))
            assert receipt.answered(found, e["node"], raw(e["down"]), [lost, pair]) == (1, e["answer"])
            assert receipt.answered(found, e["node"] ^ 1, raw(e["down"]), [pair]) is None
            assert receipt.answered(found, e["node"], bytes(32), [pair]) is None
            assert receipt.answered(found, e["node"], raw(e["down"]), [lost]) is None


def test_the_best_entry_for_a_caller_counts():
    down, tag = b"d" * 32, b"12345678"
    for order in ((0x01, 0x13, 0x04), (0x13, 0x04, 0x01), (0x04, 0x01, 0x13)):
        entries = [receipt.entry(NODE, down, 7, tag, answer) for answer in order]
        found = receipt.parse(receipt.build(entries, bytes(32), 1, b"x"))
        assert receipt.answered(found, NODE, down, [(7, tag)]) == (0, 0x13)


def test_a_receipt_never_says_clear():
    for answer in (5, 0, 7, 0xF5, 0x0D):
        assert raises(Unbuildable, receipt.entry, NODE, bytes(32), 7, b"12345678", answer)
        forced = (
            b"123" + bytes([answer]) + wire.answer_tag(b"rcpt-d", NODE, bytes(32), (7, b"12345678"), bytes([answer]))
        )
        found = receipt.parse(receipt.build([forced], bytes(32), 1, b"x"))
        assert receipt.answered(found, NODE, bytes(32), [(7, b"12345678")]) is None


def test_what_must_not_be_built_as_a_receipt():
    one = bytes(12)
    assert receipt.build([one] * 8, bytes(32), 1, b"x" * 42)
    for entries, text in (([], b"x"), ([one] * 9, b"x"), ([one] * 8, b"x" * 43), ([one], b"x" * 121), ([one], b"\x07")):
        assert raises(Unbuildable, receipt.build, entries, bytes(32), 1, text)


def test_answer_bytes():
    assert receipt.pack_answer(4, True, 3) == 0x3C
    for byte in range(256):
        assert receipt.pack_answer(*receipt.unpack_answer(byte)) == byte


def test_metrics_are_meshtastics():
    assert telemetry.metrics(87, 3900, None, None, 1048576) == raw("120b0857159a99794028808040")
    assert wire.metrics(87, 3900, 1048576) == raw("120b0857159a99794028808040")
    assert telemetry.metrics(None, None, None, None, None) == b"\x12\x00"
    found = telemetry.read(telemetry.metrics(101, 4200, 12.5, 0.25, 4000000000))
    assert (found.battery, found.millivolts, found.channel_util, found.air_util) == (101, 4200, 12.5, 0.25)
    assert found.uptime == 4000000000
    for uptime in (0, 127, 128, 16383, 16384, 4294967295):
        assert telemetry.read(wire.metrics(0, 0, uptime)).uptime == uptime
    assert telemetry.read(b"\x12\x00").battery is None


def test_metrics_that_are_not_whole():
    whole = telemetry.metrics(87, 3900, 1.0, 2.0, 300)
    for end in range(3, len(whole)):
        if end - 2 not in (2, 7, 12, 17):
            assert refuses(telemetry.read, whole[:end]), end
    assert telemetry.read(b"\x12\x04\x30\x01\x3d\0\0\0\0").battery is None, "numbers of a later day are skipped"
    assert refuses(telemetry.read, b"\x12\x02\x0a\x00")
    assert refuses(telemetry.read, b"\x12\x0b\x28" + b"\xff" * 10)


def test_pulses_both_ways():
    vectors = load("pulses")
    assert len(vectors) > 20
    for v in vectors:
        up, status, body = raw(v["up"]), raw(v["status"]), raw(v["body"])
        payload = pulse.build(
            v["node"], up, status, v["group_epoch"], v["sequence"], body, v["echo"], v["standing"], v["kind"],
            v["back"], v["doubt"], v["tamper"], v["low"], v["mode"], v["last_answer"],
        )  # fmt: skip
        assert payload == raw(v["payload"])
        found = pulse.parse(payload)
        assert (found.body, found.tag) == (body, raw(v["tag"])) and payload[-8:] == found.tag
        assert (found.group_epoch, found.sequence, found.echo) == (v["group_epoch"], v["sequence"], v["echo"])
        assert not pulse.open_status(found, v["node"] ^ 1, up, status)
        assert not pulse.open_status(found, v["node"], status, status)
        assert not pulse.open_status(found, v["node"], up, up)
        assert found.standing == found.kind == found.back == 0 and not found.doubt
        assert pulse.open_status(found, v["node"], up, status)
        for name in ("standing", "kind", "back", "doubt", "tamper", "low", "mode", "last_answer"):
            assert getattr(found, name) == v[name], name


def test_a_pulse_says_far_back_as_far_as_it_can():
    payload = pulse.build(NODE, bytes(32), bytes(32), 1, 1 << 20, b"\x12\x00", back=70000)
    found = pulse.parse(payload)
    assert pulse.open_status(found, NODE, bytes(32), bytes(32)) and found.back == 65535


def test_what_a_later_pulse_may_say_is_an_open_alert_for_help():
    payload = wire.build_pulse(NODE, bytes(32), bytes(32), 1, 9, b"\x12\x00", 0, 0x75)
    found = pulse.parse(payload)
    assert pulse.open_status(found, NODE, bytes(32), bytes(32)) and (found.standing, found.kind) == (1, 0)


def test_what_must_not_be_built_as_a_pulse():
    for wrong in ({"standing": 4}, {"kind": 4}, {"mode": 4}, {"last_answer": 8}, {"echo": 65536}, {"back": -1}):
        assert raises(Unbuildable, pulse.build, NODE, bytes(32), bytes(32), 1, 9, b"\x12\x00", **wrong)


def test_gateway_pulses_both_ways():
    vectors = load("gateway-pulses")
    assert [len(v["said"]) for v in vectors] == [0, 1, 6, 3]
    for v in vectors:
        slots = [raw(slot) for slot in v["slots"]]
        payload = gatewaypulse.build(
            v["gateway"], raw(v["group"]), v["group_epoch"], v["number"], v["echo"], slots, raw(v["body"])
        )
        assert payload == raw(v["payload"])
        found = gatewaypulse.parse(payload)
        assert (found.group_epoch, found.number, found.echo) == (v["group_epoch"], v["number"], v["echo"])
        assert list(found.slots) == slots and found.body == raw(v["body"])
        assert gatewaypulse.group_authentic(found, v["gateway"], raw(v["group"]))
        assert not gatewaypulse.group_authentic(found, v["gateway"] ^ 1, raw(v["group"]))
        assert not gatewaypulse.group_authentic(found, v["gateway"], bytes(32))
        for i in range(len(v["said"])):
            said, down = v["said"][i], raw(v["down"])
            pair = (said["sequence"], raw(said["tag"]))
            assert (
                gatewaypulse.slot(v["node"], down, *pair, said["answer"], v["number"]) == slots[i] == raw(said["slot"])
            )
            assert gatewaypulse.answered(found, v["node"], down, [(1, bytes(8)), pair]) == (1, said["answer"])
            assert gatewaypulse.answered(found, v["node"] ^ 1, down, [pair]) is None
            assert gatewaypulse.answered(found, v["node"], down, [(said["sequence"] ^ 1, pair[1])]) is None


def test_what_must_not_be_built_as_a_gateway_pulse():
    for slots in ([], [bytes(8)] * 5, [bytes(8)] * 7, [bytes(8)] * 5 + [bytes(7)]):
        assert raises(Unbuildable, gatewaypulse.build, 1, bytes(32), 1, 1, 1, slots, b"\x12\x00")
    assert raises(Unbuildable, gatewaypulse.build, 1, bytes(32), 1, 1 << 32, 1, [bytes(8)] * 6, b"\x12\x00")


def test_a_slot_is_found_only_where_a_slot_stands():
    down = b"d" * 32
    mine = gatewaypulse.slot(NODE, down, 7, b"12345678", 1, 9)
    for shift in range(1, 8):
        torn = (bytes(shift) + mine + bytes(40))[:48]
        slots = [torn[at : at + 8] for at in range(0, 48, 8)]
        found = gatewaypulse.parse(gatewaypulse.build(1, bytes(32), 1, 9, 1, slots, b"\x12\x00"))
        assert gatewaypulse.answered(found, NODE, down, [(7, b"12345678")]) is None


def test_every_answer_that_can_occur_is_tried_and_few_more():
    every = gatewaypulse.expected()
    can = [0, 8, 1, 9, 10] + [ordinal << 4 | answer for ordinal in range(16) for answer in (2, 3, 4, 5, 6)]
    assert sorted(every) == sorted(can) and len(every) == 85
    for known in range(256):
        if known & 7 == 7:
            continue
        tries = [gatewaypulse.expected(known, turn) for turn in range(13)]
        assert max([len(one) for one in tries]) <= 25
        wanted = [byte for byte in can if wire.rank(byte) | 1 >= wire.rank(known)]
        assert {byte for one in tries for byte in one} == set(wanted)
        near = [byte for byte in wanted if byte >> 4 < (known >> 4) + 3]
        assert not [byte for one in tries for byte in near if byte not in one], "the nearest are tried every time"
        assert list(tries[0]) == sorted(tries[0], reverse=True)


def test_packet_ids():
    for v in load("ids"):
        assert sequence.permute(raw(v["key"]), v["counter"]) == v["id"]
