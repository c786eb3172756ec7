"""Downloads that stop in the middle go on, and never mix two versions of a file."""

import random

import pytest

from tests.hardware.images import same
from tests.support.web import Web
from whistle.workbench import download
from whistle.workbench.errors import FetchFailed, NotKept

BODY = random.Random(7).randbytes(300_000)
LATER = random.Random(8).randbytes(300_000)


@pytest.fixture
def web():
    with Web({"/file": BODY, "/page": "héllo".encode()}) as served:
        yield served


def test_a_file_comes_whole_with_its_progress(web, tmp_path):
    seen = []
    assert same(download.data(f"{web.url}/file", tmp_path / "part", lambda *both: seen.append(both)), BODY)
    assert seen[-1] == (300_000, 300_000) and [here for here, _ in seen] == sorted(here for here, _ in seen)
    assert not list(tmp_path.iterdir())


def test_a_page_is_text(web):
    assert download.text(f"{web.url}/page") == "héllo"


def test_what_was_cut_goes_on_where_it_stopped(web, tmp_path):
    web.cut["/file"] = 123_456
    with pytest.raises(FetchFailed, match="123456 of 300000 bytes: run the command again"):
        download.data(f"{web.url}/file", tmp_path / "part")
    assert (tmp_path / "part").stat().st_size == 123_456
    assert same(download.data(f"{web.url}/file", tmp_path / "part"), BODY)
    assert web.asked[-1] == ("/file", "bytes=123456-")
    assert not list(tmp_path.iterdir())


def test_interrupted_by_hand_it_goes_on_too(web, tmp_path):
    def impatient(here: int, _all: int) -> None:
        if here > 100_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download.data(f"{web.url}/file", tmp_path / "part", impatient)
    begun = (tmp_path / "part").stat().st_size
    assert 0 < begun < 300_000
    assert same(download.data(f"{web.url}/file", tmp_path / "part"), BODY)
    assert web.asked[-1] == ("/file", f"bytes={begun}-")


@pytest.mark.parametrize("change", ["another file", "no tag", "no ranges"])
def test_it_begins_again_where_it_cannot_be_sure(web, tmp_path, change):
    web.tagged = change != "no tag"
    web.cut["/file"] = 50_000
    with pytest.raises(FetchFailed):
        download.data(f"{web.url}/file", tmp_path / "part")
    web.ranges = change != "no ranges"
    if change == "another file":
        web.files["/file"] = LATER
    assert same(download.data(f"{web.url}/file", tmp_path / "part"), web.files["/file"])


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("{}/gone", "answered 404"),
        ("file:///etc/passwd", "no web address"),
        ("http://127.0.0.1:1/x", "cannot be reached"),
    ],
)
def test_what_cannot_be_had_is_one_sentence(web, tmp_path, url, sentence):
    for ask in (lambda where: download.data(where, tmp_path / "part"), download.text):
        with pytest.raises(FetchFailed, match=sentence) as refused:
            ask(url.format(web.url))
        assert refused.value.exit_code == 12


def test_more_than_any_image_is_refused(web, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "MOST", 100_000)
    with pytest.raises(FetchFailed, match="larger than"):
        download.data(f"{web.url}/file", tmp_path / "part")


def test_a_folder_that_takes_nothing_is_said(web, tmp_path):
    with pytest.raises(NotKept, match="--cache"):
        download.data(f"{web.url}/file", tmp_path / "no" / "folder")


@pytest.mark.parametrize("url", ["http://[::", "https://[v1.x]/", "http://x y/", "http://a:port/", "http://\u2100/"])
def test_an_address_that_is_none_is_one_sentence(url, tmp_path):
    for ask in (lambda: download.text(url), lambda: download.data(url, tmp_path / "part")):
        with pytest.raises(FetchFailed, match="check the"):
            ask()
