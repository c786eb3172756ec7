"""What a board is given to run the program, as tools.board finds and compiles it."""

from pathlib import Path

from tools import board


def closure() -> list[Path]:
    """Every file the program needs, without the two lines that start it on a board."""
    return board.closure("beacon.program")


compile_to = board.compile_to
