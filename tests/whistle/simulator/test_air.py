"""What the air does to frames: worked out by hand for radios on a line.

At 22 dBm without shadowing a level falls by 44.9 dB a decade of distance; on SHORT_TURBO (SF7, 500 kHz, sensitivity
-118.5 dBm) a radio is heard up to 688 m. A frame of 44 bytes there takes 25.152 ms, its preamble 4.096 ms.
"""

import pytest

FRAME = bytes(44)
OTHER = bytes(43) + b"\x01"
AIRTIME_US = 25_152
SYMBOL_US = 256
METRES_A_DB = 10 ** (1 / 44.9)


@pytest.mark.parametrize(("length", "milliseconds"), [(33, 20), (64, 32), (103, 46), (255, 102)])
def test_a_frame_arrives_when_its_last_bit_does(kit, length, milliseconds):
    sender, receiver = kit.probe(1, 0), kit.probe(2, 300)
    sender.send(1_000_000, bytes(length))
    kit.run(2)
    [(at, frame)] = receiver.heard
    assert frame == bytes(length)
    assert round((at - 1_000_000) / 1000) == milliseconds
    assert at - 1_000_000 == kit.air.airtime_us(length)


@pytest.mark.parametrize(
    ("sf", "bw_hz", "reach_m"), [(7, 500_000, 688), (7, 250_000, 803), (9, 250_000, 1037), (11, 250_000, 1341)]
)
def test_reach_is_where_the_level_meets_the_sensitivity(make_kit, sf, bw_hz, reach_m):
    kit = make_kit(sf, bw_hz)
    sender, near, far = kit.probe(1, 0), kit.probe(2, reach_m - 5), kit.probe(3, -reach_m - 5)
    sender.send(0, FRAME)
    kit.run(2)
    assert near.frames == [FRAME]
    assert far.frames == []


def test_a_receiver_stays_with_the_first_preamble_when_it_is_6_db_stronger(kit):
    receiver = kit.probe(1, 0)
    kit.probe(2, 200).send(0, FRAME)
    kit.probe(3, 200 * METRES_A_DB**6.1).send(10_000, OTHER)
    kit.run(1)
    assert receiver.frames == [FRAME]


def test_5_db_are_not_enough(kit):
    receiver = kit.probe(1, 0)
    kit.probe(2, 200).send(0, FRAME)
    kit.probe(3, 200 * METRES_A_DB**5).send(10_000, OTHER)
    kit.run(1)
    assert receiver.frames == []
    counts = kit.air.counts
    assert (counts.collisions, counts.cut) == (1, 1)  # cut: the second sender was listening to the first


def test_the_stronger_one_that_comes_later_spoils_and_is_lost_itself(kit):
    receiver = kit.probe(1, 0)
    kit.probe(2, 400).send(0, FRAME)
    kit.probe(3, 100).send(10_000, OTHER)
    kit.run(1)
    assert receiver.frames == []


def test_interference_is_summed(make_kit):
    def received(interferers, below_db):
        kit = make_kit()
        receiver = kit.probe(1, 0)
        kit.probe(2, 200).send(0, FRAME)
        for number in range(interferers):
            kit.probe(3 + number, -200 * METRES_A_DB**below_db - number).send(8_000 + number, OTHER)
        kit.run(1)
        return receiver.frames

    assert received(1, 8) == [FRAME]
    assert received(2, 8) == []  # together 5 dB below
    assert received(2, 10.2) == [FRAME]
    assert received(3, 10.2) == []  # together 5.4 dB below


def test_a_frame_under_another_is_caught_when_that_one_ends_early_in_its_preamble(kit):
    receiver = kit.probe(1, 0)
    kit.probe(2, 300).send(0, FRAME)
    late = AIRTIME_US - 10 * SYMBOL_US
    kit.probe(3, -300).send(late, OTHER)  # spoils the last ten symbols; six of its own preamble remain after them
    kit.run(1)
    assert receiver.frames == [OTHER]


