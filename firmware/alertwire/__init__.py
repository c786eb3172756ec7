"""The language of alerts: bytes and rules, pure, the same on a board and on a server.

Rule of this folder: no clock, no randomness, no storage, no radio, no logging; they are handed in. The only imports
from outside are struct, hashlib and binascii, so that every file runs on MicroPython 1.25 as on CPython 3.11.

A board imports these and no other (9 KB as .mpy; one file for all frames, because each file costs a board 150 bytes):

    errors wire sequence gestures calling freshness whistling

Hosts import what reads more strictly, builds with checks and knows both directions, by the name of the thing:

    mac keys kinds text line receipt telemetry pulse gatewaypulse rekey judging answering drawing
"""
