"""The chip models themselves: the unmodified driver works on them, and misuse is misuse."""

import asyncio

from stand import FRAME, LONGEST, SPI, Listener, Misuse, Pin, begin, bus, clock, do, raises, wiring

# isort: split
from sx126x import Chip

TOLD = {"freq_khz": 926750, "sf": 7, "bw": "500", "coding_rate": 5, "preamble_len": 16, "output_power": 22,
        "syncword": 0x2B, "rx_boost": True}  # fmt: skip


def modem(kind, table, start_us=5000):
    return kind(
        SPI(table["spi"], baudrate=8000000), Pin(table["nss"]), Pin(table["busy"]), Pin(table["irq"]),
        dio2_rf_sw=True, dio3_tcxo_millivolts=1800, dio3_tcxo_start_time_us=start_us, reset=Pin(table["reset"]),
        lora_cfg=TOLD,
    )  # fmt: skip


def two_drivers(kind):
    ether = begin()
    tables = [wiring(place) for place in (0, 1)]
    chips = [Chip(ether, table, 3000) for table in tables]
    return chips, [modem(kind, table) for table in tables]


LACKS = [
    "has its image calibrated for another band", "receives without the patch of 0x8B5", "runs on the LDO",
    "runs uncalibrated",
]  # fmt: skip


def test_the_unmodified_asynchronous_driver_sends_and_receives():
    from lora import AsyncSX1262

    chips, (one, two) = two_drivers(AsyncSX1262)

    async def exchange(frame):
        listening = asyncio.create_task(two.recv(5000))
        await asyncio.sleep_ms(20)
        await one.send(frame)
        return await listening

    for frame in (FRAME, LONGEST):
        packet = do(exchange(frame))
        assert bytes(packet) == frame and packet.rssi == -78 and packet.snr == 48 and not packet.crc_error
    assert chips[1].judge() == LACKS


def test_the_unmodified_synchronous_driver_sends_and_receives():
    from lora import SX1262

    chips, (one, two) = two_drivers(SX1262)
    two.start_recv(continuous=True)
    for frame in (FRAME, LONGEST):
        one.send(frame)
        clock.run(2000)
        assert bytes(two.poll_recv()) == frame
    one.sleep()
    clock.run(1000)
    one.send(FRAME)
    clock.run(2000)
    assert bytes(two.poll_recv()) == FRAME
    assert two.recv(timeout_ms=50) is None


def test_the_unmodified_driver_gives_a_slow_oscillator_too_little_time():
    from lora import SX1262

    ether = begin()
    table = wiring()
    Chip(ether, table, 3000)
    try:
        modem(SX1262, table, 1000).send(FRAME)
    except RuntimeError as error:
        assert "0x20" in str(error)
    else:
        raise AssertionError("1 ms is too little for an oscillator that needs 3")


class Bare:
    """A chip and nothing but its pins."""

    def __init__(self):
        table = wiring()
        self.chip = Chip(begin(), table, None)
        self.chip.irq_mask = 0xFFFF
        self.nss = self.chip.nss
        self.bus = bus(table["spi"])
        clock.run(5000)

    def __call__(self, *out, rest=1000):
        self.nss.set(0)
        back = self.bus.move(bytes(out))
        self.nss.set(1)
        clock.run(rest)
        return back

    def set_up(self, *without):
        for opcode, args in (
            (0x8A, (1,)), (0x86, (0x39, 0xEC, 0, 0)), (0x8B, (7, 6, 1, 0)), (0x8C, (0, 16, 0, 10, 1, 0)),
            (0x95, (4, 7, 0, 1)), (0x8E, (22, 2)), (0x8F, (0, 0)), (0x0E, (0,) + tuple(range(10))),
            (0x88, (1, 20, 10, 0, 0, 0, 0)), (0x0D, (0x07, 0x40, 0x24, 0xB4)),
        ):  # fmt: skip
            if opcode not in without:
                self(opcode, *args)
        return self


def misused(call, *args):
    return str(raises(Misuse, call, *args))


def test_an_opcode_in_a_wrong_state_is_misuse():
    for state, opcodes in (
        ((0x82, 255, 255, 255), ((0x8C, 0, 16, 0, 1, 1, 0), (0x84, 4), (0x89, 127), (0x86, 1, 2, 3, 4), (0x8F, 0, 0))),
        ((0x83, 0, 0, 0), ((0x0E, 0, 1), (0x82, 0, 0, 0), (0xC5,), (0x1E, 0, 0, 0))),
        ((0xC5,), ((0x83, 0, 0, 0), (0x0E, 0, 1))),
        ((0x80, 1), ((0x89, 127), (0x98, 0xE1, 0xE9), (0x96, 1), (0x97, 1, 0, 0, 9), (0x15, 0, 0))),
    ):  # fmt: skip
        for opcode in opcodes:
            bare = Bare().set_up()
            bare(*state, rest=200)
            assert "in state" in misused(bare, *opcode), opcode


