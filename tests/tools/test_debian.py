"""Debian's packages without touching the system: where the mirror is read from, and that nothing unsigned is taken."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import debian

DEB822 = """\
# a comment before
Types: deb deb-src
# a comment between
URIs: http://mirror.example/debian
  http://second.example/debian
Suites: bookworm
 bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
Enabled: no

Types: deb-src
URIs: http://source.example/debian
Suites: bookworm
Components: main
"""

ONE_LINE = """\
# deb http://commented.example/debian bookworm main
deb-src http://source.example/debian bookworm main
deb cdrom:[Debian]/ bookworm main
deb [signed-by=/x.gpg arch=amd64] http://mirror.example/debian bookworm main contrib # why
deb http://tools.example tools-bookworm main
"""


def machine(root: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    """A machine of Debian 12 with one file of sources."""
    (root / "sources.list.d").mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)
    (root / "os-release").write_text('ID=debian\nVERSION_CODENAME="bookworm"\n')
    monkeypatch.setattr(debian, "SOURCES", root)
    monkeypatch.setattr(debian, "OS_RELEASE", root / "os-release")


def test_deb822_sources() -> None:
    assert list(debian.deb822(DEB822)) == [
        ("http://mirror.example/debian", ["bookworm", "bookworm-updates"], ["main", "contrib"]),
        ("http://second.example/debian", ["bookworm", "bookworm-updates"], ["main", "contrib"]),
    ]


def test_one_line_sources() -> None:
    assert list(debian.one_line(ONE_LINE)) == [
        ("cdrom:[Debian]/", ["bookworm"], ["main"]),
        ("http://mirror.example/debian", ["bookworm"], ["main", "contrib"]),
        ("http://tools.example", ["tools-bookworm"], ["main"]),
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sources.list", ONE_LINE),
        ("sources.list.d/debian.list", ONE_LINE),
        ("sources.list.d/debian.sources", DEB822),
        ("sources.list", "deb http://mirror.example/debian stable main\n"),
    ],
)
def test_the_mirror_is_the_machines_own(name: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine(tmp_path, monkeypatch, name, text)
    assert debian.mirror() == "http://mirror.example/debian"


def test_no_source_of_debian_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine(tmp_path, monkeypatch, "sources.list", "deb http://tools.example tools-bookworm main\n")
    with pytest.raises(debian.Unavailable, match="none of the machine's apt sources"):
        debian.mirror()


def test_another_system_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine(tmp_path, monkeypatch, "sources.list", ONE_LINE)
    (tmp_path / "os-release").write_text("ID=other\n")
    with pytest.raises(debian.Unavailable, match="not a Debian machine"):
        debian.mirror()


def unsigned(root: Path) -> Path:
    """A Debian archive in a folder, whole but for its signature."""
    folder = root / "dists" / "trixie"
    lists = folder / "main" / "binary-amd64"
    lists.mkdir(parents=True)
    (lists / "Packages").write_text("")
    empty = hashlib.sha256(b"").hexdigest()
    (folder / "Release").write_text(
        "Suite: trixie\nCodename: trixie\nComponents: main\nArchitectures: amd64\n"
        "Date: Sat, 21 Nov 2026 00:00:00 UTC\n"
        f"SHA256:\n {empty} 0 main/binary-amd64/Packages\n"
    )
    return root


def test_an_unsigned_list_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, need: Callable[[str], Path]
) -> None:
    need("apt-get")
    archive = unsigned(tmp_path / "archive")
    machine(tmp_path / "etc", monkeypatch, "sources.list", f"deb file:{archive} bookworm main\n")
    refused = pytest.raises(debian.Unavailable, match=r"apt-get update failed: .*(not signed|no longer signed)")
    with refused:
        debian.fetch(["micropython"], "trixie", "amd64", tmp_path / "home")
    assert not (tmp_path / "home" / "root").exists()
    with refused:
        debian.fetch_sources(["micropython"], "trixie", tmp_path / "home")
    assert not list((tmp_path / "home").glob("*.tar.*"))
