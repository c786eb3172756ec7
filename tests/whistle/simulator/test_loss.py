"""Loss: drawn per transmitter, receiver and frame, in both directions, counted, and the pair's own business."""

import pytest

FRAMES = 10_000


def sent(kit, senders, receivers, frames):
    """Every sender sends so many frames, none at the same time; how many each receiver has heard."""
    for number in range(frames):
        for place, sender in enumerate(senders):
            sender.send((number * len(senders) + place) * 50_000, number.to_bytes(4, "big"))
    kit.run(frames * len(senders) * 0.05)
    return [len(receiver.heard) for receiver in receivers]


def test_30_percent_are_lost_in_each_direction(make_kit):
    kit = make_kit(loss=0.3)
    one, two = kit.probe(1, 0), kit.probe(2, 300)
    for heard in sent(kit, [one, two], [one, two], FRAMES):
        assert heard / FRAMES == pytest.approx(0.7, abs=0.02)
    counts = kit.air.counts
    assert counts.drawn == 2 * FRAMES
    assert counts.lost / counts.drawn == pytest.approx(0.3, abs=0.02)
    assert counts.heard == counts.drawn - counts.lost


@pytest.mark.parametrize(("share", "heard"), [(0.0, 100), (1.0, 0)])
def test_none_and_all(make_kit, share, heard):
    kit = make_kit(loss=share)
    one, two = kit.probe(1, 0), kit.probe(2, 300)
    assert sent(kit, [one], [two], 100) == [heard]
    assert kit.air.counts.drawn == (100 if share else 0)


def test_receivers_of_one_frame_lose_it_independently(make_kit):
    kit = make_kit(loss=0.5)
    sender = kit.probe(1, 0)
    receivers = [kit.probe(2 + number, 100 + number) for number in range(4)]
    sent(kit, [sender], receivers, 4000)
    sets = [set(receiver.frames) for receiver in receivers]
    for first in range(4):
        for second in range(first):
            both = len(sets[first] & sets[second])
            assert both / 4000 == pytest.approx(0.25, abs=0.03)


def test_a_node_more_changes_nobody_elses_luck(make_kit):
    def lucky(extra):
        kit = make_kit(loss=0.5)
        one, two = kit.probe(1, 0), kit.probe(2, 300)
        if extra:
            kit.probe(3, 150)
        sent(kit, [one, two], [], 500)
        return one.frames, two.frames

    assert lucky(extra=False) == lucky(extra=True)
    assert lucky(extra=False) != (lucky(extra=False)[1], lucky(extra=False)[0])


def test_another_seed_is_another_luck(make_kit):
    def lucky(seed):
        kit = make_kit(loss=0.5, seed=seed)
        one, two = kit.probe(1, 0), kit.probe(2, 300)
        sent(kit, [one], [two], 100)
        return two.frames

    assert lucky(1) == lucky(1)
    assert lucky(1) != lucky(2)


@pytest.mark.parametrize("before", [0, 40])
def test_a_frames_luck_does_not_ask_when_the_loss_began(make_kit, before):
    """The n-th frame of a sender has the same luck, whether frames were lost before it or not."""

    def lucky(kit, since):
        one, two = kit.probe(1, 0), kit.probe(2, 300)
        kit.loop.at(since * 50_000 - 10_000, kit.air.set_loss, 0.5) if since else None
        sent(kit, [one], [two], 100)
        return [int.from_bytes(frame, "big") for frame in two.frames]

    late = lucky(make_kit(loss=0.0 if before else 0.5), before)
    assert [number for number in late if number >= before] == [
        number for number in lucky(make_kit(loss=0.5), 0) if number >= before
    ]
