"""A new group key over the air, by the real program: on flash before it is used, never older, the last one kept."""

from alertwire import line
from world import GROUP, NEIGHBOUR, NODE, Board, Street, settings

KEYS = {1: GROUP, 2: bytes(range(200, 232)), 3: bytes(range(150, 182)), 4: bytes(range(100, 132))}
SHOWN = 2


def given(street, epoch, key=None, **more):
    """A new key arrives."""
    street.radio.give(street.pen.rekey(epoch, key or KEYS[epoch], **more))
    street.run(100)


def epochs(street, since=0):
    """The group epochs of the pulses sent since then."""
    return [one.group_epoch for one in street.pulses(since)]


def known(street):
    """The group keys a beacon takes, by epoch."""
    return {epoch: street.program.settings.group_of(epoch) for epoch in range(5)}


def test_a_new_key_is_used_said_at_once_and_the_last_one_stays_good():
    street = Street()
    street.run(1000)
    now = street.time.now()
    given(street, 2)
    street.run(2000)
    assert epochs(street, now)[:1] == [2], "a gateway must learn that it was taken"
    assert known(street) == {0: None, 1: KEYS[1], 2: KEYS[2], 3: None, 4: None}
    street.press()
    street.run(500)
    sent = street.lines()[0]
    assert sent.group_epoch == 2 and line.group_authentic(sent, NODE, KEYS[2])
    for epoch in (1, 2):
        before = street.program.ears.gateway_at
        street.run(1000)
        street.radio.give(street.pen.tick(group=KEYS[epoch], epoch=epoch))
        assert street.program.ears.gateway_at > before, "a gateway of either epoch is heard"
    street.end()


def test_it_is_on_flash_before_it_is_used_and_survives_a_cut():
    street = Street()
    street.run(1000)
    given(street, 2)
    given(street, 3)
    before = known(street)
    street = Street(street.end())
    street.run(1000)
    assert known(street) == before == {0: None, 1: None, 2: KEYS[2], 3: KEYS[3], 4: None}
    street.end()


def test_two_new_keys_after_a_start_keep_the_last_two():
    street = Street()
    given(street, 2)
    street = Street(street.end())
    given(street, 3)
    street = Street(street.end())
    given(street, 4)
    assert len(street.board.files["group"]) == 92, "no more than two are kept"
    street = Street(street.end())
    assert known(street) == {0: None, 1: None, 2: None, 3: KEYS[3], 4: KEYS[4]}
    street.end()


class Cutter(Board):
    """A board whose power goes at the save of the group key: before or after the file is there."""

    when = None

    def save(self, name, data):
        if name == "group" and self.when == "before":
            raise KeyboardInterrupt
        Board.save(self, name, data)
        if name == "group" and self.when == "after":
            raise KeyboardInterrupt


def test_a_cut_at_the_write_leaves_the_old_key_or_the_new_one():
    for when, expected in (("before", 1), ("after", 2)):
        street = Street(board=Cutter)
        street.run(1000)
        street.board.when = when
        try:
            street.radio.give(street.pen.rekey(2, KEYS[2]))
            raise AssertionError("the power went")
        except KeyboardInterrupt:
            pass
        assert street.program.settings.group_epoch == 1, "used before it was safe"
        street = Street(street.end())
        street.run(1000)
        assert street.program.settings.group_epoch == expected
        given(street, 2)
        assert street.program.settings.group_epoch == 2 and street.program.settings.group_of(1) == GROUP
        street.end()


def test_a_flash_that_takes_nothing_keeps_the_old_key():
    street = Street()
    street.board.full = True
    given(street, 2)
    assert street.program.settings.group_epoch == 1
    street.board.full = False
    given(street, 2)
    assert street.program.settings.group_epoch == 2
    street.end()


def test_nothing_but_our_own_higher_epoch_is_taken():
    street = Street()
    given(street, 3)
    now = street.time.now()
    writes = len(street.board.saves)
    given(street, 3)
    given(street, 3, KEYS[4])
    given(street, 2)
    given(street, 4, node=NEIGHBOUR)
    given(street, 4, down=bytes(32))
    given(street, 4, down=GROUP)
    header, data = street.pen.read(street.pen.rekey(4, KEYS[4]))
    for odd in (b"\x52", b"\x41"):  # another version, another type
        street.radio.give(street.pen.frame(67, data.payload[:-46] + odd + data.payload[-45:]))
    street.run(100)
    assert street.program.settings.group_epoch == 3 and street.program.settings.group == KEYS[3]
    assert [name for _, name in street.board.saves[writes:] if name == "group"] == []
    assert street.program.ears.gateway_at < now, "and it is no word of a gateway"
    street.end()


def test_a_lost_or_damaged_file_means_the_old_key_and_another_message():
    street = Street()
    given(street, 2)
    given(street, 3)
    files = street.end()
    for damaged, epoch in ((b"", 1), (b"x", 1), (files["group"][:-1], 1), (files["group"][1:], 3), (bytes(92), 1)):
        street = Street(dict(files, group=damaged))
        street.run(100)
        assert street.program.settings.group_epoch == epoch, len(damaged)
        given(street, 4)
        street = Street(street.end())
        assert street.program.settings.group_of(4) == KEYS[4]
        street.end()


def test_settings_of_another_provisioning_pass_over_the_keys_of_the_last():
    street = Street()
    given(street, 3)
    files = street.end()
    fresh = settings(device_epoch=2, down=bytes(32).hex(), group_epoch=2, group=KEYS[2].hex())
    street = Street(dict(files, settings=fresh))
    assert street.program.settings.group_epoch == 2 and street.program.settings.group == KEYS[2]
    street.end()
    fresh = settings(group_epoch=4, group=KEYS[4].hex(), group_previous=KEYS[3].hex())
    street = Street(dict(files, settings=fresh))
    assert known(street)[4] == KEYS[4] and known(street)[3] == KEYS[3]
    street.end()


def test_a_standing_line_never_becomes_another():
    street = Street()
    street.press()
    street.run(2000)
    given(street, 2)
    street.run(2000)
    given(street, 3)  # would forget the key of the line that stands
    assert street.program.settings.group_epoch == 2
    street.run(4000)
    street = Street(street.end())
    street.run(4000)
    tags = {one.tag for one in street.lines()}
    assert len(tags) == 1 and street.program.settings.group_epoch == 2
    street.answer(SHOWN)
    street.radio.give(street.pen.tick([(street.lines()[-1].sequence, street.lines()[-1].tag, 5 | 1 << 4)]))
    street.run(100)
    assert street.program.calling.state == "I"
    given(street, 3)
    assert street.program.settings.group_epoch == 3
    street.end()


def test_a_silent_alert_takes_a_new_key_as_any_pulse_does():
    street = Street()
    street.taps(5)
    street.run(1000)
    given(street, 2)
    street.run(2000)
    last = street.pulses()[-1]
    assert last.group_epoch == 2 and last.standing == 2
    given(street, 3)
    street.run(2000)
    assert street.pulses()[-1].group_epoch == 3
    street.end()
