"""The language of alerts: bytes and rules, pure, the same on a board and on a server.

Rule of this folder: no clock, no randomness, no storage, no radio, no logging. They are handed in. The only imports
from outside are struct, hashlib and binascii, so that every file runs on MicroPython 1.25 as on CPython 3.11. What a
board needs is the import closure of the board's program; keys, vitals, judging and answering are for hosts.
"""