def test_access_while_busy_is_misuse():
    bare = Bare().set_up()
    bare(0x82, 255, 255, 255, rest=20)
    assert "BUSY" in misused(bare, 0x12, 0, 0, 0)
    bare = Bare()
    bare(0x89, 127, rest=3000)
    assert "BUSY" in misused(bare, 0x12, 0, 0, 0)
    bare = Bare()
    bare(0x84, 4)
    assert "BUSY" in misused(bare, 0x12, 0, 0, 0)
    bare = Bare()
    bare(0x84, 4, rest=100)
    assert "500 us" in misused(bare)


def test_wrong_lengths_and_unknown_opcodes_are_misuse():
    for out in ((0x80,), (0x80, 0, 0), (0x83, 0, 0), (0x8C, 0, 16), (0x08, 1, 2), (0x0E, 0), (0x1D, 7, 64, 0)):
        bare = Bare().set_up()
        assert "bytes" in misused(bare, *out), out
    assert "no opcode" in misused(Bare(), 0x42)


def test_receiving_and_sending_unconfigured_are_misuse():
    for missing, word in ((0x86, "hz"), (0x8B, "modulation"), (0x8C, "packet"), (0x8F, "base")):
        assert word in misused(Bare().set_up(missing), 0x82, 0, 0, 0)
        assert word in misused(Bare().set_up(missing), 0x83, 0, 0, 0)
    for missing, word in ((0x95, "pa"), (0x8E, "tx")):
        assert word in misused(Bare().set_up(missing), 0x83, 0, 0, 0)
    assert "cad" in misused(Bare().set_up(0x88), 0xC5)
    assert "SetPacketType" in misused(Bare(), 0x86, 0x39, 0xEC, 0, 0)


def test_sending_what_nobody_wrote_is_misuse():
    assert "never wrote" in misused(Bare().set_up(0x0E), 0x83, 0, 0, 0)
    bare = Bare().set_up()
    bare(0x8F, 250, 0)
    assert "more than the buffer" in misused(bare, 0x83, 0, 0, 0)
    bare = Bare().set_up()
    bare(0x84, 4)
    bare.nss.set(0)
    bare.nss.set(1)
    clock.run(1000)
    assert "never wrote" in misused(bare, 0x83, 0, 0, 0)


def test_times_are_the_datasheets():
    bare = Bare().set_up()
    for out, us in (
        ((0x80, 1), 31), ((0xC1,), 40), ((0x82, 0, 0, 0), 41), ((0x80, 0), 15), ((0x82, 0, 0, 0), 83), ((0x80, 0), 15),
        ((0x89, 127), 3500),
    ):  # fmt: skip
        bare(*out, rest=us - 1)
        assert bare.chip.busy.level, out
        clock.run(2)
        assert not bare.chip.busy.level, out
    for config, us in ((4, 340), (0, 3500)):
        bare(0x84, config)
        assert bare.chip.busy.level
        bare.nss.set(0)
        bare.nss.set(1)
        clock.run(us - 1)
        assert bare.chip.busy.level
        clock.run(2)
        assert not bare.chip.busy.level


def test_flags_show_where_they_are_masked_in_and_ring_where_they_are_routed():
    for mask, dio1, shown, rings in ((0x3FF, 0x001, 0x001, 1), (0x3FF, 0x002, 0x001, 0), (0x002, 0x003, 0x000, 0)):
        bare = Bare().set_up()
        bare(0x08, mask >> 8, mask & 255, dio1 >> 8, dio1 & 255, 0, 0, 0, 0)
        bare(0x83, 0, 0, 0, rest=100000)
        assert bare.chip.sent == 1 and bare.chip.flags == shown and bare.chip.irq.level == rings
        bare(0x02, 0, 1)
        assert not bare.chip.flags and not bare.chip.irq.level


def test_a_look_that_finds_something_may_go_on_receiving():
    for leave, state in ((0, 2), (1, 5)):
        bare = Bare().set_up()
        bare(0x88, 1, 22, 10, leave, 0, 2, 0)
        bare.chip.ether.send("neighbour", FRAME, bare.chip._signal())
        bare(0xC5, rest=2000)
        assert bare.chip.flags & 0x180 == 0x180 and bare.chip.state == state
        clock.run(100000)
        assert bool(bare.chip.flags & 2) == bool(leave)
        bare(0x02, 255, 255)
        bare(0xC5, rest=2000)
        assert bare.chip.flags == 0x80 and bare.chip.state == 2


