"""A broker's address as people write it: `mqtt://user:password@host:1883`, `mqtts://host?ca=/path/ca.pem`.

User and password may be percent-encoded. `mqtts` is TLS, checked against the `ca` file or else the system's list.
"""

from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from whistle.bus.errors import BadUrl

PORTS: Final = {"mqtt": 1883, "mqtts": 8883}
_EXAMPLE: Final = "write it like mqtt://user:password@host:1883 or mqtts://host?ca=/path/ca.pem"


class Address(NamedTuple):
    """A broker's address, taken apart. `str()` of it never shows user or password."""

    scheme: str
    host: str
    port: int
    user: str | None
    password: str | None
    ca: Path | None

    @property
    def tls(self) -> bool:
        """Whether the connection is encrypted and the broker's certificate checked."""
        return self.scheme == "mqtts"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    def __repr__(self) -> str:
        return str(self)


def parse(url: str) -> Address:
    """Take a broker's URL apart, or raise BadUrl with a sentence that shows how to write it (and no password)."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise BadUrl(f"The broker's address has no usable host and port: {_EXAMPLE}.") from None
    if parts.scheme not in PORTS:
        begin = f"begins with {parts.scheme!r}, not with" if parts.scheme else "does not begin with"
        raise BadUrl(f"The broker's address {begin} mqtt:// or mqtts://: {_EXAMPLE}.")
    if parts.path not in ("", "/") or parts.fragment:
        raise BadUrl(f"The broker's address has something after the host: {_EXAMPLE}.")
    host, user = _host(parts), parts.username
    return Address(
        parts.scheme,
        host,
        PORTS[parts.scheme] if port is None else port,
        None if user is None else unquote(user),
        None if parts.password is None else unquote(parts.password),
        _ca(parts),
    )


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    try:
        host.encode("idna")
    except UnicodeError:
        host = ""
    if not host or parts.port == 0:
        raise BadUrl(f"The broker's address has no usable host and port: {_EXAMPLE}.")
    return host


def _ca(parts: SplitResult) -> Path | None:
    options = parse_qs(parts.query, keep_blank_values=True)
    if set(options) - {"ca"}:
        raise BadUrl(f"The broker's address has an option other than ca: {_EXAMPLE}.")
    if "ca" not in options:
        return None
    path = Path(options["ca"][-1])
    if parts.scheme != "mqtts":
        raise BadUrl("A ca file is named for an address without TLS: begin it with mqtts://.")
    if not path.is_file():
        raise BadUrl(f"The ca file {path} is not there: name the certificate of the authority your broker uses.")
    return path
