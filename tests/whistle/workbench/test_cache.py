"""The technician's cache: whole or absent, and never other bytes than were kept."""

import hashlib
import json
import os
from contextlib import suppress

import pytest

from whistle.workbench.cache import FOLDER, Cache, New, folder_of, plain
from whistle.workbench.errors import CacheBroken, NotInCache, NotKept, WrongHash

IMAGE = New("image", "RPI_PICO", "1.25.0", b"an image", "a test")


@pytest.fixture
def cache(tmp_path) -> Cache:
    return Cache(tmp_path / "cache")


def test_what_is_kept_is_found_with_where_it_came_from(cache):
    (kept,) = cache.keep(IMAGE)
    (found,) = Cache(cache.folder).find("image", "RPI_PICO")
    assert found == kept and cache.read(found) == b"an image"
    assert (found.sha256, found.size) == (hashlib.sha256(b"an image").hexdigest(), 8)
    assert found.source == "a test" and found.when.endswith("Z")


def test_the_newest_version_is_the_highest_number_and_not_the_last_in_the_alphabet(cache):
    cache.keep(IMAGE._replace(version="1.9.0"), IMAGE._replace(version="1.25.1"), IMAGE._replace(version="1.25.0"))
    assert cache.newest("image", "RPI_PICO").version == "1.25.1"
    assert cache.newest("image", "RPI_PICO", "1.9.0").version == "1.9.0"


def test_what_was_never_fetched_says_how(cache):
    for ask in (lambda: cache.newest("image", "RPI_PICO", "9"), lambda: cache.group("program")):
        with pytest.raises(NotInCache, match="run `whistle workbench fetch`"):
            ask()


@pytest.mark.parametrize("spoil", [b"an imagf", b"an image and more", b""])
def test_other_bytes_are_refused(cache, spoil):
    (item,) = cache.keep(IMAGE)
    cache.path(item).write_bytes(spoil)
    with pytest.raises(WrongHash, match="its SHA-256 differs") as refused:
        cache.read(item)
    assert refused.value.exit_code == 11
    cache.keep(IMAGE)  # as the sentence says: fetched again
    assert cache.read(item) == b"an image"


def test_a_version_that_is_not_there_is_said_with_those_that_are(cache):
    cache.keep(*(New("program", "main.py", version, b"x", "a test") for version in ("0.9.0", "0.10.0")), IMAGE)
    for ask, has in (
        (lambda: cache.group("program", "7"), "program 7"),
        (lambda: cache.newest("image", "RPI_PICO", "9"), "RPI_PICO 9"),
    ):
        with pytest.raises(NotInCache) as said:
            ask()
        assert (
            has in str(said.value) and str(cache.folder) in str(said.value) and "name one of these" in str(said.value)
        )
    with pytest.raises(NotInCache, match="has 0.10.0, 0.9.0: name"):
        cache.group("program", "7")


def test_a_file_that_is_gone_is_said(cache):
    (item,) = cache.keep(IMAGE)
    cache.path(item).unlink()
    with pytest.raises(NotInCache, match="is gone"):
        cache.read(item)


def test_a_release_is_replaced_as_a_whole_and_other_releases_stay(cache):
    old = [New("program", name, "0.1.0", name.encode(), "") for name in ("main.py", "beacon/gone.mpy")]
    cache.keep(*[one._replace(source="made here") for one in old])
    cache.keep(New("program", "main.py", "0.2.0", b"later", "made here"))
    cache.keep(New("program", "main.py", "0.1.0", b"again", "made here"))
    assert cache.group("program") == {"main.py": b"later"}
    assert cache.group("program", "0.1.0") == {"main.py": b"again"}
    assert len(list((cache.folder / "files").iterdir())) == 2


