"""How much of the air this gateway may take: the rhythm of its pulses, and its share of the region's duty cycle."""

import threading
from typing import Final

from meshwire import duty, plan

from gateway.clock import Clock

TICK_S: Final = 20.0
TICK_SHARE: Final = 0.005  # of the air (protocol section 6)
TICK_BYTES: Final = 76


class AirPlan:
    """Figures of one preset and region, and the meter of what was sent. MeshwireError for a name it does not know."""

    def __init__(self, region: str, preset: str, clock: Clock) -> None:
        found = plan.find_region(region)
        self._modem = plan.find_preset(preset).modem(found.wide)
        self._allowed = max(found.duty_permille, 1)
        self._meter = duty.transmission()
        self._clock = clock
        self._lock = threading.Lock()
        self.tick_s = max(TICK_S, self.airtime_s(TICK_BYTES) / TICK_SHARE)
        self.early_s = self.tick_s / 4  # a beacon waiting for an answer may bring the next pulse this near to the last

    def airtime_s(self, payload: int) -> float:
        """Seconds a payload of so many bytes keeps the air busy, once."""
        return self._modem.airtime_us(plan.frame_size(payload)) / 1e6

    def sent(self, payload: int) -> None:
        """A payload was handed to a radio."""
        with self._lock:
            self._meter.add(int(self._clock.steady() * 1000), int(self.airtime_s(payload) * 1e6))

    def share(self) -> float:
        """How much of what the region allows in an hour we have used: 0 to 1, and above."""
        with self._lock:
            return self._meter.permille(int(self._clock.steady() * 1000)) / self._allowed
