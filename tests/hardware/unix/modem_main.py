"""A board as a modem: micropython modem_main.py FOLDER CONTROL-PORT AIR-PORT, the cable on stdin and stdout."""

import sys

from airlink import Radio
from beacon import modem
from unixboard import Board

modem.start(Board(sys.argv[1], int(sys.argv[2])), Radio(int(sys.argv[3])), b"unix test")
