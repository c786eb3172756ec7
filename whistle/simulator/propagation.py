"""How strongly one node hears another: the path loss model and its constants, stated.

Path loss in dB, log-distance with log-normal shadowing:

    loss(d) = LOSS_1KM + 10 * EXPONENT * log10(d / 1 km) + FREQUENCY * log10(f / 907 MHz) + SHADOW * N(pair)

LOSS_1KM 147.8 dB, EXPONENT 4.49 and FREQUENCY 34.36 dB are what the 3GPP suburban macro-cell model becomes with both
antennas 1 m above the ground (the model the published Meshtastic simulator uses, so the two can be compared). N(pair)
is one draw of the standard normal a pair of nodes, the same in both directions, from the seed and the two node
numbers. Distances below 10 m count as 10 m. Antennas: 0 dBi. Thermal noise: -174 dBm/Hz + 6 dB noise figure.
Demodulation floor (SNR): -2.5 dB at SF5, 2.5 dB less a step to -20 dB at SF12; sensitivity is noise + that floor.
Fading from frame to frame is the drawn loss, not part of this.
"""

import math
from dataclasses import dataclass

from whistle.simulator import draws

LOSS_1KM_DB = 147.8
EXPONENT = 4.49
FREQUENCY_DB = 34.36
REFERENCE_MHZ = 907.0
SHADOW_DB = 6.0
NEAREST_M = 10.0
NOISE_FIGURE_DB = 6.0
THERMAL_DBM_HZ = -174.0
CAPTURE_DB = 6.0
NEGLIGIBLE_DB = 10.0  # so far below sensitivity that it disturbs nothing that can be received at all
SNR_SHOWN = (-25.0, 12.0)  # a chip reports no more than this, however strong the signal


@dataclass(frozen=True, slots=True)
class Model:
    """The constants of one air; a scenario may set its own. Levels in dB, frequency in MHz."""

    loss_1km_db: float = LOSS_1KM_DB
    exponent: float = EXPONENT
    shadow_db: float = SHADOW_DB
    frequency_mhz: float = REFERENCE_MHZ

    def loss_db(self, metres: float, shadow: float) -> float:
        """Path loss over `metres`, with `shadow` standard deviations of shadowing."""
        kilometres = max(metres, NEAREST_M) / 1000.0
        frequency = FREQUENCY_DB * math.log10(self.frequency_mhz / REFERENCE_MHZ)
        return self.loss_1km_db + 10.0 * self.exponent * math.log10(kilometres) + frequency + self.shadow_db * shadow


def noise_dbm(bw_hz: int) -> float:
    """Thermal noise of one receiver in this bandwidth."""
    return THERMAL_DBM_HZ + NOISE_FIGURE_DB + 10.0 * math.log10(bw_hz)


def snr_floor_db(sf: int) -> float:
    """The lowest SNR at which this spreading factor is demodulated (Semtech's datasheet figures)."""
    return 10.0 - 2.5 * sf


def sensitivity_dbm(sf: int, bw_hz: int) -> float:
    """The weakest signal that is received."""
    return noise_dbm(bw_hz) + snr_floor_db(sf)


def attowatts(dbm: float) -> int:
    """Power as a whole number of 1e-18 W: sums of interference stay exact, so runs repeat bit for bit."""
    return round(math.pow(10.0, (dbm - 30.0) / 10.0) * 1e18)


def shown_snr(dbm: float, bw_hz: int) -> float:
    """The SNR a chip would report for this level over thermal noise: quarter decibels, within its range."""
    lowest, highest = SNR_SHOWN
    return round(min(max(dbm - noise_dbm(bw_hz), lowest), highest) * 4) / 4


def received_dbm(model: Model, seed: int, one: "Spot", other: "Spot") -> float:
    """What `other` receives when `one` transmits."""
    low, high = sorted((one.node, other.node))
    shadow = draws.normal(seed, "shadow", low, high)
    return one.power_dbm - model.loss_db(math.hypot(one.x - other.x, one.y - other.y), shadow)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a node stands (metres east and north of the centre) and how strongly it transmits (dBm)."""

    node: int
    x: float
    y: float
    power_dbm: float = 22.0
