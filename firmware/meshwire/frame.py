"""Whole frames, by their own name; made in wire."""

from meshwire.wire import seal as seal
from meshwire.wire import unseal as unseal