def test_the_drivers_packages_have_versions_of_their_own(cache):
    driver = [("lora/sx126x.mpy", "0.1.6"), ("lora/sx126x.mpy", "0.1.5"), ("lora/__init__.mpy", "0.2.0")]
    cache.keep(*[New("driver", name, version, (name + version).encode(), "x") for name, version in driver])
    assert cache.group("driver") == {
        "lora/__init__.mpy": b"lora/__init__.mpy0.2.0",
        "lora/sx126x.mpy": b"lora/sx126x.mpy0.1.6",
    }


def keep_two(folder, deadly: int, monkeypatch) -> int:
    """Keep two items anew, killed at the rename of that number (0: never); the renames that were begun."""
    cache, real, renames = Cache(folder), os.replace, []
    cache.keep(IMAGE, IMAGE._replace(name="OTHER", data=b"other"))

    def dying(source, target):
        renames.append(target)
        if len(renames) == deadly:
            raise KeyboardInterrupt
        real(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", dying)
        with suppress(KeyboardInterrupt):
            cache.keep(IMAGE._replace(data=b"changed"), IMAGE._replace(name="OTHER", data=b"changed too"))
    return len(renames)


def test_killed_anywhere_while_keeping_the_cache_is_the_old_or_the_new(tmp_path, monkeypatch, tell):
    points = keep_two(tmp_path / "whole", 0, monkeypatch)
    assert points == 3  # two files, one manifest
    for deadly in range(1, points + 1):
        assert keep_two(tmp_path / str(deadly), deadly, monkeypatch) == deadly
        cache = Cache(tmp_path / str(deadly))
        assert {cache.read(item) for item in cache.items()} == {b"an image", b"other"}
        cache.keep(IMAGE)
        assert len(list((cache.folder / "files").iterdir())) == 2
        assert not [path for path in cache.folder.rglob("*") if "unfinished" in path.name]
    whole = Cache(tmp_path / "whole")
    assert {whole.read(item) for item in whole.items()} == {b"changed", b"changed too"}
    tell(f"cache: killed at each of {points} renames, old or new every time")


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.update(format=2),
        lambda m: m["items"][0].update(file="../../etc/passwd"),
        lambda m: m["items"][0].update(sha256="00"),
        lambda m: m["items"][0].update(extra=1),
        lambda m: m["items"][0].pop("size"),
    ],
)
def test_a_manifest_that_was_meddled_with_is_refused(cache, change):
    cache.keep(IMAGE)
    path = cache.folder / "manifest.json"
    manifest = json.loads(path.read_bytes())
    change(manifest)
    path.write_text(json.dumps(manifest))
    with pytest.raises(CacheBroken, match="fetch"):
        cache.items()
    with pytest.raises(CacheBroken):
        cache.keep(IMAGE)
    assert json.loads(path.read_bytes()) == manifest


def test_in_a_folder_that_is_no_cache_nobodys_files_are_swept_away(cache):
    mine = cache.folder / "files" / "letter to Anna.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    (mine.parent / "holidays").mkdir()
    (old,) = cache.keep(IMAGE)
    cache.keep(IMAGE._replace(data=b"another"))
    assert mine.read_text() == "mine" and (mine.parent / "holidays").is_dir()
    assert not cache.path(old).exists(), "what no item names any more and is ours is gone"


def test_a_disk_that_takes_nothing_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotKept, match="--cache"):
        Cache(tmp_path / "file" / "cache").keep(IMAGE)
    with pytest.raises(NotKept, match="--cache"):
        Cache(tmp_path / "file" / "cache").part("x")


def test_where_the_cache_is(monkeypatch, tmp_path):
    monkeypatch.delenv("WHISTLE_CACHE", raising=False)
    assert folder_of(None) == FOLDER
    monkeypatch.setenv("WHISTLE_CACHE", str(tmp_path))
    assert folder_of(None) == tmp_path and folder_of(tmp_path / "given") == tmp_path / "given"


def test_names_of_files_are_plain():
    assert plain("beacon/boards/esp32.mpy") == "beacon-boards-esp32.mpy"
    assert plain("../x") == "-x" and plain("...") == "file" and len(plain("a" * 300)) == 100
