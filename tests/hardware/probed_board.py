"""A board's pins under the probe of `whistle workbench flash`: the module `machine` for MicroPython on this machine.

    machine = module(radio={...}, display={...})    text of machine.py, put on MicroPython's path

A radio answers at the pins it is wired to and nowhere else. It is strict: SPI while it sleeps, another command than a
read of a register, or a write of one ends the script with an error.
"""

from typing import Any

TEXT = """
PLAN = {plan!r}
LEVEL = {{}}

class Pin:
    IN, OUT, PULL_UP = 0, 1, 2
    def __init__(self, number, mode=-1, pull=-1, value=None):
        if number in PLAN["absent"]:
            raise ValueError("invalid pin")
        self.number = number
        if value is not None:
            self(value)
    def __call__(self, *value):
        r = PLAN["radio"]
        if value:
            LEVEL[self.number] = value[0]
            if r and self.number == r["nss"] and not value[0]:
                r["asleep"] = False  # its falling edge wakes it
            return
        if r and self.number == r.get("busy"):
            return 1 if r.get("stuck") or r["asleep"] else 0
        return PLAN["floating"]

class SoftSPI:
    def __init__(self, baudrate, sck, mosi, miso):
        self.pins = (sck.number, mosi.number, miso.number)
    def write_readinto(self, out, back):
        r = PLAN["radio"]
        back[:] = bytes([PLAN["floating"] * 255]) * len(out)
        if not r or self.pins != (r["sck"], r["mosi"], r["miso"]) or LEVEL.get(r["nss"], 1) != 0:
            return
        power = r.get("power")
        if power and LEVEL.get(power[0]) != power[1]:
            return
        assert not r["asleep"], "spoken to while asleep"
        if r["driver"] == "sx127x":
            assert not out[0] & 0x80, "a register was written"
            back[1] = 0x12 if out[0] == 0x42 else 0
        else:
            assert out[0] == 0x1D, "not a read of a register"
            back[:] = bytes([0xAA]) * len(out)
            back[4:6] = r["sync"] if bytes(out[1:3]) == b"\\x07\\x40" else b"\\0\\0"

class SoftI2C:
    def __init__(self, scl, sda):
        self.pins = (scl.number, sda.number)
    def scan(self):
        d = PLAN["display"]
        return [0x3C] if d and self.pins == (d["scl"], d["sda"]) else []
"""


def module(
    radio: dict[str, Any] | None,
    display: dict[str, Any] | None = None,
    absent: tuple[int, ...] = (),
    floating: int = 1,
) -> str:
    """machine.py for a board with that radio (a table's wiring, and "sync", "asleep", "stuck") and that display."""
    whole = {"sync": b"\x14\x24", "asleep": True, **radio} if radio else None
    plan = {"radio": whole, "display": display, "absent": absent, "floating": floating}
    return TEXT.format(plan=plan)
