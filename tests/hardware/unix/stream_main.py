"""A beacon whose radio is a stock node on its UART: micropython stream_main.py FOLDER CONTROL-PORT UART-PORT."""

import asyncio
import sys

from beacon.program import Program
from beacon.radios.stream import Radio
from unixboard import Board

board = Board(sys.argv[1], int(sys.argv[2]))
program = Program(board, Radio({"driver": "stream", "uart": int(sys.argv[3]), "tx": 17, "rx": 18}))
program.settings.radio["channel"] = program.node.channels[0]
program.settings.radio["node"] = program.settings.node


async def watched():
    """Tell when the program finds that its radio fails, or works again."""
    said = False
    while True:
        if program.sender.failed is not said:
            said = program.sender.failed
            board.tell("radio", failed=said)
        await asyncio.sleep_ms(50)


async def main():
    asyncio.create_task(watched())
    await program.run()


asyncio.run(main())
