"""AES for `meshwire` on CPython: raw ECB blocks, from which channels build their counter mode."""

from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def ecb(key: bytes) -> Callable[[bytes], bytes]:
    """Return a function that encrypts a multiple of 16 bytes under `key` (16 or 32 bytes), block by block.

    One context serves for ever: ECB carries nothing from one call to the next.
    """
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update  # noqa: S305 - the raw block function is wanted


__all__ = ["ecb"]
