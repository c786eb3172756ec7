"""The air between chip models: airtime by formula, what a receiver hears and when, collisions, weak signals, bad CRCs.

Reception follows DS SX1261/2 Rev 2.1, section 6.1: a receiver needs some symbols of preamble after it began to listen,
then sync word and header, then the payload; who leaves receive in the middle loses all of it.
"""

from clock import clock

DETECT = 5  # symbols of preamble a receiver needs (reference, 5.2: field reports)
CAPTURE = 6  # dB by which one of two frames must be stronger to be received all the same


class Misuse(BaseException):
    """A program did to a chip what its datasheet forbids. No `except Exception` swallows it."""


class Modulation:
    """What must be equal at both ends: frequency in Hz (about), spreading factor, bandwidth in Hz, sync word, IQ."""

    def __init__(self, hz, sf, bw, sync=0x2B, inverted=False, preamble=16, cr=5, crc=True, slow=False):
        self.hz, self.sf, self.bw, self.sync, self.inverted = hz, sf, bw, sync, inverted
        self.preamble, self.cr, self.crc, self.slow = preamble, cr, crc, slow
        self.symbol = 1000000 * (1 << sf) / bw

    def fits(self, other):
        """Whether a receiver set like this hears the preamble of `other`."""
        near = abs(self.hz - other.hz) * 4 <= self.bw
        return near and (self.sf, self.bw, self.inverted) == (other.sf, other.bw, other.inverted)

    def symbols(self, size):
        """Symbols of a frame with explicit header, DS 6.1.4."""
        early = 6.25 if self.sf < 7 else 4.25
        bits = 8 * size + (16 if self.crc else 0) - 4 * self.sf + 20 + (0 if self.sf < 7 else 8)
        a_block = 4 * (self.sf - (2 if self.slow else 0))
        blocks = (max(bits, 0) + a_block - 1) // a_block
        return self.preamble + early + 8 + blocks * self.cr

    def airtime(self, size):
        """Microseconds a frame takes."""
        return int(self.symbols(size) * self.symbol)


class Wave:
    """One frame on the air."""

    def __init__(self, source, frame, modulation, dbm):
        self.source, self.frame, self.modulation, self.dbm = source, frame, modulation, dbm
        self.start = clock.now
        self.end = self.start + modulation.airtime(len(frame))
        self.whole = True
        early = modulation.preamble + (6.25 if modulation.sf < 7 else 4.25)
        self.sync_at = int(self.start + early * modulation.symbol)
        self.header_at = int(self.sync_at + 8 * modulation.symbol)
        self.last_catch = int(self.start + modulation.preamble * modulation.symbol)


class Ether:
    """All chips, all frames on the air. `loss` in dB between any two, or `path[(a, b)]`; `floor` is the noise in dBm.

    A chip has `ear()`, the Modulation it receives now or None, `visit`, a number that changes when it leaves receive,
    `held`, the Wave it is locked to, and is told `preamble(wave)`, then `stranger(wave)` or
    `header(wave, fine)` and `done(wave, fine, rssi, snr)`.
    """

    def __init__(self, loss=100, floor=-118):
        self.chips = []
        self.waves = []
        self.loss, self.floor = loss, floor
        self.path = {}
        self.spoilt = 0  # so many of the next receptions end with a wrong CRC
        self.log = []  # the last frames that were sent: (source, start, end, bytes)

    def send(self, source, frame, modulation, dbm=22):
        """Put a frame on the air now; `source` may be a chip or just a name."""
        now = clock.now
        # a finished frame is kept as long as one that it disturbed can still be in the air
        self.waves = [wave for wave in self.waves if wave.end > now - 10000000]
        wave = Wave(source, frame, modulation, dbm)
        self.waves.append(wave)
        self.log = self.log[-100:] + [(source, wave.start, wave.end, frame)]
        for chip in self.chips:
            if chip is not source:
                self._offer(wave, chip)
        return wave

    def cut(self, wave):
        """Its sender fell silent before the frame's end: what receivers then hear is noise, to its end."""
        if clock.now < wave.end:
            wave.end, wave.whole = clock.now, False

    def tuned(self, chip):
        """A chip has begun to receive: frames whose preamble is still long enough are caught."""
        for wave in self.waves:
            if wave.source is not chip and wave.end > clock.now:
                self._offer(wave, chip)

    def rssi(self, wave, chip):
        return wave.dbm - self.path.get((wave.source, chip), self.loss)

    def level(self, chip):
        """What an idle receiver measures now, dBm."""
        now = clock.now
        heard = [self.rssi(wave, chip) for wave in self.waves if wave.start <= now < wave.end]
        return max(heard + [self.floor])

    def active(self, chip, modulation, since):
        """Whether a frame of that modulation was on the air, loud enough, between `since` and now."""
        return any(
            wave.source is not chip
            and modulation.fits(wave.modulation)
            and wave.start < clock.now
            and wave.end > since
            and self.snr(wave, chip) >= weakest(modulation.sf)
            for wave in self.waves
        )

    def snr(self, wave, chip):
        return self.rssi(wave, chip) - self.floor

    def _offer(self, wave, chip):
        """A chip in receive gets a chance to find this preamble."""
        ear = chip.ear()
        if ear is None or chip.held or not ear.fits(wave.modulation):
            return
        found = clock.now + int(DETECT * wave.modulation.symbol)
        if self.snr(wave, chip) >= weakest(ear.sf) and found <= wave.last_catch:
            visit = chip.visit
            clock.at(found, lambda: self._preamble(wave, chip, visit))

    def _preamble(self, wave, chip, visit):
        if chip.visit == visit and not chip.held:
            chip.held = wave
            chip.preamble(wave)
            clock.at(wave.header_at, lambda: self._header(wave, chip, visit))

    def _header(self, wave, chip, visit):
        if chip.visit != visit:
            return
        if chip.ear().sync != wave.modulation.sync:  # another network's: never more than a preamble
            chip.held = None
            chip.stranger(wave)
            return
        fine = wave.end >= wave.header_at and not self._disturbed(wave, chip, wave.header_at)
        if not fine:
            chip.held = None
        chip.header(wave, fine)
        if fine:
            whole = wave.start + wave.modulation.airtime(len(wave.frame))
            clock.at(whole, lambda: self._done(wave, chip, visit))

    def _done(self, wave, chip, visit):
        if chip.visit != visit:
            return
        fine = wave.whole and not self._disturbed(wave, chip, wave.end)
        if self.spoilt:
            self.spoilt -= 1
            fine = False
        chip.held = None
        # the chip measures signal and noise together, and an SNR up to some 12 dB
        chip.done(wave, fine, max(self.rssi(wave, chip), self.floor), min(self.snr(wave, chip), 12))

    def _disturbed(self, wave, chip, until):
        """Whether another frame of the same modulation, not much weaker, overlapped it until then."""
        return any(
            other is not wave
            and other.source is not chip
            and wave.modulation.fits(other.modulation)
            and other.start < until
            and other.end > wave.start
            and self.rssi(other, chip) > self.rssi(wave, chip) - CAPTURE
            for other in self.waves
        )


def weakest(sf):
    """The SNR in dB a receiver needs: DS table 6-1."""
    return -2.5 * (sf - 4)
