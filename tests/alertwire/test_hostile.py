"""What is not the frame is not taken for it: other kinds, one bit, one byte more, one byte less."""

from alertwire import gatewaypulse, line, pulse, receipt, rekey, wire

from tests.alertwire.golden import load, raw, refuses


def take_line(payload, v):
    return line.authentic(line.parse(payload), v["node"], raw(v["up"]))


def take_neighbour(payload, v):
    return wire.Line(payload).group_authentic(v["node"], raw(v["group"]))


def take_receipt(payload, v):
    return receipt.group_authentic(receipt.parse(payload), raw(v["group"]))


def take_pulse(payload, v):
    return pulse.open_status(pulse.parse(payload), v["node"], raw(v["up"]), raw(v["status"]))


def take_tick(payload, v):
    return wire.GatewayPulse(payload).group_authentic(v["gateway"], raw(v["group"]))


def strict_tick(payload, v):
    return gatewaypulse.group_authentic(gatewaypulse.parse(payload), v["gateway"], raw(v["group"]))


def taken(take, payload, v):
    """Whether a reader takes a payload: it is whole, and the tag holds."""
    return not refuses(lambda one: take(one, v), payload) and bool(take(payload, v))


# Which golden frame each reader is tried with, and how many characters at its end are not its business: a neighbour
# cannot check the device tag, eight bytes in the last eleven characters.
FRAMES = (
    ("lines", take_line, 0, 0), ("lines", take_neighbour, 16, 11), ("receipts", take_receipt, 1, 0),
    ("pulses", take_pulse, 0, 0), ("gateway-pulses", take_tick, 2, 0), ("gateway-pulses", strict_tick, 1, 0),
)  # fmt: skip


def test_no_reader_takes_another_kind():
    offered = 0
    for name, take, _, _ in FRAMES:
        v = load(name)[0]
        for other in ("lines", "receipts", "pulses", "gateway-pulses"):
            for frame in load(other) if other != name else []:
                assert not taken(take, raw(frame["payload"]), v), (name, other)
                offered += 1
        assert taken(take, raw(v["payload"]), v)
    assert offered > 200


def test_a_flipped_bit_is_never_taken():
    flipped = 0
    for name, take, number, blind in FRAMES:
        v = load(name)[number]
        good = raw(v["payload"])
        for bit in range(8 * (len(good) - blind)):
            bad = bytearray(good)
            bad[bit // 8] ^= 1 << bit % 8
            assert not taken(take, bytes(bad), v), (name, bit)
            flipped += 1
        assert taken(take, good, v), "and the genuine one still is"
    assert flipped > 2500


def test_a_byte_more_is_never_taken():
    for name, take, number, _ in FRAMES:
        v = load(name)[number]
        good = raw(v["payload"])
        for at in range(len(good) + 1):
            for byte in (0, 7, 0x0A, 0x20, 0x3D, 0x41, 0x7E, 0xFF, good[min(at, len(good) - 1)]):
                bad = good[:at] + bytes([byte]) + good[at:]
                assert not taken(take, bad, v), (name, at, byte)
        assert taken(take, good, v)


def test_a_byte_less_is_never_taken():
    for name, take, number, blind in FRAMES:
        v = load(name)[number]
        good = raw(v["payload"])
        for at in range(len(good) - blind):
            assert not taken(take, good[:at] + good[at + 1 :], v), (name, at)
            assert not taken(take, good[:at], v), (name, at)
        assert taken(take, good, v)


def test_a_beacon_obeys_no_entry_with_a_flipped_bit():
    v = load("receipts")[0]
    good, e = raw(v["payload"]), v["entries"][0]
    pairs = [(e["sequence"], raw(e["tag"]))]
    text, sealed = wire.unseal_receipt(good)
    for bit in range(16, 8 * len(sealed) - 32):
        bad = bytearray(sealed)
        bad[bit // 8] ^= 1 << bit % 8
        again = wire.unseal_receipt(wire.seal(text, bytes(bad)))[1]
        assert wire.receipt_answer(again, e["node"], raw(e["down"]), pairs) is None, bit
    assert wire.receipt_answer(sealed, e["node"], raw(e["down"]), pairs) == (0, e["answer"])


def test_a_beacon_obeys_no_slot_with_a_flipped_bit():
    v = load("gateway-pulses")[1]
    good, said = raw(v["payload"]), v["said"][0]
    pairs = [(said["sequence"], raw(said["tag"]))]
    start = len(good) - 60
    for bit in list(range(8 * (start + 2), 8 * (start + 6))) + list(range(8 * (start + 8), 8 * (start + 16))):
        bad = bytearray(good)
        bad[bit // 8] ^= 1 << bit % 8
        found = wire.GatewayPulse(bytes(bad)).answer(v["node"], raw(v["down"]), pairs, b"\x00\x01\x02\x09")
        assert found is None, bit
    assert wire.GatewayPulse(good).answer(v["node"], raw(v["down"]), pairs, b"\x01") == (0, 1)


def test_everything_on_the_golden_list_of_refusals():
    readers = {"line": line.parse, "receipt": receipt.parse, "pulse": pulse.parse, "gateway pulse": gatewaypulse.parse,
               "rekey": rekey.parse}  # fmt: skip
    seen = {}
    for v in load("refused"):
        assert refuses(readers[v["kind"]], raw(v["payload"])), v
        seen[v["kind"]] = seen.get(v["kind"], 0) + 1
    assert min([seen[kind] for kind in readers]) >= 6


def test_a_board_refuses_what_is_not_whole_too():
    for v in load("refused"):
        if "text" in v["why"] or v["why"] in (
            "no bell",
            "two bells",
            "a link",
            "a C1 control",
            "right-to-left",
            "a bell",
        ):
            continue  # a board does not read texts: it believes tags
        if v["why"] in ("no UTF-8", "an overlong form"):
            continue
        readers = {"line": wire.Line, "receipt": wire.unseal_receipt, "gateway pulse": wire.GatewayPulse}
        if v["kind"] in readers:
            assert refuses(readers[v["kind"]], raw(v["payload"])), v


def test_no_bytes_crash_a_reader():
    number = 1
    for _ in range(400):
        number = number * 1103515245 + 12345 & 0x7FFFFFFF
        size = number >> 8 & 255
        junk = bytes([(number >> 3) * (i + 7) >> 5 & 255 for i in range(size)])
        for start in (b"", b"\x07x ~", b"\x12\x00\xfa\x07\x3c\x41", b"\x12\x00\xfa\x07\x14\x31", b"\x12", b" ~"):
            for read in (
                line.parse,
                receipt.parse,
                pulse.parse,
                gatewaypulse.parse,
                rekey.parse,
                wire.Line,
                wire.GatewayPulse,
            ):
                refuses(read, start + junk)