def test_sleep_forgets_what_the_datasheet_says():
    bare = Bare().set_up()
    bare(0x0D, 0x08, 0xAC, 0x96)
    bare(0x84, 4)
    assert bare.chip.registers[0x8AC] == 0x94 and bare.chip.hz
    bare.nss.set(0)
    bare.nss.set(1)
    clock.run(1000)
    bare(0x0D, 0x08, 0xAC, 0x96)
    bare(0x0D, 0x02, 0x9F, 1, 0x08, 0xAC)
    bare(0x84, 4)
    assert bare.chip.registers[0x8AC] == 0x96
    bare.nss.set(0)
    bare.nss.set(1)
    clock.run(1000)
    bare(0x84, 0)
    assert bare.chip.registers[0x8AC] == 0x94 and bare.chip.hz is None


def test_receive_timeouts():
    bare = Bare().set_up()
    bare(0x82, 0, 2, 128, rest=9000)  # 640 * 15.625 us = 10 ms
    assert bare.chip.state == 5
    clock.run(1200)
    assert bare.chip.state == 2 and bare.chip.flags & 0x200
    bare(0x02, 255, 255)
    bare(0x82, 0, 0, 0, rest=9000000)
    assert bare.chip.state == 5 and not bare.chip.flags


def heard(bare, frame, **spoilt):
    """A frame of a neighbour's, from its first symbol until it is over."""
    bare.chip.ether.spoilt = spoilt.get("crc", 0)
    bare.chip.ether.send("neighbour", frame, bare.chip._signal())
    if spoilt.get("header"):
        bare.chip.ether.send("another", frame, bare.chip._signal())
    clock.run(300000)
    bare(0x02, 255, 255)


def counted(bare):
    """Packets received, wrong CRCs, broken headers, as GetStats tells them."""
    back = bare(0x10, 0, 0, 0, 0, 0, 0, 0)
    return [back[at] << 8 | back[at + 1] for at in (2, 4, 6)]


def test_statistics_count_until_they_are_reset():
    bare = Bare().set_up()
    bare(0x82, 255, 255, 255)
    assert counted(bare) == [0, 0, 0]
    heard(bare, FRAME)
    heard(bare, FRAME, crc=1)
    heard(bare, FRAME, header=True)
    assert counted(bare) == [2, 1, 1]
    for _ in range(300):
        heard(bare, FRAME)
    assert counted(bare) == [302, 1, 1]
    bare(0x00, 0, 0, 0, 0, 0, 0)
    assert counted(bare) == [0, 0, 0]
    assert "bytes" in misused(bare, 0x00, 0)


def test_a_level_is_none_before_the_receiver_has_settled():
    bare = Bare().set_up()
    bare(0x82, 255, 255, 255, rest=500)
    assert "GetRssiInst" in misused(bare, 0x15, 0, 0)
    bare = Bare().set_up()
    bare(0x82, 255, 255, 255, rest=1100)
    assert bare(0x15, 0, 0)[2] == 236
    bare(0x80, 0)
    bare(0x82, 255, 255, 255, rest=900)
    assert "GetRssiInst" in misused(bare, 0x15, 0, 0), "a receiver that began anew"


def test_a_transmission_ends_by_its_timeout_and_what_was_cut_is_received_by_nobody():
    for ticks, flags in ((640, 0x200), (6400, 0x001), (0, 0x001)):
        bare = Bare().set_up()
        listener = Listener(bare)
        bare(0x83, ticks >> 16, ticks >> 8 & 255, ticks & 255, rest=9000)
        assert bare.chip.state == 6
        clock.run(60000)
        assert bare.chip.state == 2 and bare.chip.flags == flags
        assert listener.got == [flags == 1] and bare.chip.sent == (flags == 1)


def test_a_transmission_cut_by_standby_is_received_by_nobody():
    bare = Bare().set_up()
    listener = Listener(bare)
    bare(0x83, 0, 0, 0, rest=9000)
    bare(0x80, 0, rest=60000)
    assert listener.got == [False] and not bare.chip.sent


def test_after_a_frame_its_duty_cycle_stands_by_on_rc_whatever_the_fallback():
    for opcode, state in (((0x94, 0, 40, 0, 0, 1, 0), 2), ((0x82, 0, 0, 0), 3)):
        bare = Bare().set_up()
        bare(0x93, 0x30)
        bare(*opcode)
        bare.chip.ether.send("neighbour", FRAME, bare.chip._signal())
        clock.run(200000)
        assert bare.chip.flags & 2 and bare.chip.state == state
        clock.run(1000000)
        assert bare.chip.state == state, "until it is told to go on"


def test_flags_and_their_masks_outlive_a_warm_sleep_alone_and_ring_in_none():
    for config, flags in ((4, 1), (0, 0)):
        bare = Bare().set_up()
        bare(0x08, 3, 255, 0, 1, 0, 0, 0, 0)
        bare(0x83, 0, 0, 0, rest=100000)
        assert bare.chip.irq.level == 1
        bare(0x84, config)
        assert not bare.chip.irq.level
        bare.nss.set(0)
        bare.nss.set(1)
        clock.run(5000)
        assert bare(0x12, 0, 0, 0)[3] == flags and bare.chip.irq.level == flags
        assert bool(bare.chip.irq_mask) == bool(config)
