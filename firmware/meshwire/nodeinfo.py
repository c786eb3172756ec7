"""The User message by which a node tells its name (port 4); made in wire."""

from meshwire.wire import user as user
