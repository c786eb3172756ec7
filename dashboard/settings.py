"""What a dashboard is started with: made once from the command line, handed down, never changed."""

from dataclasses import dataclass
from pathlib import Path

from whistle.site.bundles import DashboardBundle


@dataclass(frozen=True)
class Settings:
    """Everything a dashboard must be told; the rest is in the store.

    `threads` serve pages; half of them at the most hold live streams. `tls`: a proxy in front speaks https, so
    cookies are marked Secure and the proxy's word on addresses is believed.
    """

    bundle: DashboardBundle
    data: Path
    broker: str
    listen: tuple[str, int] = ("127.0.0.1", 8080)
    basemap: Path | None = None
    open_feed: str | None = None
    tls: bool = False
    threads: int = 64

    @property
    def streams(self) -> int:
        """How many live streams may be open at once; further pages ask instead of listening."""
        return max(1, self.threads // 2)
