"""Who a modem speaks as: the same number for ever, and no packet id twice, whatever happens to the disk."""

from pathlib import Path

import pytest

from gateway.sources import identity
from gateway.sources.identity import Identity
from whistle.site import files
from whistle.site.errors import NotSaved

URL = "modem:///dev/ttyACM0"


def test_number_and_key_stay_and_differ_by_source(tmp_path: Path) -> None:
    first, again, other = Identity(tmp_path, URL), Identity(tmp_path, URL), Identity(tmp_path, URL + "1")
    assert first.node == again.node != other.node and 4 <= first.node <= 0xFFFFFFFE
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_no_id_comes_twice_over_fifty_starts(tmp_path: Path) -> None:
    ids = [one.next_id() for one in (Identity(tmp_path, URL) for _ in range(50)) for _ in range(100)]
    assert len(set(ids)) == 5000 and min(ids) > 0 and max(ids) <= 0xFFFFFFFF


def test_a_number_is_on_disk_before_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = Identity(tmp_path, URL)
    written: list[str] = []
    real = files.write
    monkeypatch.setattr(files, "write", lambda path, *more: (written.append(path.suffix), real(path, *more)))
    ids = [(one.next_id(), len(written)) for _ in range(129)]
    assert [count for _, count in ids] == [1] * 64 + [2] * 64 + [3], "64 a write, and the write first"


def test_a_directory_put_back_from_a_copy_gives_a_new_number(tmp_path: Path) -> None:
    old = Identity(tmp_path, URL)
    used = {old.next_id() for _ in range(200)}
    fresh = Identity(tmp_path, URL, fresh=True)
    assert fresh.node != old.node, "under another number the same ids are another key stream"
    assert Identity(tmp_path, URL).node == fresh.node, "and it keeps that one"
    assert not used & {fresh.next_id() for _ in range(200)}


@pytest.mark.parametrize("broken", ["write", "unlink"])
def test_not_even_a_disk_that_fails_brings_an_old_number_back(tmp_path: Path, monkeypatch, broken: str) -> None:
    old = Identity(tmp_path, URL)
    old.next_id()

    def fails(*_: object) -> None:
        raise NotSaved("the disk is full") if broken == "write" else OSError(30, "read-only")

    with monkeypatch.context() as patched:
        patched.setattr(*((files, "write", fails) if broken == "write" else (Path, "unlink", fails)))
        assert Identity(tmp_path, URL, fresh=True).node != old.node
    assert Identity(tmp_path, URL).node != old.node


def test_a_damaged_number_is_drawn_anew(tmp_path: Path) -> None:
    node = Identity(tmp_path, URL).node
    [path] = tmp_path.glob("*.json")
    for text in (b"", b'{"node": 1, "key": "00"}', b"\xff"):
        path.write_bytes(text)
        again = Identity(tmp_path, URL)
        assert again.node != node and again.next_id()


def test_a_disk_that_takes_nothing_does_not_silence_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Identity(tmp_path, URL)
    before = {kept.next_id() for _ in range(100)}

    def full(*_: object) -> None:
        raise NotSaved("the disk is full")

    monkeypatch.setattr(identity.files, "write", full)
    again = Identity(tmp_path, URL)
    ids = [again.next_id() for _ in range(1000)]
    assert again.node == kept.node and len(set(ids)) == 1000 and not before & set(ids)
    new = Identity(tmp_path / "elsewhere", URL)
    assert new.node != kept.node and new.next_id()
