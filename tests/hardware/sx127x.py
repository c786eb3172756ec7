"""A model of the SX1276/77/78/79 at its pins, from its datasheet Rev 7 ("DS") and errata note Rev 1 ("EN").

It raises Misuse where a program does what the chip does not allow; what it merely suffers in silence `judge()` tells.
"""

from clock import clock
from ether import Misuse, Modulation
from machine import bus, line

SLEEP, STDBY, FSTX, TX, FSRX, RX, SINGLE, CAD = range(8)  # DS table 16
TIMEOUT, RX_DONE, CRC_ERR, HEADER, TX_DONE, CAD_DONE, CAD_FOUND = 128, 64, 32, 16, 8, 4, 1  # RegIrqFlags
FIFO, MODE, FREQUENCY, PA, RAMP, OCP, LNA, POINTER, TX_BASE, RX_BASE, CURRENT = 0, 1, 6, 9, 10, 11, 12, 13, 14, 15, 16
MASK, FLAGS, RECEIVED, STAT, SNR, PACKET_RSSI, RSSI, CONFIG1, CONFIG2 = 17, 18, 19, 24, 25, 26, 27, 29, 30
SYMBOLS, PREAMBLE, LENGTH, CONFIG3, HIGH_IF, OPTIMISE, THRESHOLD = 0x1F, 0x20, 0x22, 0x26, 0x2F, 0x31, 0x37
SYNC, IMAGE, MAPPING, VERSION, DAC = 0x39, 0x3B, 0x40, 0x42, 0x4D

# DS section 6.4 and table 41: what differs from nought after reset
RESET = {
    MODE: 0x09, FREQUENCY: 0x6C, 7: 0x80, PA: 0x4F, RAMP: 0x09, OCP: 0x2B, LNA: 0x20, TX_BASE: 0x80, CONFIG1: 0x72,
    CONFIG2: 0x70, SYMBOLS: 0x64, PREAMBLE + 1: 0x08, LENGTH: 1, 0x23: 0xFF, CONFIG3: 0x04, HIGH_IF: 0x20,
    OPTIMISE: 0xC3, 0x33: 0x27, 0x36: 0x03, THRESHOLD: 0x0A, SYNC: 0x12, 0x3A: 0x49, IMAGE: 0x1D, VERSION: 0x12,
    DAC: 0x84,
}  # fmt: skip
# What a program must have said before it receives or sends, beside what reset gives
NEEDED = {"frequency": FREQUENCY, "modem": CONFIG1, "preamble": PREAMBLE + 1, "sync": SYNC}
STILL = (FREQUENCY, 7, 8, PA, CONFIG1, CONFIG2, PREAMBLE, 0x21, LENGTH, OPTIMISE, 0x33, SYNC, DAC)  # not in RX, TX, CAD
BANDWIDTH = (7800, 10400, 15600, 20800, 31250, 41700, 62500, 125000, 250000, 500000)
OSCILLATOR, SYNTHESIZER = 250, 60  # microseconds, DS table 7
SETTLE = 500  # and until a level is measured: an estimate, DS names no time for LoRa


