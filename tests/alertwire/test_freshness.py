"""The memories of echoes and of numbers: bounded; in doubt an echo is vouched for."""

from alertwire.freshness import Echoes, Numbers

DAY = 86400


def test_an_echo_is_known_for_its_span():
    echoes = Echoes(4, 900)
    echoes.learn(0xBEEF, 1000)
    assert echoes.age(0xBEEF, 1000) == 0
    assert echoes.age(0xBEEF, 1900) == 900
    assert echoes.age(0xBEEF, 1901) is None
    assert echoes.age(0xBEEE, 1000) is None


def test_hearing_it_again_does_not_make_it_younger():
    echoes = Echoes(4, 900)
    for now in (1000, 1300, 1600):
        echoes.learn(7, now)
    assert echoes.age(7, 1600) == 600
    echoes.learn(7, 2000)
    assert echoes.age(7, 2000) == 0, "but after its span it is a new one"


def test_no_echo_is_learned_from_zero():
    echoes = Echoes(4, 900)
    echoes.learn(0, 1000)
    assert echoes.age(0, 1000) is None


def test_whose_age_nobody_can_tell_is_vouched_for():
    echoes = Echoes(4, DAY)
    assert echoes.vouch(0xBEEF, 10), "none heard yet: the sequence rule alone"
    echoes.learn(1, 1000)
    assert echoes.vouch(1, 2000) and not echoes.vouch(0xBEEF, 2000)
    assert echoes.vouch(0, 2000), "the caller never heard a gateway"
    assert not echoes.vouch(0xBEEF, 1000 + DAY)
    assert echoes.vouch(0xBEEF, 1001 + DAY), "none within a day"


def test_a_flood_of_echoes_cannot_silence():
    echoes = Echoes(4, DAY)
    echoes.learn(1, 1000)
    for echo in range(2, 5):
        echoes.learn(echo, 2000)
    assert not echoes.vouch(9, 2000)
    echoes.learn(5, 3000)
    assert echoes.age(1, 3000) is None and echoes.vouch(1, 3000)
    assert echoes.vouch(9, 1000 + DAY) and not echoes.vouch(9, 1001 + DAY)


def test_the_ring_does_not_grow():
    echoes = Echoes(8, DAY)
    for number in range(1, 2000):
        echoes.learn(number, number * 600)
    assert len(echoes._ring) == 8 * 6
    assert [echoes.age(number, 1999 * 600) is not None for number in range(1990, 2000)] == [False] * 2 + [True] * 8


def test_numbers_rise_for_each_sender_by_itself():
    numbers = Numbers(4)
    assert numbers.rises(1, 100)
    numbers.keep(1, 100)
    assert not numbers.rises(1, 100) and not numbers.rises(1, 99) and numbers.rises(1, 101)
    assert numbers.rises(2, 5)
    numbers.keep(2, 5)
    numbers.keep(1, 50)
    assert numbers.rises(1, 51) and not numbers.rises(2, 5), "whoever is sure may lower a number"


def test_senders_are_forgotten_only_for_new_ones_the_first_first():
    numbers = Numbers(4)
    for number in range(3):
        for sender in range(1, 5):
            numbers.keep(sender, number)
    assert not any(numbers.rises(sender, 2) for sender in range(1, 5))
    numbers.keep(5, 7)
    assert numbers.rises(1, 0) and not any(numbers.rises(sender, 2) for sender in range(2, 6))
    assert len(numbers._ring) == 4 * 8
