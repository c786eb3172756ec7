"""Who a modem speaks as: a node number of its own, and packet ids that are never used twice (protocol section 2).

Under one number the same id is the same key stream, so ids are a keyed permutation of a counter reserved on disk, as a
beacon's are. Number and key are drawn at random and kept in the gateway's directory, by source; where that directory
was put back from a copy, the counter with it would run again over ids already used, so all of it is drawn anew.
"""

import hashlib
import logging
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Final

import msgspec
from alertwire.sequence import PacketIds, Reserve
from msgspec import Meta

from whistle.site import files
from whistle.site.errors import SiteError
from whistle.site.roster import Hex32

log = logging.getLogger("gateway.source")

_PREFIX: Final = "modem-"
_LOWEST, _HIGHEST = 4, 0xFFFFFFFE  # what lies outside is reserved
_LARGEST: Final = 100  # bytes of a record


class _Kept(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    node: Annotated[int, Meta(ge=_LOWEST, le=_HIGHEST)]
    key: Hex32


_decoder: Final = msgspec.json.Decoder(_Kept)


class Identity:
    """The modem of one source URL: `node`, and `next_id()`. `fresh`: nothing that was kept is used again.

    A disk that takes nothing is no reason to be silent: then the number is drawn for this start alone, or the ids leap
    ahead at random.
    """

    def __init__(self, folder: Path, url: str, fresh: bool = False) -> None:
        self._base = folder / (_PREFIX + hashlib.sha256(url.encode()).hexdigest()[:8])
        if fresh:
            self._forget()
        kept = (not fresh and self._kept()) or self._drawn()
        self.node = kept.node
        reserve = Reserve(0, self._load, self._store, secrets.randbelow)
        self.next_id = PacketIds(bytes.fromhex(kept.key), reserve.take_id).next

    def _kept(self) -> _Kept | None:
        try:
            return files.read(self._base.with_suffix(".json"), _decoder, "a modem's number")
        except (OSError, SiteError):
            return None

    def _forget(self) -> None:
        for end in (".json", ".0", ".1"):
            with suppress(OSError):  # what cannot be removed is written over
                self._base.with_suffix(end).unlink()

    def _drawn(self) -> _Kept:
        """A new one; what an older one has counted means nothing to it."""
        made = _Kept(node=secrets.randbelow(_HIGHEST - _LOWEST + 1) + _LOWEST, key=secrets.token_hex(32))
        try:
            files.write(self._base.with_suffix(".json"), files.pretty(made))
        except SiteError as error:
            log.warning("a modem's number could not be kept (%s): it has another after the next start", error)
        return made

    def _load(self, copy: int) -> bytes | None:
        try:
            return self._base.with_suffix(f".{copy}").read_bytes()[:_LARGEST]
        except OSError:
            return None

    def _store(self, copy: int, record: bytes) -> None:
        try:
            files.write(self._base.with_suffix(f".{copy}"), record)
        except SiteError as error:
            raise OSError(str(error)) from None
