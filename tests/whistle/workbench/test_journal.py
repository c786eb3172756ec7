"""The bench's memory: what was added is there, what was torn is not, what is damaged is said."""

import os
import stat

import pytest

from whistle.workbench import journal
from whistle.workbench.errors import BadJournal


def test_events_are_there_again_in_order_and_found_newest_first(tmp_path):
    path = tmp_path / "j"
    with journal.opened(path, lambda: 5.0) as held:
        for number in range(3):
            held.add("step", board="a" if number else "b", number=number)
    with journal.opened(path) as held:
        assert [entry["number"] for entry in held.events] == [0, 1, 2] and held.events[0]["at"] == 5.0
        assert [entry["number"] for entry in held.told("step", board="a")] == [2, 1]
        assert held.last("step", board="c") is None
    assert journal.read(path) == held.events and journal.read(tmp_path / "none") == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_line_torn_anywhere_is_as_if_it_had_never_been(tmp_path):
    path = tmp_path / "j"
    with journal.opened(path) as held:
        held.add("one", words="Straße ☃")
        whole = path.read_bytes()
        held.add("two", words="Straße ☃")
    data = path.read_bytes()
    for cut in range(len(whole), len(data)):
        path.write_bytes(data[:cut])
        assert [entry["event"] for entry in journal.read(path)] == ["one"]
        with journal.opened(path) as held:
            assert [entry["event"] for entry in held.events] == ["one"]
            held.add("three")
        assert [entry["event"] for entry in journal.read(path)] == ["one", "three"]


LINES = [
    b"{}", b"[1]", b"\xff\xfe", b"half", b'{"event":1}', b'{"at":"now","event":"x"}', b"[" * 9999,
    b'{"event":"labelled","node":1,"name":"A"}', b'{"event":"labelled","board":[],"node":1,"name":"A"}',
    b'{"event":"failed","board":"b","step":"flash"}', b'{"event":"provisioned","board":"b","node":1,"epoch":1}',
    b'{"event":"checked","at":1,"node":1}', b'{"event":"batch"}', b'{"event":"row","name":"A"}',
    b'{"event":"replacing","node":"1","name":"A"}', b'{"event":"step","software":7}',
]  # fmt: skip


@pytest.mark.parametrize("damage", [line + b"\n" for line in LINES], ids=range(len(LINES)))
def test_other_damage_names_its_line_and_changes_nothing(tmp_path, damage):
    path = tmp_path / "j"
    path.write_bytes(b'{"event":"one"}\n' + damage + b'{"event":"two"}\n')
    before = path.read_bytes()
    with pytest.raises(BadJournal, match="line 2, is no event"), journal.opened(path):
        pass
    assert path.read_bytes() == before


def test_one_command_at_a_time_and_a_full_disk_leave_it_whole(tmp_path, monkeypatch):
    path = tmp_path / "j"
    with journal.opened(path) as held:
        with pytest.raises(BadJournal, match="Another command"), journal.opened(path):
            pass
        held.add("one")
        real = os.write

        def full(handle, data):
            real(handle, data[:3])
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "write", full)
        with pytest.raises(BadJournal, match="No space left"):
            held.add("two")
        monkeypatch.undo()
        assert [entry["event"] for entry in journal.read(path)] == ["one"] and len(held.events) == 1
    with (
        pytest.raises(BadJournal, match="cannot be opened .*: plug in the stick"),
        journal.opened(tmp_path / "no" / "j"),
    ):
        pass
