"""Where things come from: MicroPython's images, the driver packages, a checkout of micropython-lib, our own program.

Nothing here is trusted for coming from the right address: an image's first SHA-256 is recorded and every later one
compared with it (trust on first use), unless one was given. The driver's index names a short hash of each file; it is
checked, and like the image's it comes from the same place as the file.
"""

import ast
import hashlib
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta

from whistle import release
from whistle.workbench import compiling, download
from whistle.workbench.cache import Cache, New, newness
from whistle.workbench.errors import FetchFailed, WrongHash

SITE: Final = "https://micropython.org"
INDEX: Final = "https://micropython.org/pi/v2"
OLDEST: Final = (1, 25)  # older ones lack what the program needs, and read no compiled file of ours

# The driver's packages: what must be there, and the oldest that will do. sx126x before 0.1.6 hands corrupt frames on.
DRIVER: Final = {"lora": (0, 2), "lora-async": (0,), "lora-sx126x": (0, 1, 6), "lora-sx127x": (0, 1, 2)}
FORM: Final = "6"  # .mpy's, in the index


OnBoard = Annotated[str, Meta(pattern="^lora/[a-z0-9_]+[.]mpy$")]  # nothing else of a board is the index's to write
Short = Annotated[str, Meta(pattern="^[0-9a-f]{8,64}$")]


class Remote(NamedTuple):
    """An image on the download site: address, MicroPython's name of the build, its version."""

    url: str
    name: str
    version: str


class _Package(msgspec.Struct, frozen=True):
    """mip's description of a package: version, [path on the board, short SHA-256] of each file."""

    version: str
    hashes: list[tuple[OnBoard, Short]]


def image(site: str, name: str, version: str | None = None) -> Remote:
    """The newest release of a build (or that version), from its download page; FetchFailed names what there is."""
    page = download.text(f"{site}/download/{name}/")
    pattern = rf"""href=["']([^"']*/{re.escape(name)}-\d{{8}}-v(\d+(?:\.\d+)+)\.(?:bin|uf2))["']"""
    found = {match[2]: match[1] for match in re.finditer(pattern, page) if newness(match[2]) >= OLDEST}
    if not found or version not in (None, *found):
        there = ", ".join(sorted(found, key=newness)) or "none"
        raise FetchFailed(f"{site} has no image {name} {version or 'we can use'} (it has {there}): name another.")
    chosen = version or max(found, key=newness)
    path = found[chosen]
    return Remote(path if "://" in path else f"{site}/{path.lstrip('/')}", name, chosen)


def bring(cache: Cache, remote: Remote, sha256: str | None, shown: download.Shown) -> New:
    """Download an image, and compare it with the hash given or recorded; WrongHash when it is another."""
    got = download.data(remote.url, cache.part(f"{remote.name}-{remote.version}"), shown)
    compare(cache, remote.name, remote.version, got, sha256)
    return New("image", remote.name, remote.version, got, remote.url)


def compare(cache: Cache, name: str, version: str, got: bytes, sha256: str | None) -> None:
    """WrongHash unless an image's bytes are those of the hash given, or of the one recorded when it was first seen."""
    digest = hashlib.sha256(got).hexdigest()
    if sha256 and digest != sha256.lower():
        raise WrongHash(f"{name} {version} has the SHA-256 {digest} and not the one given: do not use it.")
    for old in cache.find("image", name, version):
        if not sha256 and old.sha256 != digest:
            raise WrongHash(
                f"{name} {version} is another file than the one fetched on {old.when[:10]} from {old.source}: find out "
                "which is right, and give its hash with --sha256."
            )


def driver_from_index(index: str, cache: Cache) -> list[New]:
    """The driver's compiled files from a package index as mip reads it; FetchFailed, WrongHash."""
    found = []
    for name, oldest in DRIVER.items():
        url = f"{index}/package/{FORM}/{name}/latest.json"
        try:
            package = msgspec.json.decode(download.text(url), type=_Package)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise FetchFailed(f"{url} is no package description ({error}): check the address.") from None
        _recent(name, package.version, oldest, url)
        for path, short in package.hashes:
            found.append(New("driver", path, package.version, _hashed(index, short, path, cache), url))
    return found


def driver_from_checkout(lib: Path) -> list[New]:
    """The driver's files, compiled here, from a checkout of micropython-lib; FetchFailed says what it lacks."""
    found = []
    for name, oldest in DRIVER.items():
        folder = lib / "micropython" / "lora" / name
        sources = sorted((folder / "lora").glob("*.py"))
        if not sources:
            raise FetchFailed(f"{lib} holds no micropython/lora/{name}: name a checkout of micropython-lib with --lib.")
        version = _version(folder / "manifest.py")
        _recent(name, version, oldest, str(folder))
        found += [New("driver", f"lora/{one.stem}.mpy", version, _compiled(one), str(lib)) for one in sources]
    return found


def program() -> list[New]:
    """Our own program, compiled, under this release; BadProgram."""
    version = release()
    return [New("program", name, version, got, "compiled here") for name, got in compiling.program().items()]


def _hashed(index: str, short: str, path: str, cache: Cache) -> bytes:
    url = f"{index}/file/{short[:2]}/{short}"
    got = download.data(url, cache.part(f"driver-{short}"))
    if not hashlib.sha256(got).hexdigest().startswith(short):
        raise WrongHash(f"{path} from {url} is not what the index says: try again later, or take --lib.")
    return got


def _recent(name: str, version: str, oldest: tuple[int, ...], where: str) -> None:
    if newness(version) < oldest:
        least = ".".join(map(str, oldest))
        raise FetchFailed(f"{name} {version} from {where} is too old: it must be {least} or later.")


def _version(manifest: Path) -> str:
    try:
        tree = ast.parse(manifest.read_text())
    except (OSError, SyntaxError):
        return "0"
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "version" and isinstance(node.value, ast.Constant):
            return str(node.value.value)
    return "0"


def _compiled(source: Path) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "out.mpy"
        try:
            compiling.compile_file(source, f"lora/{source.name}", target)
        except subprocess.CalledProcessError:
            raise FetchFailed(f"{source} does not compile: take a released version of micropython-lib.") from None
        return target.read_bytes()
