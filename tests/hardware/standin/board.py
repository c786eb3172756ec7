# ruff: noqa: UP031  the board's dialect
"""A board for the workbench's check where only its answers matter: what happens to it stands in the file `model`."""

import asyncio
import json


def model():
    with open("/model") as file:
        return json.load(file)


class Board:
    run = None

    def __init__(self, wiring):
        self.wiring = wiring
        self.seen = []

    def service(self):
        raise KeyboardInterrupt

    def attended(self):
        with open("/attended", "w") as file:
            file.write("open")

    def feed(self):
        pass

    def button(self, edge):
        async def press():
            await asyncio.sleep_ms(100)
            for which in model().get("pressed", []):
                edge(which, True, 5)
                edge(which, False, 90)

        asyncio.create_task(press())

    def lamp(self, on, colour, pattern):
        self._tell("lamp %d %s %s" % (on, colour, pattern))

    def whistle(self, on, pattern):
        self._tell("whistle %d %s" % (on, pattern))

    def battery(self):
        return tuple(model()["battery"])

    def _tell(self, text):
        with open("/told", "a") as file:
            file.write(text + "\n")
