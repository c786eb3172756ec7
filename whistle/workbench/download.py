"""Bytes from the network, continued where the last try stopped; nothing counts before it is whole.

A download grows in a part file; beside it stands what the server calls this version of the file (its ETag, or the time
it was changed). It is continued only when the server says that it is still the same one, else begun again.
"""

import http.client
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Final

from whistle import release
from whistle.workbench.errors import FetchFailed, NotKept

TIMEOUT_S: Final = 30.0
PIECE: Final = 64 * 1024
MOST: Final = 64 << 20  # bytes; the largest image is some 4 MB

Shown = Callable[[int, int], None]
"""Called with bytes here and bytes in all (0: unknown)."""


def text(url: str) -> str:
    """A short page or JSON; FetchFailed."""
    with _opened(url, {}) as answer:
        try:
            return answer.read(MOST).decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            raise _failed(url, error) from None


def data(url: str, part: Path, shown: Shown = lambda _here, _all: None) -> bytes:
    """All bytes of a file. What came is kept in `part` when it fails or is interrupted; FetchFailed, NotKept."""
    begun, validator = _begun(part)
    headers = {"Range": f"bytes={begun}-", "If-Range": validator} if begun else {}
    with _opened(url, headers) as answer:
        if answer.status != 206 or _starts_at(answer) != begun:
            begun = 0
        length = int(answer.headers.get("Content-Length") or 0)
        whole = begun + length if length else 0
        _note(part, answer.headers.get("ETag") or answer.headers.get("Last-Modified") or "")
        here = _grow(url, part, begun, answer, lambda here: shown(here, whole))
    if whole and here != whole:
        raise FetchFailed(f"{url} ended after {here} of {whole} bytes: run the command again, it goes on from there.")
    got = part.read_bytes()
    discard(part)
    return got


def discard(part: Path) -> None:
    """Forget what was downloaded so far."""
    for path in (part, _beside(part)):
        path.unlink(missing_ok=True)


def _opened(url: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    if not url.startswith(("http://", "https://")):
        raise FetchFailed(f"{url} is no web address: it must begin with https:// or http://.")
    try:
        asked = urllib.request.Request(url, headers={"User-Agent": f"whistle-workbench/{release()}", **headers})
        answer = urllib.request.urlopen(asked, timeout=TIMEOUT_S)
    except (OSError, ValueError, http.client.HTTPException) as error:  # ValueError: no address at all
        raise _failed(url, error) from None
    assert isinstance(answer, http.client.HTTPResponse)
    return answer


def _failed(url: str, error: Exception) -> FetchFailed:
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        return FetchFailed(f"{url}: the server answered {error.code}: check the name, or try again later.")
    why = getattr(error, "reason", None) or error
    return FetchFailed(
        f"{url} cannot be reached ({why}): check the internet connection, or give the file with --image."
    )


def _begun(part: Path) -> tuple[int, str]:
    try:
        validator = _beside(part).read_text()
        size = part.stat().st_size
    except OSError:
        return 0, ""
    return (size, validator) if validator and not validator.startswith("W/") else (0, "")


def _starts_at(answer: http.client.HTTPResponse) -> int:
    found = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range") or "")
    return int(found[1]) if found else -1


def _grow(url: str, part: Path, begun: int, answer: http.client.HTTPResponse, shown: Callable[[int], None]) -> int:
    here = begun
    try:
        file = part.open("r+b" if begun else "wb")
    except OSError as error:
        raise NotKept(f"{part} cannot be written ({error.strerror}): name another folder with --cache.") from None
    with file:
        file.seek(begun)
        while piece := _piece(url, answer):
            here += len(piece)
            if here > MOST:
                raise FetchFailed(f"{url} is larger than {MOST >> 20} MB, which no image is: check the address.")
            file.write(piece)
            shown(here)
    return here


def _piece(url: str, answer: http.client.HTTPResponse) -> bytes:
    try:
        return answer.read1(PIECE)
    except (OSError, http.client.HTTPException) as error:
        raise _failed(url, error) from None


def _note(part: Path, validator: str) -> None:
    try:
        _beside(part).write_text(validator)
    except OSError as error:
        raise NotKept(f"{part} cannot be written ({error.strerror}): name another folder with --cache.") from None


def _beside(part: Path) -> Path:
    return part.with_name(part.name + ".version")
