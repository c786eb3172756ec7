"""A model of the SX1261/2 at its pins, from the datasheet DS.SX1261-2 Rev 2.1 ("DS" below).

It answers what the chip answers, takes the time the chip takes (DS table 8-2: BUSY), and raises Misuse where a program
does what the chip does not allow. What it merely suffers in silence (LDO, no calibration, no patch) `judge()` tells.
"""

from clock import clock
from ether import Misuse, Modulation
from machine import bus, line

SLEEP, RC, XOSC, FS, RX, TX, CAD, NAP = 0, 2, 3, 4, 5, 6, 7, 8  # 2..6 as in the status byte, DS table 13-76
ANY = (RC, XOSC, FS, RX, TX, CAD)
IDLE = (RC, XOSC)
TX_DONE, RX_DONE, PREAMBLE, HEADER, HEADER_ERR, CRC_ERR, CAD_DONE, CAD_FOUND, TIMEOUT = (
    1, 2, 4, 16, 32, 64, 128, 256, 512
)  # DS table 13-29  # fmt: skip
XOSC_START_ERR = 0x20  # DS table 13-86

# opcode: (name, fewest and most bytes after it, states it is allowed in); DS tables 11-1 to 11-5
OPCODES = {
    0x84: ("SetSleep", 1, 1, IDLE),
    0x80: ("SetStandby", 1, 1, ANY),
    0xC1: ("SetFs", 0, 0, ANY),
    0x83: ("SetTx", 3, 3, (RC, XOSC, FS, RX)),
    0x82: ("SetRx", 3, 3, (RC, XOSC, FS, RX)),
    0x9F: ("StopTimerOnPreamble", 1, 1, IDLE),
    0x94: ("SetRxDutyCycle", 6, 6, IDLE),
    0xC5: ("SetCad", 0, 0, (RC, XOSC, FS)),
    0x96: ("SetRegulatorMode", 1, 1, (RC,)),
    0x89: ("Calibrate", 1, 1, (RC,)),
    0x98: ("CalibrateImage", 2, 2, (RC,)),
    0x95: ("SetPaConfig", 4, 4, IDLE),
    0x93: ("SetRxTxFallbackMode", 1, 1, IDLE),
    0x0D: ("WriteRegister", 3, 255, ANY),
    0x1D: ("ReadRegister", 4, 255, ANY),
    0x0E: ("WriteBuffer", 2, 257, (RC, XOSC, FS, RX)),
    0x1E: ("ReadBuffer", 3, 258, (RC, XOSC, FS, RX)),
    0x08: ("SetDioIrqParams", 8, 8, IDLE),
    0x12: ("GetIrqStatus", 1, 3, ANY),
    0x02: ("ClearIrqStatus", 2, 2, ANY),
    0x9D: ("SetDIO2AsRfSwitchCtrl", 1, 1, IDLE),
    0x97: ("SetDIO3AsTcxoCtrl", 4, 4, (RC,)),
    0x86: ("SetRfFrequency", 4, 4, IDLE),
    0x8A: ("SetPacketType", 1, 1, IDLE),
    0x11: ("GetPacketType", 2, 2, ANY),
    0x8E: ("SetTxParams", 2, 2, IDLE),
    0x8B: ("SetModulationParams", 4, 8, IDLE),
    0x8C: ("SetPacketParams", 6, 9, IDLE),
    0x88: ("SetCadParams", 7, 7, IDLE),
    0x8F: ("SetBufferBaseAddress", 2, 2, IDLE),
    0xA0: ("SetLoRaSymbNumTimeout", 1, 1, IDLE),
    0xC0: ("GetStatus", 1, 1, ANY),
    0x13: ("GetRxBufferStatus", 1, 3, ANY),
    0x14: ("GetPacketStatus", 1, 4, ANY),
    0x15: ("GetRssiInst", 1, 2, (RX,)),
    0x10: ("GetStats", 1, 7, ANY),
    0x17: ("GetDeviceErrors", 1, 3, ANY),
    0x07: ("ClearDeviceErrors", 2, 2, ANY),
    0x00: ("ResetStats", 6, 6, ANY),
}