def test_and_is_lost_when_less_than_five_symbols_remain(kit):
    receiver = kit.probe(1, 0)
    kit.probe(2, 300).send(0, FRAME)
    kit.probe(3, -300).send(AIRTIME_US - 12 * SYMBOL_US, OTHER)
    kit.run(1)
    assert receiver.frames == []


def test_who_transmits_hears_nothing(kit):
    one, two = kit.probe(1, 0), kit.probe(2, 100)
    one.send(0, FRAME)
    two.send(5_000, OTHER)
    kit.run(1)
    assert one.frames == [] and two.frames == []
    assert kit.air.counts.cut == 1  # the second one was receiving when it began


def test_who_has_just_transmitted_catches_a_preamble_that_is_still_long_enough(kit):
    one, two = kit.probe(1, 0), kit.probe(2, 100)
    one.send(0, FRAME)
    two.send(AIRTIME_US - 11 * SYMBOL_US, OTHER)
    kit.run(1)
    assert one.frames == [OTHER]


def test_but_not_one_that_is_nearly_over(kit):
    one, two = kit.probe(1, 0), kit.probe(2, 100)
    one.send(0, FRAME)
    two.send(AIRTIME_US - 12 * SYMBOL_US, OTHER)
    kit.run(1)
    assert one.frames == []


def test_activity_is_seen_while_a_frame_is_on_the_air_and_two_symbols_after(kit):
    sender, looker = kit.probe(1, 0), kit.probe(2, 300)
    sender.send(0, FRAME)
    seen = {}
    for at in (300, 500, 20_000, AIRTIME_US + 800, AIRTIME_US + 1000):
        kit.loop.at(at, lambda at=at: seen.__setitem__(at, kit.air.busy(looker.ear)))
    kit.run(1)
    # the first 400 us lie behind the turnaround: who looks then will collide
    assert seen == {300: False, 500: True, 20_000: True, AIRTIME_US + 800: True, AIRTIME_US + 1000: False}


def test_a_hidden_terminal_is_not_seen_and_collides(kit):
    left, middle, right = kit.probe(1, -500), kit.probe(2, 0), kit.probe(3, 500)
    left.send(0, FRAME)
    seen = []
    kit.loop.at(10_000, lambda: seen.append(kit.air.busy(right.ear)))
    right.send(10_001, OTHER)
    kit.run(1)
    assert seen == [False]
    assert middle.frames == []
    assert kit.air.counts.collisions == 1


def test_a_jammed_air_carries_nothing_and_a_freed_one_everything(kit):
    sender, receiver = kit.probe(1, 0), kit.probe(2, 100)
    sender.send(0, FRAME)
    kit.loop.at(10_000, kit.air.jam, True)  # in the middle of the first
    sender.send(100_000, FRAME)
    kit.loop.at(200_000, kit.air.jam, False)
    sender.send(300_000, OTHER)
    kit.run(1)
    assert receiver.frames == [OTHER]


def test_a_shut_receiver_hears_nothing(kit):
    sender, receiver = kit.probe(1, 0), kit.probe(2, 100, listening=False)
    sender.send(0, FRAME)
    kit.run(1)
    assert receiver.frames == []


def test_levels_are_the_same_in_both_directions_and_shadowing_differs_by_pair(make_kit):
    from whistle.simulator.propagation import Model, Spot, received_dbm

    model = Model()
    spots = [Spot(node, 300.0 * node, 0.0) for node in (1, 2, 3)]
    there = received_dbm(model, 1, spots[0], spots[1])
    assert there == received_dbm(model, 1, spots[1], spots[0])
    assert there - received_dbm(Model(shadow_db=0.0), 1, spots[0], spots[1]) != pytest.approx(
        received_dbm(model, 1, spots[1], spots[2]) - received_dbm(Model(shadow_db=0.0), 1, spots[1], spots[2])
    )


def test_shadowing_has_the_stated_spread():
    import statistics

    from whistle.simulator import draws

    values = [draws.normal(1, "shadow", low, high) for low in range(60) for high in range(60)]
    assert statistics.fmean(values) == pytest.approx(0, abs=0.05)
    assert statistics.stdev(values) == pytest.approx(1, abs=0.05)
