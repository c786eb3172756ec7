"""`whistle workbench fetch` against a local server laid out as the download site and the package index are."""

import hashlib
import json
import os
import re
from functools import cache as cache_results
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.hardware import images
from tests.support.web import Web
from whistle import release
from whistle.workbench import compiling, sources
from whistle.workbench.cache import Cache
from whistle.workbench.command import workbench
from whistle.workbench.command.fetching import Bars

CHECKOUT = os.environ.get("MICROPYTHON_LIB", "")
S3, PICO = "ESP32_GENERIC_S3", "RPI_PICO"
OLD, NEW = images.esp(seed=1), images.esp(seed=2)
PAGE = """<a href="/resources/firmware/{0}-20250415-v1.25.0.{1}">v1.25.0</a>
<a class="x" href='/resources/firmware/{0}-20260801-v1.29.0.{1}'>v1.29.0</a>
<a href="/resources/firmware/{0}-20240602-v1.23.0.{1}">v1.23.0</a>
<a href="/resources/firmware/{0}-20260810-v1.30.0-preview.7.gabc.{1}">preview</a>
<a href="/resources/firmware/{0}-20260801-v1.29.0.app-bin">app</a>
<a href="/resources/firmware/{0}-SPIRAM_OCT-20260901-v1.31.0.{1}">another variant</a>"""
VERSIONS = {"lora": "0.2.0", "lora-async": "0.1.1", "lora-sx126x": "0.1.6", "lora-sx127x": "0.1.2"}


def site() -> dict[str, bytes]:
    files = {
        f"/download/{S3}/": PAGE.format(S3, "bin").encode(),
        f"/download/{PICO}/": PAGE.format(PICO, "uf2").encode(),
    }
    files[f"/resources/firmware/{S3}-20250415-v1.25.0.bin"] = OLD
    files[f"/resources/firmware/{S3}-20260801-v1.29.0.bin"] = NEW
    files[f"/resources/firmware/{PICO}-20260801-v1.29.0.uf2"] = images.uf2()
    for name, version in VERSIONS.items():
        body = f"M\x06 {name}".encode()
        short = hashlib.sha256(body).hexdigest()[:8]
        path = f"lora/{name.partition('-')[2] or '__init__'}.mpy"
        package = {"v": 1, "version": version, "hashes": [[path, short]], "deps": [["lora", "latest"]]}
        files[f"/pi/v2/package/6/{name}/latest.json"] = json.dumps(package).encode()
        files[f"/pi/v2/file/{short[:2]}/{short}"] = body
    return files


@pytest.fixture
def micropython_lib() -> Path:
    """A real checkout of micropython-lib."""
    if not (Path(CHECKOUT) / "micropython" / "lora").is_dir():
        pytest.skip("missing: a checkout of micropython-lib, named by $MICROPYTHON_LIB")
    return Path(CHECKOUT)


COMPILED = cache_results(compiling.program)  # once is enough for all tests


@pytest.fixture
def web(monkeypatch, tmp_path):
    monkeypatch.setattr(compiling, "program", COMPILED)
    monkeypatch.delenv("MICROPYTHON_LIB", raising=False)  # fetch would take the driver from there
    monkeypatch.setenv("WHISTLE_CACHE", str(tmp_path / "cache"))
    with Web(site()) as served:
        yield served


@pytest.fixture
def cache(tmp_path) -> Cache:
    return Cache(tmp_path / "cache")


def run(web: Web, *words: str) -> Result:
    line = ["fetch", *words, "--site", web.url, "--index", f"{web.url}/pi/v2"]
    result = CliRunner().invoke(workbench, line)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def refused(result: Result, code: int, sentence: str) -> None:
    assert result.exit_code == code, result.output
    assert sentence in result.output and result.output.splitlines()[-1].startswith("Error: ")


