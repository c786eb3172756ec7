"""The settings file: what is right is read, and one sentence says what is wrong."""

import json

from beacon.errors import BadSettings
from beacon.settings import read
from world import settings as text


def refusal(raw):
    try:
        read(raw)
    except BadSettings as error:
        return str(error)
    return ""


def test_a_whole_file_is_read():
    settings = read(text(group_previous="11" * 32, mode="listen"))
    assert settings.node == 0x0A1B2C3D and settings.up == bytes(range(32))
    assert settings.group_previous == b"\x11" * 32 and settings.mode == 1
    assert settings.words[2] == "FIRE" and settings.radio["sf"] == 7 and settings.timing["g0_ms"] == 2000


def test_every_name_missing_or_wrong_is_named():
    names = "node up down status id group channel_psk channel_name place name short words mode hop_limit radio timing"
    for name in names.split():
        for bad in (None, [], "x" * 200):
            changed = json.loads(text())
            changed[name] = bad
            said = refusal(json.dumps(changed).encode())
            assert "provision this beacon again" in said, (name, bad, said)
            assert name in said, said


def test_numbers_out_of_range_are_refused():
    for name, bad in (("node", 0), ("hop_limit", 8), ("group_epoch", 256)):
        assert name in refusal(text(**{name: bad}))
    changed = json.loads(text())
    changed["radio"]["sf"] = 13
    assert "radio.sf" in refusal(json.dumps(changed).encode())
    changed = json.loads(text())
    del changed["timing"]["g0_ms"]
    assert "timing.g0_ms" in refusal(json.dumps(changed).encode())


def test_keys_of_a_wrong_length_are_refused():
    assert "'up'" in refusal(text(up="00" * 31))
    assert "'group_previous'" in refusal(text(group_previous="zz"))
    assert "'channel_psk'" in refusal(text(channel_psk="00" * 33))


def test_what_is_no_settings_file_is_refused():
    for raw in (None, b"", b"\x00\xff", b"{", b"[1]", b"7", text(v=2)):
        assert "provision this beacon again" in refusal(raw), raw
