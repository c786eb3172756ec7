"""The sixteen clear bytes before every frame's ciphertext, by their own name; made in wire."""

from meshwire.wire import Header as Header
from meshwire.wire import last_byte as last_byte
from meshwire.wire import pack as pack
from meshwire.wire import unpack as unpack
