"""The master key: 32 random bytes in a file of their own, from which every other key of a site is derived."""

import re
import secrets
from pathlib import Path

from alertwire import keys

from whistle.site import files, roster
from whistle.site.errors import Damaged, MasterMissing, WrongMaster


def make(path: Path) -> bytes:
    """Write a new master key to `path` (0600, never over another) and return it."""
    master = secrets.token_bytes(32)
    files.write(path, master.hex().encode() + b"\n", replace=False)
    return master


def load(path: Path, site: bytes, roster_key: str) -> bytes:
    """The PRK of this site's master key; MasterMissing, Damaged or WrongMaster says what to do."""
    prk: bytes = keys.prk(_read(path))
    if roster.public_key(roster.signing_key(prk, site)) != roster_key:
        raise WrongMaster(f"{path} is another site's master key: take this site's stick.")
    return prk


def _read(path: Path) -> bytes:
    try:
        text = files.take(path)
    except FileNotFoundError:
        raise MasterMissing(
            f"The master key is not at {path}: put in the stick that holds it, or name it with --master FILE. "
            "Without it this site's keys cannot be made or changed; a lost master key means a new site."
        ) from None
    except OSError as error:
        raise MasterMissing(
            f"The master key at {path} cannot be read ({error.strerror}): {files.remedy(error, 'name another')}."
        ) from None
    if re.fullmatch(rb"[0-9a-f]{64}\s*", text) is None:
        raise Damaged(
            f"{path} is not a master key, which is 64 hexadecimal digits: take this site's stick, or a copy of it."
        )
    return bytes.fromhex(text.decode())
