"""How a board begins: which board it is, its two ports, and the program on them until something resets it."""

import asyncio

from beacon.program import serve

BOARD = "board"  # a file of one word, written by the technician's tool: the module of `beacon.boards` that knows this board


def start() -> None:
    """Run the beacon on the board named in the file `board`; it never returns there but through a reset."""
    with open(BOARD) as file:
        name = file.read().strip()
    module = __import__("beacon.boards." + name, None, None, ("ports",))
    board, radio = module.ports()
    asyncio.run(serve(board, radio))