class Chip:
    """One chip wired as a board's `radio` table says (PA_BOOST to the antenna, DIO0 at `irq`). See sx126x.py."""

    def __init__(self, ether, wiring, tcxo_us=None, name="chip"):
        self.ether, self.name = ether, name
        self.nss, self.irq = line(wiring["nss"]), line(wiring["irq"])
        self.rxen = None
        self.visit = self.sent = 0
        self._wave = None
        self._faults = set()
        self.nss.watch = self._select
        line(wiring["reset"]).watch = self._reset_pin
        self._out_since = 0
        bus(wiring["spi"]).chips.append(self)
        ether.chips.append(self)
        self.power_on()

    # --- reset and SPI

    def power_on(self):
        self._leave()
        self.registers = bytearray(0x80)
        for address, value in RESET.items():
            self.registers[address] = value
        self.buffer = bytearray(256)
        self.owner = bytearray(256)
        self.told = set()
        self.calibrated = False
        self._ready_at = clock.now + 5000  # DS 7.2
        self._image_until = 0
        self._pointer = 0
        self._first = True
        self._pins()

    @property
    def state(self):
        return self.registers[MODE] & 7

    def lora(self):
        return self.registers[MODE] & 0x80

    def _reset_pin(self, level):
        if not level:
            self._out_since = clock.now
        elif clock.now - self._out_since < 100:  # DS 7.2.2
            raise Misuse("NRESET held down for %d us: 100 are needed" % (clock.now - self._out_since))
        else:
            self.power_on()

    def _select(self, level):
        self._first = True

    def exchange(self, out):
        """Bytes while NSS is low, and those that come back."""
        if clock.now < self._ready_at:
            raise Misuse("SPI within 5 ms after reset (DS 7.2)")
        back = bytearray(len(out))
        for at in range(len(out)):
            if self._first:
                self._first = False
                self._address, self._writes = out[at] & 0x7F, out[at] & 0x80
                continue
            if self._writes:
                self._write(self._address, out[at])
            else:
                back[at] = self._read(self._address)
            if self._address:  # the FIFO keeps its address, DS 2.2
                self._address += 1
        return bytes(back)

    def _read(self, address):
        if address == FIFO:
            self._awake("FIFO read")
            byte = self.buffer[self.registers[POINTER]]
            self.registers[POINTER] = self.registers[POINTER] + 1 & 255
            return byte
        if address == RSSI:
            if self.lora() and (not self._listens or clock.now < self._settled):
                raise Misuse("RegRssiValue within %d us after the receiver began" % SETTLE)
            return int(self.ether.level(self)) - self._offset()
        if address == IMAGE and not self.lora():
            return 0x02 | (0x20 if clock.now < self._image_until else 0)
        return self.registers[address]

    def _awake(self, what):
        if self.state == SLEEP:
            raise Misuse("%s in sleep" % what)

    def _offset(self):
        return -157 if self.hz() > 700000000 else -164  # DS 5.5.5: another in each band

    def _write(self, address, value):
        if address == FIFO:
            self._fill(value)
        elif address == FLAGS:
            self.registers[FLAGS] &= ~value
        elif address == MODE:
            self._set_mode(value)
        elif address == IMAGE and not self.lora():
            if value & 0x40:
                if self.state != STDBY:  # DS, RegImageCal
                    raise Misuse("ImageCalStart in mode %d" % self.state)
                self.calibrated = True
                self._image_until = clock.now + 10000
        elif address in (VERSION, STAT, RECEIVED, CURRENT, RSSI, SNR, PACKET_RSSI):
            raise Misuse("register 0x%02x is for reading only" % address)
        else:
            if address in STILL and self.state > STDBY and self.state not in (FSTX, FSRX):
                raise Misuse("register 0x%02x written in mode %d" % (address, self.state))
            self.told.add(address)
            self.registers[address] = value
        self._pins()

    def _fill(self, value):
        self._awake("FIFO write")
        if self.state not in (STDBY, FSTX, FSRX):
            raise Misuse("FIFO write in mode %d" % self.state)
        at = self.registers[POINTER]
        self.buffer[at] = value
        self.owner[at] = 1
        self.registers[POINTER] = at + 1 & 255

    # --- modes

    def _set_mode(self, value):
        before = self.registers[MODE]
        if (value ^ before) & 0x80 and before & 7 != SLEEP and value & 7 != SLEEP:
            raise Misuse("LongRangeMode changed outside sleep (DS 4.1.8)")
        if clock.now < self._image_until:
            raise Misuse("RegOpMode written while the image is calibrated")
        if value & 7 != before & 7 or value & 7 in (RX, SINGLE, TX, CAD):
            self._leave()
        self.registers[MODE] = value
        mode = value & 7
        if not value & 0x80:
            return
        if mode == SLEEP:
            self.owner = bytearray(256)  # DS 4.1.2.3: the FIFO is cleared
            self.buffer = bytearray(256)
        delay = (OSCILLATOR if before & 7 == SLEEP else 0) + SYNTHESIZER
        if mode in (RX, SINGLE):
            self._need("RX", RX_BASE)
            self._at = self.registers[RX_BASE]
            self._later(delay, self._open_ear)
        elif mode == TX:
            self._need("TX", TX_BASE, PA, LENGTH)
            self._later(delay, self._transmit)
        elif mode == CAD:
            self._need("CAD")
            begin = clock.now + delay
            self._later(delay + int(1.9 * self._signal().symbol), lambda: self._cad_done(begin))  # DS 4.1.6

    def _need(self, what, *more):
        missing = [name for name, address in NEEDED.items() if address not in self.told]
        missing += ["0x%02x" % address for address in more if address not in self.told]
        if missing:
            raise Misuse("%s without %s" % (what, ", ".join(missing)))

    def _later(self, us, do):
        visit = self.visit
        clock.after(us, lambda: do() if self.visit == visit else None)

    def _leave(self):
        self.visit += 1
        self.held = None
        self._listens = False
        if self._wave:
            self.ether.cut(self._wave)
            self._wave = None

    def _back(self, flags):
        self._leave()
        self.registers[MODE] = self.registers[MODE] & 0xF8 | STDBY
        self._raise(flags)

    def hz(self):
        at = FREQUENCY
        steps = self.registers[at] << 16 | self.registers[at + 1] << 8 | self.registers[at + 2]
        return steps * 15625 >> 8  # 32 MHz / 2**19 a step, DS 4.1.4

    def _signal(self):
        get = self.registers
        bw = BANDWIDTH[min(get[CONFIG1] >> 4, 9)]
        inverted = bool(get[0x33] & 0x40) if self.state != TX else not get[0x33] & 1
        return Modulation(
            self.hz(), get[CONFIG2] >> 4, bw, get[SYNC], inverted, get[PREAMBLE] << 8 | get[PREAMBLE + 1],
            (get[CONFIG1] >> 1 & 7) + 4, bool(get[CONFIG2] & 4), bool(get[CONFIG3] & 8),
        )  # fmt: skip

    def ear(self):
        return self._signal() if self._listens else None

    def _open_ear(self):
        self._listens = True
        self._settled = clock.now + SETTLE
        self.registers[STAT] = 0x14  # modem clear, reception on
        self._note()
        if self.registers[LNA] & 3 != 3:
            self._faults.add("receives without boosted gain")
        if not self.registers[CONFIG3] & 4:
            self._faults.add("receives without automatic gain")
        self.ether.tuned(self)
        if self.state == SINGLE:
            count = (self.registers[CONFIG2] & 3) << 8 | self.registers[SYMBOLS]
            self._later(int(count * self._signal().symbol), self._rx_timeout)

    def _rx_timeout(self):
        if not self.held:
            self._back(TIMEOUT)

    # --- what the ether tells

    def preamble(self, wave):
        self.registers[STAT] = 0x07

    def header(self, wave, fine):
        if not fine:
            self.registers[STAT] = 0x14
            return
        self.registers[STAT] = 0x0F
        for at in range(len(wave.frame)):
            self.owner[self._at + at & 255] = 2
        self._raise(HEADER)

    def stranger(self, wave):
        self.registers[STAT] = 0x14

    def done(self, wave, fine, rssi, snr):
        frame = wave.frame if fine else bytes([wave.frame[0] ^ 0x55]) + wave.frame[1:]
        for at in range(len(frame)):
            self.buffer[self._at + at & 255] = frame[at]
        self.registers[CURRENT] = self._at
        self.registers[RECEIVED] = len(frame)
        self._at = self._at + len(frame) & 255
        self.registers[SNR] = int(snr * 4) & 255
        strength = rssi - self._offset()
        self.registers[PACKET_RSSI] = int(strength * 15 / 16 + 0.5 if snr >= 0 else strength - snr) & 255
        self.registers[STAT] = 0x14
        flags = RX_DONE if fine else RX_DONE | CRC_ERR
        if self.state == SINGLE:
            self._back(flags)
        else:
            self._raise(flags)

    def _transmit(self):
        size, base = self.registers[LENGTH], self.registers[TX_BASE]
        if base + size > 256 or any(self.owner[base + at] != 1 for at in range(size)):
            raise Misuse("TX: %d bytes of which the program did not write all" % size)
        self._note()
        if not self.registers[PA] & 0x80:
            self._faults.add("transmits by the pin that no antenna is at")
        if self.dbm() > 17 and self.registers[OCP] & 0x1F < 16:
            self._faults.add("transmits at 20 dBm under a current limit of 100 mA (DS 3.4.4)")
        self._wave = wave = self.ether.send(self, bytes(self.buffer[base : base + size]), self._signal(), self.dbm())
        self._later(wave.end - clock.now, self._sent)

    def dbm(self):
        """What leaves PA_BOOST: DS 3.4.2 and 3.4.3."""
        return (self.registers[PA] & 15) + (5 if self.registers[DAC] & 7 == 7 else 2)

    def _sent(self):
        self.sent += 1
        self._wave = None
        self._back(TX_DONE)

    def _cad_done(self, since):
        found = self.ether.active(self, self._signal(), since)
        self._back(CAD_DONE | (CAD_FOUND if found else 0))

    def _raise(self, flags):
        self.registers[FLAGS] |= flags & ~self.registers[MASK]
        self._pins()

    def _pins(self):
        wanted = (RX_DONE, TX_DONE, CAD_DONE, 0)[self.registers[MAPPING] >> 6]  # DS table 18
        self.irq.drive(int(bool(self.lora() and self.registers[FLAGS] & wanted)))

    def _note(self):
        get, signal = self.registers, self._signal()
        wide = signal.bw == 500000
        high = 862000000 <= signal.hz <= 1020000000
        for fault, wrong in (
            ("has its image uncalibrated", not self.calibrated),
            ("has low data rate optimisation wrong", signal.slow != (signal.symbol >= 16000)),
            ("sends no CRC", not signal.crc),
            ("is not optimised for 500 kHz (EN 2.1)", wide and high and (get[0x36], get[0x3A]) != (2, 0x64)),
            ("is optimised for 500 kHz without need (EN 2.1)", not wide and get[0x36] != 3),
            ("hears what nobody sent (EN 2.3)", bool(get[OPTIMISE] & 0x80) != wide),
            ("has the IF of another bandwidth (EN 2.3)", not wide and (get[HIGH_IF], get[0x30]) != (0x40, 0)),
        ):
            if wrong:
                self._faults.add(fault)

    def judge(self):
        """What a good driver would not have let happen since power-on, each once, sorted."""
        return sorted(self._faults)
