"""Fill the cache while there is internet: images for these boards, the driver package, our own program.

Each of the three is kept as soon as it is whole, so an interrupted fetch goes on where it stopped.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from whistle.site import files
from whistle.workbench import download, images, sources
from whistle.workbench.boards import Board
from whistle.workbench.cache import Cache, Item, New
from whistle.workbench.errors import FetchFailed, NotInCache

UNKNOWN = "0"  # the version of a given image whose name does not tell: older than every other


@dataclass
class Fetch:
    """`tell` is Say.event's; `shown(name, here, all)` draws a download's progress in bytes."""

    cache: Cache
    tell: Callable[..., None]
    shown: Callable[[str, int, int], None] = lambda _name, _here, _all: None
    site: str = sources.SITE
    index: str = sources.INDEX

    def images(self, boards: list[Board], version: str | None, sha256: str | None, again: bool = False) -> None:
        """The newest MicroPython (or that version) for each of these boards, one download for each build."""
        builds = {board.image: board for board in boards}
        if sha256 and len(builds) > 1:
            raise FetchFailed("--sha256 is of one image: name one board with it.")
        for name, board in builds.items():
            self._image(sources.image(self.site, name, version), board, sha256, again)

    def given(self, path: Path, board: Board, version: str | None, sha256: str | None) -> None:
        """Keep a file that was brought on a stick as the image of a board."""
        try:
            data = files.take(path, download.MOST)
        except OSError as error:
            raise NotInCache(f"{path} cannot be read ({error.strerror}): name another with --image.") from None
        found = re.search(r"-v(\d+(?:\.\d+)+)\b", path.name)
        told = version or (found[1] if found else UNKNOWN)
        sources.compare(self.cache, board.image, told, data, sha256)
        self._keep_image(New("image", board.image, told, data, f"given: {path.name}"), board, sha256)

    def driver(self, lib: Path | None) -> None:
        """The LoRa driver, from a checkout of micropython-lib or from the package index."""
        new = sources.driver_from_checkout(lib) if lib else sources.driver_from_index(self.index, self.cache)
        kept = self.cache.keep(*new)
        versions = sorted({item.version for item in kept})
        self._told("driver", f"LoRa driver ({', '.join(versions)}): {_size(kept)}", kept)

    def program(self) -> None:
        """The beacon's program of this release, compiled."""
        kept = self.cache.keep(*sources.program())
        self._told("program", f"The beacon's program {kept[0].version}: {_size(kept)}", kept)

    def _image(self, remote: sources.Remote, board: Board, sha256: str | None, again: bool) -> None:
        here = self.cache.find("image", remote.name, remote.version)
        if here and not again and not sha256:
            self.cache.read(here[0])
            self._told("image", f"{remote.name} {remote.version}: here already", here)
            return
        new = sources.bring(self.cache, remote, sha256, lambda done, whole: self.shown(remote.name, done, whole))
        self._keep_image(new, board, sha256)

    def _keep_image(self, new: New, board: Board, sha256: str | None) -> None:
        image = images.read(new.data, f"{new.name} {new.version}")
        images.fits(image, len(new.data), board, new.name)
        seen = bool(self.cache.find("image", new.name, new.version))
        kept = self.cache.keep(new)
        known = "as given" if sha256 else "as before" if seen else "seen for the first time, so it is taken on trust"
        self._told("image", f"{new.name} {new.version}: SHA-256 {kept[0].sha256}, {known}", kept, known=known)

    def _told(self, event: str, words: str, kept: list[Item], **facts: str) -> None:
        listed = [{"name": item.name, "version": item.version, "sha256": item.sha256} for item in kept]
        self.tell(event, words, items=listed, **facts)


def _size(kept: list[Item]) -> str:
    return f"{len(kept)} files, {sum(item.size for item in kept)} bytes"
