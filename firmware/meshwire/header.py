"""The header of a frame by its own name; it lives beside the frame, in one file, to be small on a board."""

from meshwire.frame import Header as Header
from meshwire.frame import last_byte as last_byte
from meshwire.frame import pack as pack
from meshwire.frame import unpack as unpack
