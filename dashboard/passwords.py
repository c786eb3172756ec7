"""Passwords: what one must be, and the hash that is kept of it (argon2id)."""

from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from dashboard.errors import BadName

SHORTEST: Final = 8
LONGEST: Final = 256
FEWEST_LETTERS: Final = 4
_hasher: Final = PasswordHasher(memory_cost=19 * 1024, time_cost=2, parallelism=1)  # OWASP's first choice of argon2id


def hashed(password: str) -> str:
    """The hash to keep of a new password, or BadName with what is wrong with it."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadName(f"A password has {SHORTEST} to {LONGEST} characters; four words or more are better.")
    if len(set(password)) < FEWEST_LETTERS:
        raise BadName(f"A password needs at least {FEWEST_LETTERS} different characters.")
    return _hasher.hash(password)


def right(kept: str | None, password: str) -> bool:
    """Whether this is the password of that hash; takes as long when there is none to compare with."""
    try:
        return _hasher.verify(kept or _nobody(), password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def outdated(kept: str) -> bool:
    """Whether the hash was made with weaker settings than today's: make it anew while the password is at hand."""
    return _hasher.check_needs_rehash(kept)


@cache
def _nobody() -> str:
    return _hasher.hash("there is no such captain")
