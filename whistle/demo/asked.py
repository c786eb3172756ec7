"""What a browser may ask of the demo, read strictly: anybody can send anything, and gets one sentence for it."""

from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta

from whistle.demo.errors import Unclear

LARGEST: Final = 1024  # bytes of a request: the longest real one has a tenth

Name = Annotated[str, Meta(min_length=1, max_length=40)]


class Word(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page's word about its finger: the `turn`-th of that page, whether the finger is down on a node's button."""

    page: Name
    turn: Annotated[int, Meta(ge=1, lt=1 << 53)]
    node: Annotated[int, Meta(ge=0, lt=1 << 32)]
    down: bool


class Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A trouble switch, and whether it shall be on."""

    name: Name
    on: bool


T = TypeVar("T", Word, Turn)


def read(text: bytes, kind: type[T]) -> T:
    """The request in `text`; Unclear says what is wrong with it."""
    if len(text) > LARGEST:
        raise Unclear(f"That is no request of the demo's page: it has more than {LARGEST} bytes.")
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unclear(f"That is no request of the demo's page: {error}.") from None