def test_one_fetch_and_everything_lies_there(web, cache):
    result = run(web, "heltec-v3", "heltec-wsl-v3", "pico-waveshare")
    assert result.exit_code == 0, result.output
    assert "seen for the first time, so it is taken on trust" in result.output
    image = cache.newest("image", S3)
    assert image.version == "1.29.0" and images.same(cache.read(image), NEW)
    assert image.source == f"{web.url}/resources/firmware/{S3}-20260801-v1.29.0.bin"
    assert images.same(cache.read(cache.newest("image", PICO)), images.uf2())
    assert set(cache.group("driver")) == {"lora/__init__.mpy", "lora/async.mpy", "lora/sx126x.mpy", "lora/sx127x.mpy"}
    program = cache.group("program", release())
    assert {"main.py", "beacon/program.mpy"} <= set(program)
    assert [path for path, _ in web.asked].count(f"/download/{S3}/") == 1  # two boards, one build


def test_again_it_downloads_no_image_that_is_here(web, cache):
    run(web, "heltec-v3")
    web.asked.clear()
    assert "here already" in run(web, "heltec-v3").output
    assert not [path for path, _ in web.asked if path.startswith("/resources")]
    assert "as before" in run(web, "heltec-v3", "--again").output


def test_a_version_may_be_named(web, cache):
    assert run(web, "heltec-v3", "--micropython", "1.25.0").exit_code == 0
    assert images.same(cache.read(cache.newest("image", S3)), OLD)
    refused(run(web, "heltec-v3", "--micropython", "1.23.0"), 12, "it has 1.25.0, 1.29.0")


def test_an_image_that_changed_since_it_was_first_seen_is_refused(web, cache):
    run(web, "heltec-v3")
    web.files[f"/resources/firmware/{S3}-20260801-v1.29.0.bin"] = OLD
    refused(run(web, "heltec-v3", "--again"), 11, "is another file than the one fetched on")
    assert images.same(cache.read(cache.newest("image", S3)), NEW)
    pinned = hashlib.sha256(OLD).hexdigest()
    assert "as given" in run(web, "heltec-v3", "--sha256", pinned).output
    assert images.same(cache.read(cache.newest("image", S3)), OLD)


def test_a_pinned_hash_is_held_from_the_first_fetch_on(web, cache):
    refused(run(web, "heltec-v3", "--sha256", hashlib.sha256(OLD).hexdigest()), 11, "not the one given")
    assert not cache.find("image")


def test_an_image_for_another_chip_is_not_even_kept(web, cache):
    web.files[f"/resources/firmware/{S3}-20260801-v1.29.0.bin"] = images.esp("esp32")
    refused(run(web, "heltec-v3"), 34, "is an image for ESP32 and Heltec WiFi LoRa 32 V3 has an ESP32-S3")
    assert not cache.find("image")


def test_a_fetch_that_was_cut_goes_on(web, cache):
    path = f"/resources/firmware/{S3}-20260801-v1.29.0.bin"
    web.cut[path] = 70_000
    refused(run(web, "heltec-v3"), 12, "run the command again")
    assert not cache.find("image")
    assert run(web, "heltec-v3").exit_code == 0
    assert (path, "bytes=70000-") in web.asked
    assert images.same(cache.read(cache.newest("image", S3)), NEW)
    assert not list((cache.folder / "parts").iterdir())


def test_ctrl_c_stops_a_fetch_and_the_next_goes_on(web, cache, monkeypatch):
    def impatient(_bars: Bars, _name: str, here: int, _whole: int) -> None:
        if here > 100_000:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Bars, "__call__", impatient)
        stopped = run(web, "heltec-v3")
    assert stopped.exit_code == 130 and "the half of a download; say the same again" in stopped.output
    assert not cache.items()
    assert run(web, "heltec-v3").exit_code == 0
    ranges = [asked for path, asked in web.asked if path.endswith("v1.29.0.bin")]
    assert ranges[0] is None and ranges[1].startswith("bytes=1")
    assert images.same(cache.read(cache.newest("image", S3)), NEW)


def checkout(folder: Path, versions: dict[str, str] = VERSIONS) -> Path:
    """The part of micropython-lib that is asked for, with a driver of one line."""
    for name, version in versions.items():
        package = folder / "micropython" / "lora" / name
        (package / "lora").mkdir(parents=True)
        (package / "manifest.py").write_text(f'metadata(version="{version}")\npackage("lora")\n')
        (package / "lora" / f"{name.partition('-')[2] or '__init__'}.py").write_text(f"NAME = {name!r}\n")
    return folder