# BUSY in microseconds, DS table 8-2, by (state before, state after); other commands take SHORT
SWITCH = {
    (RC, XOSC): 31, (RC, FS): 50, (XOSC, FS): 40, (RC, TX): 126, (XOSC, TX): 105, (FS, TX): 76, (RX, TX): 92,
    (RC, RX): 83, (XOSC, RX): 62, (FS, RX): 41, (RC, CAD): 83, (XOSC, CAD): 62, (FS, CAD): 41,
}  # fmt: skip
SHORT = 15
COLD_START, WARM_START, TO_SLEEP, CALIBRATION = 3500, 340, 500, 3500  # DS 9.1, 9.3, 13.1.1, 13.1.12
SETTLE = 1000  # until a level is measured after SetRx; DS names no time, its maker's driver waits so (B21)

BANDWIDTH = {0: 7810, 8: 10420, 1: 15630, 9: 20830, 2: 31250, 10: 41670, 3: 62500, 4: 125000, 5: 250000, 6: 500000}
BANDS = ((430, 440, 0x6B6F), (470, 510, 0x7581), (779, 787, 0xC1C5), (863, 870, 0xD7DB), (902, 928, 0xE1E9))

# DS table 12-1: what differs from nought after reset
SYNC, GAIN, OCP, CLAMP, QUALITY, IQ, PATCH = 0x740, 0x8AC, 0x8E7, 0x8D8, 0x889, 0x736, 0x8B5
RESET = {SYNC: 0x14, SYNC + 1: 0x24, GAIN: 0x94, OCP: 0x18, CLAMP: 0xC8, QUALITY: 0x01, IQ: 0x0D, PATCH: 0x00}
FORGOTTEN = (GAIN, PATCH, QUALITY, IQ)  # in sleep with retention too, unless listed at RETENTION (DS 9.6)
RETENTION = 0x29F


