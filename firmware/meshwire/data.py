"""`Data`, the message inside every readable frame, by its own name; made in wire."""

from meshwire.wire import ADMIN as ADMIN
from meshwire.wire import ALERT as ALERT
from meshwire.wire import NODEINFO as NODEINFO
from meshwire.wire import ROUTING as ROUTING
from meshwire.wire import TELEMETRY as TELEMETRY
from meshwire.wire import TEXT as TEXT
from meshwire.wire import Data as Data
from meshwire.wire import decode as decode
from meshwire.wire import encode as encode

POSITION = 3  # no board speaks of it
