"""The browser libraries: locked by hash, checked to load nothing from elsewhere, and here as they were checked."""

import json
from pathlib import Path

import pytest

from tools import vendor


def test_the_lock_file_has_hashes_and_no_addresses() -> None:
    lock = json.loads((vendor.ASKED / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert {"node_modules/maplibre-gl", "node_modules/pmtiles"} <= set(packages)
    for name, entry in packages.items():
        assert entry["integrity"].startswith("sha512-"), name
        assert "resolved" not in entry, name


def test_what_setup_brought_is_what_was_checked() -> None:
    assert vendor.is_fresh(), "run `make setup`"
    assert {name for _, name in vendor.FILES} | {"vendor.json"} == {path.name for path in vendor.TARGET.iterdir()}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.mjs", 'fetch("https://tiles.example.com/1")'),
        ("x.mjs", "new WebSocket('wss://live.example.com')"),
        ("x.mjs", 'load("//cdn.example.com/a.js")'),
        ("x.mjs", 'import{a}from"fflate"'),
        ("x.mjs", 'import "other.js"'),
        ("x.mjs", "import a from '/elsewhere.js'"),
        ("x.css", "@import 'other.css';"),
        ("x.css", "a{background:url(https://example.com/x.png)}"),
        ("x.css", "a{background:url(/x.png)}"),
        ("x.css", 'a{background:url("x.png")}'),
    ],
)
def test_a_load_from_elsewhere_is_refused(name: str, text: str) -> None:
    with pytest.raises(vendor.Unfit):
        vendor.check(name, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.mjs", 'import{a}from"./fflate.mjs";const b="http://www.w3.org/2000/svg"'),
        ("x.css", "a{background:url(\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'%3E\")}"),
        ("x.css", "a{background:url(data:image/png;base64,AA)}"),
        ("x.LICENSE.txt", "https://example.com/licence"),
    ],
)
def test_what_loads_nothing_passes(name: str, text: str) -> None:
    vendor.check(name, text)


def test_comments_go_and_bare_imports_become_relative(tmp_path: Path) -> None:
    path = tmp_path / "x.mjs"
    path.write_text('// https://example.com\nimport{a}from"fflate";a();\n//# sourceMappingURL=x.mjs.map\n')
    assert vendor.read(path).strip() == 'import{a}from"./fflate.mjs";a();'


def test_a_changed_file_is_brought_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vendor, "TARGET", tmp_path / "vendor")
    assert not vendor.is_fresh()
    vendor.write({"a.mjs": "one", "b.css": "two"})
    assert vendor.is_fresh()
    (tmp_path / "vendor" / "a.mjs").write_text("changed")
    assert not vendor.is_fresh()
