"""Where hearings come from: one URL a source, any number at once.

`port` says what a source and a radio must do, `kept` keeps a radio open for ever, `radio` is the one file that knows
the `meshtastic` library, `hush` keeps that library's chatter off our output, `deadline` gives every call of it an end.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from gateway.clock import Clock
from gateway.errors import BadSource
from gateway.sources.kept import KeptSource
from gateway.sources.port import Address, Listener, SiteChannel

TCP_PORT = 4403

FORMS = "tcp://HOST or tcp://HOST:PORT (a radio on the network), serial:///dev/ttyUSB0 (a radio on a cable)"


def address(url: str) -> Address:
    """The address in a source URL; BadSource with the allowed forms for anything else."""
    if url.startswith("serial:///"):
        return Address(url, device=url.removeprefix("serial://"))
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise BadSource(f"{url!r} is no source address: write {FORMS}.") from None
    if parts.scheme != "tcp" or not host or parts.path.strip("/") or parts.query or parts.username:
        raise BadSource(f"{url!r} is no source address: write {FORMS}.")
    return Address(url, host=host, tcp_port=port or TCP_PORT)


def kept_sources(urls: Sequence[str], channel: SiteChannel, listener: Listener, clock: Clock) -> list[KeptSource]:
    """One source for each URL, not yet started; BadSource for a URL that is wrong or given twice."""
    where = [address(url) for url in urls]
    if len({(one.device, one.host, one.tcp_port) for one in where}) != len(where):
        raise BadSource("The same source is given twice: name each radio once.")
    return [KeptSource(one, channel, listener, clock) for one in where]
