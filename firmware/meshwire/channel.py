"""Channels, their keys and hashes, by their own name; made in wire."""

from meshwire.wire import DEFAULT_KEY as DEFAULT_KEY
from meshwire.wire import Channel as Channel
from meshwire.wire import channel_hash as channel_hash
from meshwire.wire import expand_key as expand_key
