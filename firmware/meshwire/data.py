"""`Data`, the message inside every readable frame, by its own name (made in wire), and the ports we speak of."""

from meshwire.wire import Data as Data
from meshwire.wire import decode as decode
from meshwire.wire import encode as encode

TEXT, POSITION, NODEINFO, ROUTING, ADMIN, ALERT, TELEMETRY = 1, 3, 4, 5, 6, 11, 67
