"""How long a frame keeps the air busy, and the slot that all waiting is counted in (Meshtastic's RadioInterface)."""


class Modem:
    """LoRa settings: spreading factor 5..12, bandwidth in Hz, coding rate denominator 5..8, preamble symbols.

    `symbol_us` and `slot_ms` are whole numbers. `wide` is the 2.4 GHz band, where looking for activity takes longer.
    """

    def __init__(self, sf: int, bw_hz: int, cr: int, preamble: int = 16, wide: bool = False) -> None:
        self.sf = sf
        self.bw_hz = bw_hz
        self.cr = cr
        self.preamble = preamble
        self.symbol_us = (1000000 << sf) // bw_hz
        self._slow = 1 if (1 << sf) * 125 >= bw_hz * 2 else 0  # low data rate optimisation from 16 ms a symbol
        halves = 2 * (4 + (2 * sf + 3) // 32) if wide else 5  # half symbols spent looking for activity
        self.slot_ms = (halves * (5000 << sf) + 76 * bw_hz) // (10 * bw_hz)  # and 7.6 ms of turning round

    def airtime_us(self, size: int) -> int:
        """Return the microseconds a frame of `size` bytes (header included) takes, rounded down."""
        sf = self.sf
        bits = 8 * size - 4 * sf + (44 if sf > 6 else 36)
        rate = 4 * (sf - 2 * self._slow)
        symbols = (bits + rate - 1) // rate * self.cr if bits > 0 else 0
        quarters = 4 * (self.preamble + symbols) + (49 if sf > 6 else 57)
        return quarters * (250000 << sf) // self.bw_hz