class Chip:
    """One chip, wired as a board's `radio` table says. `tcxo_us`: how long its oscillator takes to start on DIO3; None:
    a crystal is fitted. `held`, `visit`, `ear`, `preamble`, `header`, `done` are for the Ether.
    """

    def __init__(self, ether, wiring, tcxo_us=None, name="chip"):
        self.ether, self.name = ether, name
        self.tcxo_us = tcxo_us
        self.small = wiring["model"] == "sx1261"
        self.nss, self.busy, self.irq = line(wiring["nss"]), line(wiring["busy"]), line(wiring["irq"])
        self.rxen = line(wiring["rxen"]) if "rxen" in wiring else None
        self.opcodes = []  # every command since power-on, for tests to look at
        self.keeps = 100  # how many of them
        self.sent = 0  # frames
        self.mute = False  # dead: BUSY stays up for ever
        self.disturbs = False  # SetPacketParams clears the IQ bit, as one field report has it (reference, 1.3)
        self.nss.watch = self._select
        line(wiring["reset"]).watch = self._reset_pin
        self._out_since = 0
        bus(wiring["spi"]).chips.append(self)
        ether.chips.append(self)
        self.visit = self._window = self._rest = 0
        self._plan = self._wave = None
        self._faults = set()
        self.power_on()

    # --- power, reset, sleep

    def power_on(self):
        self._leave()
        self._forget()
        self._boot(COLD_START)

    def _forget(self):
        """Everything as after a reset."""
        self.registers = bytearray(0x1000)
        for address, value in RESET.items():
            self.registers[address] = value
        self.kind = self.hz = self.modulation = self.packet = self.pa = self.tx = self.base = self.cad = None
        self.irq_mask = self.dio1_mask = self.flags = 0
        self.dcdc = self.dio2 = False
        self.dio3 = None
        self.fallback = RC
        self.errors = 0
        self.calibrated = 0x7F if self.tcxo_us is None else 0x03  # without its clock only the RC oscillators are
        self.image = BANDS[4][2] if self.tcxo_us is None else 0  # DS 9.2.1: after reset for 902-928 MHz
        self.received = (0, 0)
        self.signal = (0, 0, 0)
        self.stats = [0, 0, 0]  # packets received, of them with a wrong CRC, headers broken
        self._clean()

    def _clean(self):
        self.buffer = bytearray(256)
        self.owner = bytearray(256)  # 0: nobody wrote this byte, 1: the program, 2: a reception

    def _boot(self, us):
        self.state = RC
        self.status = 1
        if self.tcxo_us is not None:  # DS 13.3.6: the crystal that it looks for is not there
            self.errors |= XOSC_START_ERR
        self._hold(us)
        self._pins()

    def _reset_pin(self, level):
        if not level:
            self._out_since = clock.now
            return
        if clock.now - self._out_since < 100:  # DS 8.1
            raise Misuse("NRESET held down for %d us: 100 are needed" % (clock.now - self._out_since))
        self._leave()
        self._forget()
        self._boot(COLD_START)

    def _forget_in_sleep(self):
        at = RETENTION + 1
        kept = [self.registers[at + 2 * i] << 8 | self.registers[at + 2 * i + 1] for i in range(self.registers[at - 1])]
        for address in FORGOTTEN:
            if address not in kept:
                self.registers[address] = RESET[address]
        self._clean()

    def _sleep(self, config):
        self._leave()
        self.state = SLEEP
        if config & 4:
            self._forget_in_sleep()
        else:
            self._forget()
        self._asleep_at = clock.now + TO_SLEEP
        self._pins()
        self.busy.drive(1)
        if self._plan:
            clock.stop(self._plan)
            self._plan = None
        self._warm = config & 4

    def _hold(self, us):
        """BUSY is up for so long."""
        if self._plan:
            clock.stop(self._plan)
        self.busy.drive(1)
        self._plan = clock.after(us, self._release)

    def _release(self):
        self._plan = None
        if not self.mute:
            self.busy.drive(0)

    # --- SPI

    def _select(self, level):
        if level:
            self._end()
            return
        self._in = bytearray()
        if self.state == NAP or self.state == SLEEP:
            if self.state == SLEEP and clock.now < self._asleep_at:
                raise Misuse("NSS within 500 us after SetSleep (DS 13.1.1)")
            self._leave()
            self._boot(WARM_START if self.state == NAP or self._warm else COLD_START)

    def exchange(self, out):
        """Bytes while NSS is low, and those that come back."""
        back = bytearray(len(out))
        for at in range(len(out)):
            if not self._in:
                self._open(out[0])
            back[at] = self._reply(len(self._in))
            self._in.append(out[at])
        return bytes(back)

    def _open(self, opcode):
        if self.mute:
            return
        name = OPCODES[opcode][0] if opcode in OPCODES else "opcode 0x%02x" % opcode
        if self.busy.level:
            raise Misuse("%s while BUSY" % name)
        if opcode not in OPCODES:
            raise Misuse("there is no %s" % name)
        if self.state not in OPCODES[opcode][3]:
            raise Misuse("%s in state %d" % (name, self.state))

    def _byte(self):
        return (RX if self.state == CAD else self.state) << 4 | self.status << 1

    def _reply(self, at):
        """The byte that comes back at that place of a transaction (0: the opcode's)."""
        opcode = self._in[0] if self._in else 0
        answer = ANSWERS.get(opcode)
        if at < 2 or self.mute or answer is None:
            return 0 if self.mute else self._byte()
        return answer(self, at)

    def _read_register(self, at):
        if at < 4:
            return self._byte()
        return self.registers[(self._in[1] << 8 | self._in[2]) + at - 4]

    def _read_buffer(self, at):
        return self._byte() if at < 3 else self.buffer[self._in[1] + at - 3 & 255]

    def _end(self):
        """NSS goes up: the command is done."""
        got, self._in = self._in, bytearray()
        if not got or self.mute:
            return
        name, least, most, _ = OPCODES[got[0]]
        if not least <= len(got) - 1 <= most:
            raise Misuse("%s with %d bytes" % (name, len(got) - 1))
        self.opcodes = self.opcodes[1 - self.keeps :] + [got[0]]
        before = self.state
        action = ACTIONS.get(got[0])
        extra = action(self, got[1:]) if action else 0
        if self.state not in (SLEEP, NAP):
            self._hold((extra or 0) + SWITCH.get((before, self.state), SHORT))

    # --- commands: each takes the bytes after its opcode and may return microseconds of BUSY

    def _standby(self, args):
        if args[0] > 1:
            raise Misuse("SetStandby(%d)" % args[0])
        extra = self._start_xosc() if args[0] else 0
        if extra is not None:
            self._leave()
            self.state = XOSC if args[0] else RC
        return extra

    def _start_xosc(self):
        """Microseconds until the oscillator runs; None, with the error set, when it does not."""
        if self.state != RC or self.tcxo_us is None:
            return 0
        if self.dio3 is None or self.dio3 < self.tcxo_us:
            self.errors |= XOSC_START_ERR
            self.status = 5  # failure to execute, DS table 13-76
            return None
        return self.dio3

    def _set_fs(self, args):
        extra = self._start_xosc()
        if extra is not None:
            self._leave()
            self.state = FS
        return extra

    def _set_dio3(self, args):
        if args[0] > 7:
            raise Misuse("SetDIO3AsTcxoCtrl: voltage %d" % args[0])
        self.dio3 = (args[1] << 16 | args[2] << 8 | args[3]) * 15625 // 1000

    def _calibrate(self, args):
        blocks = args[0] & 0x7F
        if blocks & 0x7C and self._start_xosc() is None:
            return 0
        self.calibrated |= blocks
        if blocks & 0x40:
            self.registers[PATCH] &= 0xFE
            self.image = BANDS[4][2]
        return CALIBRATION - SHORT

    def _calibrate_image(self, args):
        if self._start_xosc() is None:
            return 0
        self.image = args[0] << 8 | args[1]
        self.registers[PATCH] &= 0xFE
        return CALIBRATION - SHORT

    def _set_pa(self, args):
        if args[3] != 1 or args[2] != int(self.small) or args[0] > (7 if self.small else 4) or args[1] > 7:
            raise Misuse("SetPaConfig%s: DS table 13-21" % (tuple(args),))
        self.pa = bytes(args)
        self.registers[OCP] = 0x18 if self.small else 0x38  # DS 5.1.5: set by this very command

    def _set_tx_params(self, args):
        power = (args[0] ^ 128) - 128
        low, high = (-17, 14) if self.small else (-9, 22)
        if not low <= power <= high or args[1] > 7:
            raise Misuse("SetTxParams(%d dBm, ramp %d)" % (power, args[1]))
        self.tx = (power, args[1])

    def dbm(self):
        """What leaves the antenna: DS table 13-21."""
        power = self.tx[0]
        full = {(3, 5): 20, (2, 3): 17, (2, 2): 14}.get((self.pa[0], self.pa[1]), 22)
        return power if self.small else power - 22 + full

    def _set_type(self, args):
        if args[0] != 1:
            raise Misuse("packet type %d: this model knows LoRa" % args[0])
        self.kind = 1

    def _set_frequency(self, args):
        self._typed("SetRfFrequency")
        steps = args[0] << 24 | args[1] << 16 | args[2] << 8 | args[3]
        self.hz = steps * 15625 >> 14  # 32 MHz / 2**25 a step, DS 13.4.1
        if not 150000000 <= self.hz <= 960000000:
            raise Misuse("SetRfFrequency: %d Hz" % self.hz)

    def _set_modulation(self, args):
        self._typed("SetModulationParams")
        if not 5 <= args[0] <= 12 or args[1] not in BANDWIDTH or not 1 <= args[2] <= 4 or args[3] > 1:
            raise Misuse("SetModulationParams%s" % (tuple(args),))
        self.modulation = bytes(args)

    def _set_packet(self, args):
        self._typed("SetPacketParams")
        if not args[0] << 8 | args[1] or args[2] > 1 or args[4] > 1 or args[5] > 1:
            raise Misuse("SetPacketParams%s" % (tuple(args),))
        self.packet = bytes(args)
        if self.disturbs:
            self.registers[IQ] &= 0xFB

    def _typed(self, name):
        if self.kind is None:
            raise Misuse("%s before SetPacketType (DS 13.4.2)" % name)

    def _set_cad_params(self, args):
        self._typed("SetCadParams")
        if args[0] > 4 or not 18 <= args[1] <= 30 or args[2] != 10 or args[3] > 1:
            raise Misuse("SetCadParams%s" % (tuple(args),))
        self.cad = bytes(args)

    def _set_dio(self, args):
        self.irq_mask, self.dio1_mask = args[0] << 8 | args[1], args[2] << 8 | args[3]
        self._pins()

    def _write_register(self, args):
        at = args[0] << 8 | args[1]
        if at + len(args) - 2 > 0x1000:
            raise Misuse("WriteRegister 0x%x" % at)
        self.registers[at : at + len(args) - 2] = args[2:]

    def _write_buffer(self, args):
        for at in range(1, len(args)):
            place = args[0] + at - 1 & 255
            if self.held and clock.now >= self.held.header_at and self._hit(place):
                raise Misuse("WriteBuffer into a reception under way")
            self.buffer[place] = args[at]
            self.owner[place] = 1

    def _hit(self, place):
        return place - self._pointer & 255 < len(self.held.frame)

    def _clear_irq(self, args):
        self.flags &= ~(args[0] << 8 | args[1])
        self._pins()

    def _set_fallback(self, args):
        states = {0x20: RC, 0x30: XOSC, 0x40: FS}
        if args[0] not in states:
            raise Misuse("SetRxTxFallbackMode(%d)" % args[0])
        self.fallback = states[args[0]]

    def _clear_errors(self, args):
        self.errors = 0

    # --- receive, transmit, activity detection

    def _ready(self, name, *needed):
        missing = [one for one in ("kind", "hz", "modulation", "packet", "base") + needed if getattr(self, one) is None]
        if missing:
            raise Misuse("%s without %s" % (name, ", ".join(missing)))

    def _signal(self):
        """The modulation in force."""
        sf, bw, cr, slow = self.modulation[:4]
        sync = self.registers[SYNC] & 0xF0 | self.registers[SYNC + 1] >> 4
        preamble = self.packet[0] << 8 | self.packet[1]
        return Modulation(
            self.hz, sf, BANDWIDTH[bw], sync, bool(self.packet[5]), preamble, cr + 4, bool(self.packet[4]), bool(slow)
        )

    def ear(self):
        return self._signal() if self._listens else None

    def _leave(self):
        """Whatever it was doing ends; a packet on its way in is lost, one on its way out is cut."""
        self.visit += 1
        self._listens = self._sniffs = False
        self.held = None
        if self._wave:
            self.ether.cut(self._wave)
            self._wave = None

    def _later(self, us, do):
        """Do something then, if the chip has not left what it is doing."""
        visit = self.visit
        clock.after(us, lambda: do() if self.visit == visit else None)

    def _set_rx(self, args):
        ticks = args[0] << 16 | args[1] << 8 | args[2]
        self._ready("SetRx")
        extra = self._start_xosc()
        if extra is None:
            return 0
        before = self.state
        self._leave()
        self.single = ticks != 0xFFFFFF
        self._pointer = self.base[1]
        self.state = RX
        delay = extra + SWITCH.get((before, RX), SHORT)
        self._later(delay, self._open_ear)
        if ticks and self.single:
            self._later(delay + ticks * 15625 // 1000, self._rx_timeout)
        return extra

    def _open_ear(self):
        self._listens = True
        self._settled = clock.now + SETTLE
        self._note_rx()
        self.ether.tuned(self)

    def _rx_timeout(self):
        if not self.held or clock.now < self.held.header_at:  # DS 13.1.5: a valid header stops the timer
            self._back(TIMEOUT)

    def _set_duty_cycle(self, args):
        self._ready("SetRxDutyCycle")
        extra = self._start_xosc()
        if extra is None:
            return 0
        self._leave()
        self.single = self._sniffs = True
        self._window = (args[0] << 16 | args[1] << 8 | args[2]) * 15625 // 1000
        self._rest = (args[3] << 16 | args[4] << 8 | args[5]) * 15625 // 1000
        self._awake(extra)
        return extra

    def _awake(self, delay):
        self._pointer = self.base[1]
        self.state = RX
        self._later(delay, self._open_ear)
        self._until = 0
        self._later(delay + self._window, self._nap)

    def _nap(self):
        """DIO1 tells nothing until it is awake again."""
        if clock.now < self._until:  # DS 13.1.7: a preamble was found, the timer began anew
            self._later(self._until - clock.now, self._nap)
            return
        if self.held and clock.now >= self.held.header_at:
            return
        self._leave()
        self._forget_in_sleep()
        self.state = NAP
        self._pins()
        self.busy.drive(1)
        self._later(self._rest, self._wake_up)

    def _wake_up(self):
        self._leave()
        self._sniffs = True
        delay = WARM_START + (self.dio3 or 0)
        self.state = RX
        self._pins()
        self._hold(delay)
        self._awake(delay)

    def preamble(self, wave):
        self._until = clock.now + 2 * self._window + self._rest
        self._raise(PREAMBLE)

    def header(self, wave, fine):
        self.stats[2] += not fine
        self._raise(HEADER if fine else HEADER_ERR)
        if fine:
            for at in range(len(wave.frame)):
                self.owner[self._pointer + at & 255] = 2

    def stranger(self, wave):
        """Another network's sync word: nothing tells of it."""

    def done(self, wave, fine, rssi, snr):
        frame = wave.frame if fine else bytes([wave.frame[0] ^ 0x55]) + wave.frame[1:] if wave.frame else b""
        for at in range(len(frame)):
            self.buffer[self._pointer + at & 255] = frame[at]
        self.received = (len(frame), self._pointer)
        self.signal = (int(-2 * rssi), int(snr * 4) & 255, int(-2 * rssi))
        self._pointer = self._pointer + len(frame) & 255  # DS 7.2: in continuous mode the next one follows
        self.status = 2
        self.stats[0] += 1
        self.stats[1] += not fine
        flags = RX_DONE if fine else RX_DONE | CRC_ERR
        if self.single:
            self._back(flags)
        else:
            self._raise(flags)

    def _back(self, flags):
        """An operation has ended by itself. DS 13.1.7: the receive duty cycle knows no other end than STDBY_RC."""
        self.state = RC if flags & (TIMEOUT | CAD_DONE) or self._sniffs else self.fallback
        self._leave()
        self._raise(flags)

    def _set_tx(self, args):
        self._ready("SetTx", "pa", "tx")
        size, base = self.packet[3], self.base[0]
        if base + size > 256:
            raise Misuse("SetTx: %d bytes from %d are more than the buffer holds" % (size, base))
        if any(self.owner[base + at] != 1 for at in range(size)):
            raise Misuse("SetTx: bytes the program never wrote, or that a reception overwrote")
        extra = self._start_xosc()
        if extra is None:
            return 0
        before = self.state
        self._leave()
        self.state = TX
        self._note_tx()
        frame = bytes(self.buffer[base : base + size])
        delay = extra + SWITCH.get((before, TX), SHORT)
        self._later(delay, lambda: self._on_air(frame))
        ticks = args[0] << 16 | args[1] << 8 | args[2]
        if ticks:  # DS 13.1.4
            self._later(delay + ticks * 15625 // 1000, lambda: self._back(TIMEOUT))
        return extra

    def _on_air(self, frame):
        self._wave = wave = self.ether.send(self, frame, self._signal(), self.dbm())
        self._later(wave.end - clock.now, self._sent)

    def _sent(self):
        self.sent += 1
        self._wave = None
        self.status = 6
        self._back(TX_DONE)

    def _set_cad(self, args):
        self._ready("SetCad", "cad")
        extra = self._start_xosc()
        if extra is None:
            return 0
        before = self.state
        self._leave()
        self._note_rx()
        self.state = CAD
        begin = clock.now + extra + SWITCH.get((before, CAD), SHORT)
        symbols = (1 << self.cad[0]) + 0.5
        self._later(begin - clock.now + int(symbols * self._signal().symbol), lambda: self._cad_done(begin))
        return extra

    def _cad_done(self, since):
        found = self.ether.active(self, self._signal(), since)
        if not found or not self.cad[3]:
            self._back(CAD_DONE | (CAD_FOUND if found else 0))
            return
        self._leave()  # DS 13.4.7: it stays in receive, until a packet or the timeout
        self.single = True
        self._pointer = self.base[1]
        self.state = RX
        self._raise(CAD_DONE | CAD_FOUND)
        self._open_ear()
        self._later((self.cad[4] << 16 | self.cad[5] << 8 | self.cad[6]) * 15625 // 1000, self._rx_timeout)

    def _rssi(self):
        if not self._listens or clock.now < self._settled:
            raise Misuse("GetRssiInst within %d us after the receiver began" % SETTLE)
        return int(-2 * self.ether.level(self)) & 255

    # --- pins, flags, verdict

    def _raise(self, flags):
        self.flags |= flags & self.irq_mask
        self._pins()

    def _pins(self):
        """DIO1; asleep it is driven by nobody, and pulled down (DS table 8-1: flags and masks stay in a warm sleep)."""
        self.irq.drive(int(self.state not in (SLEEP, NAP) and bool(self.flags & self.dio1_mask)))

    def _note_rx(self):
        self._note()
        if self.registers[GAIN] != 0x96:
            self._faults.add("receives without boosted gain")
        if not self.registers[PATCH] & 1:
            self._faults.add("receives without the patch of 0x8B5")
        if self.rxen and not self.rxen.level:
            self._faults.add("receives with the antenna switched away")

    def _note_tx(self):
        self._note()
        wide = self.modulation[1] == 6
        if bool(self.registers[QUALITY] & 4) == wide:
            self._faults.add("transmits with 0x889 for another bandwidth (DS 15.1)")
        if not self.small and self.registers[CLAMP] & 0x1E != 0x1E:
            self._faults.add("transmits without the clamp of 0x8D8 (DS 15.2)")
        if self.registers[OCP] != (0x18 if self.small else 0x38):
            self._faults.add("transmits with another over-current limit")
        if self.rxen and self.rxen.level:
            self._faults.add("transmits with the antenna switched to receive")

    def _note(self):
        mhz = self.hz // 1000000
        right = min(BANDS, key=lambda band: max(band[0] - mhz, mhz - band[1], 0))[2]
        signal = self._signal()
        for fault, wrong in (
            ("runs on the LDO", not self.dcdc),
            ("runs uncalibrated", self.calibrated != 0x7F),
            ("has its image calibrated for another band", self.image != right),
            ("has bit 2 of 0x736 against its IQ (DS 15.4)", bool(self.registers[IQ] & 4) == signal.inverted),
            ("has low data rate optimisation wrong", signal.slow != (signal.symbol >= 16000)),
            ("does not switch the antenna by DIO2", not self.dio2),
            ("sends no CRC", not signal.crc),
        ):
            if wrong:
                self._faults.add(fault)

    def judge(self):
        """What a good driver would not have let happen since power-on, each once, sorted."""
        return sorted(self._faults)


ANSWERS = {
    0x12: lambda chip, at: chip.flags >> 8 if at == 2 else chip.flags & 255,
    0x13: lambda chip, at: chip.received[at - 2],
    0x14: lambda chip, at: chip.signal[at - 2],
    0x15: lambda chip, at: chip._rssi(),
    0x10: lambda chip, at: chip.stats[at // 2 - 1] >> (0 if at & 1 else 8) & 255,
    0x17: lambda chip, at: 0 if at == 2 else chip.errors,
    0x11: lambda chip, at: chip.kind or 0,
    0x1D: Chip._read_register,
    0x1E: Chip._read_buffer,
}

ACTIONS = {
    0x84: lambda chip, args: chip._sleep(args[0]),
    0x80: Chip._standby,
    0xC1: Chip._set_fs,
    0x83: Chip._set_tx,
    0x82: Chip._set_rx,
    0x94: Chip._set_duty_cycle,
    0xC5: Chip._set_cad,
    0x96: lambda chip, args: setattr(chip, "dcdc", bool(args[0])),
    0x89: Chip._calibrate,
    0x98: Chip._calibrate_image,
    0x95: Chip._set_pa,
    0x93: Chip._set_fallback,
    0x0D: Chip._write_register,
    0x0E: Chip._write_buffer,
    0x08: Chip._set_dio,
    0x02: Chip._clear_irq,
    0x9D: lambda chip, args: setattr(chip, "dio2", bool(args[0])),
    0x97: Chip._set_dio3,
    0x86: Chip._set_frequency,
    0x8A: Chip._set_type,
    0x8E: Chip._set_tx_params,
    0x8B: Chip._set_modulation,
    0x8C: Chip._set_packet,
    0x88: Chip._set_cad_params,
    0x8F: lambda chip, args: setattr(chip, "base", (args[0], args[1])),
    0x07: Chip._clear_errors,
    0x00: lambda chip, args: setattr(chip, "stats", [0, 0, 0]),
}