def test_a_file_on_a_stick_works_without_any_network(web, cache, tmp_path):
    stick = tmp_path / f"{S3}-20250415-v1.25.0.bin"
    stick.write_bytes(OLD)
    result = run(web, "--image", str(stick), "--for", "heltec-v3", "--lib", str(checkout(tmp_path / "lib")))
    assert result.exit_code == 0, result.output
    assert web.asked == []
    item = cache.newest("image", S3)
    assert (item.version, item.source) == ("1.25.0", f"given: {stick.name}") and images.same(cache.read(item), OLD)
    assert all(data[:2] == b"M\x06" for data in cache.group("driver").values())
    versions = {item.name: item.version for item in cache.items() if item.kind == "driver"}
    assert versions["lora/sx126x.mpy"] == "0.1.6"


def test_the_driver_of_the_real_checkout(web, cache, micropython_lib):
    assert run(web, "heltec-v3", "--lib", str(micropython_lib)).exit_code == 0
    names = {"lora/__init__.mpy", "lora/modem.mpy", "lora/async_modem.mpy", "lora/sx126x.mpy", "lora/sx127x.mpy"}
    assert names <= set(cache.group("driver"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"lora-sx126x": "0.1.5"}, "too old: it must be 0.1.6"),
        ({"lora": "not a number"}, "lora not a number .* too old"),
        ({"lora-async": None}, "holds no micropython/lora/lora-async"),
    ],
)
def test_a_checkout_that_will_not_do_is_refused(web, cache, tmp_path, change, sentence):
    versions = {name: version for name, version in (VERSIONS | change).items() if version}
    result = run(web, "heltec-v3", "--lib", str(checkout(tmp_path / "lib", versions)))
    refused(result, 12, "")
    assert re.search(sentence, result.output), result.output


@pytest.mark.parametrize(
    ("spoil", "code", "sentence"),
    [
        (lambda f: f.update({"/pi/v2/package/6/lora-sx126x/latest.json": b"{}"}), 12, "no package description"),
        (lambda f: f.pop("/pi/v2/package/6/lora/latest.json"), 12, "answered 404"),
        (lambda f: _package(f, "lora-sx126x", version="0.1.5"), 12, "lora-sx126x 0.1.5 .* too old: it must be 0.1.6"),
        (lambda f: _package(f, "lora", hashes=[["../boot.py", "0" * 8]]), 12, "no package description"),
        (lambda f: _body(f, "lora-sx127x"), 11, "is not what the index says"),
    ],
    ids=["empty", "absent", "old", "elsewhere", "altered"],
)
def test_a_driver_that_is_not_right_is_refused_whole(web, cache, spoil, code, sentence):
    spoil(web.files)
    result = run(web, "heltec-v3")
    refused(result, code, "")
    assert re.search(sentence, result.output), result.output
    assert not cache.find("driver") and cache.find("image") and cache.find("program")


def _package(files: dict[str, bytes], name: str, **change) -> None:
    path = f"/pi/v2/package/6/{name}/latest.json"
    files[path] = json.dumps(json.loads(files[path]) | change).encode()


def _body(files: dict[str, bytes], name: str) -> None:
    short = json.loads(files[f"/pi/v2/package/6/{name}/latest.json"])["hashes"][0][1]
    files[f"/pi/v2/file/{short[:2]}/{short}"] = b"M\x06 altered"


def test_what_does_not_go_together_is_a_usage_error(web, tmp_path):
    assert run(web, "--image", "x").exit_code == 2
    assert run(web, "--sha256", "00", "heltec-v3", "pico-waveshare").exit_code == 2
    refused(run(web, "--image", str(tmp_path / "none"), "--for", "heltec-v3"), 10, "cannot be read")
    refused(run(web, "no-such-board"), 1, "There is no board")


def test_a_script_hears_the_same_as_json(web):
    events = [json.loads(line) for line in run(web, "heltec-v3", "--json").output.splitlines()]
    assert [event["event"] for event in events] == ["image", "program", "driver", "ready"]
    assert events[0]["items"] == [{"name": S3, "version": "1.29.0", "sha256": hashlib.sha256(NEW).hexdigest()}]
    assert "trust" in events[0]["known"]


def test_the_addresses_are_micropythons_own():
    assert sources.SITE == "https://micropython.org" and sources.INDEX.startswith(sources.SITE)
