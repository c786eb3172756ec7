"""SX1262 behind the Radio port: micropython-lib's driver (lora-sx126x 0.1.6), and what that one lacks.

DS is Semtech's datasheet SX1261/2 Rev 2.1. The chip has one buffer of 256 bytes for both directions: a frame is put
there while nobody is heard, and put there again just before it is sent if anything was received since. Few functions
and few names: each takes heap.
"""

import asyncio
import time

from lora.sx126x import _SX1262
from machine import SPI, Pin
from micropython import const

if False:  # names for the type checker alone, never imported
    from typing import Any  # type: ignore[unreachable]

    from beacon.ports import Alive, Heard

_TX_DONE = const(0x0001)  # DS table 13-29
_RX_DONE = const(0x0002)
_HEADER = const(0x0010)
_BEGUN = const(0x0014)  # a preamble found, or a header valid
_CRC_ERR = const(0x0040)
_CAD_DONE = const(0x0080)
_CAD_FOUND = const(0x0100)
_ENDED = const(0x0222)  # received, header broken, timeout
_RX = const(5)  # the state in a status byte
_MINUTE = const(60000)


async def _wait(flag: "Any", ms: int) -> None:
    try:
        await asyncio.wait_for_ms(flag.wait(), ms)  # type: ignore[attr-defined]
    except asyncio.TimeoutError:
        pass


class Radio(_SX1262):  # type: ignore[misc]
    """The port, over the board file's `radio` object. With `woken` the chip is left as it is, if it is as we left it.

    Beyond the port: `sniffing`, to be set before `listen`, asks for the chip's receive duty cycle, which is used where
    the preamble leaves room (from SF9 at 250 kHz down in speed); `noise()`; `registers()`.
    """

    def __init__(self, wiring: "dict[str, Any]", woken: bool = False) -> None:
        self.sniffing = self._put = self._tx = self._naps = False  # the buffer holds the frame; the duty cycle runs
        self._get = get = wiring.get
        self._woken = woken
        self._heard: "Heard | None" = None
        self._frame = b""
        self._stage = self._since = self._fresh = self._mode = 0
        self._rang = asyncio.ThreadSafeFlag()  # type: ignore[attr-defined]
        self._gone = asyncio.ThreadSafeFlag()  # type: ignore[attr-defined]
        power, rxen = get("power"), get("rxen")
        if power:
            Pin(power[0], Pin.OUT, value=power[1])
        self._rxen = Pin(rxen, Pin.OUT, value=woken) if rxen else id
        pins = [Pin(get(name)) for name in ("nss", "busy", "irq", "sck", "mosi", "miso")]
        self._bus = SPI(get("spi"), baudrate=8000000, sck=pins[3], mosi=pins[4], miso=pins[5])
        self._pins = pins[:3]

    def _after_init(self) -> None:
        def ring() -> None:
            self._rang.set()
            self._gone.set()

        self._irq_callback = ring

    # --- the port

    def poke(self) -> None:
        self._rang.set()

    def tune(self, radio: "dict[str, int]") -> None:
        """As the port says; OSError also for settings beyond the chip."""
        self._radio = radio
        woken, self._woken = self._woken, False
        if radio["sf"] < 6:
            raise OSError("this driver knows no SF5: choose another preset")
        try:
            if woken:
                # Let the driver think that it sets everything up; then see whether the chip is set up
                self._cmd: "Any" = lambda *_, **__: b"\x22\0\0\0"
                self._build(None)
                del self._cmd
                self._naps = True  # perhaps: then BUSY is up until it is woken, as in sleep
                self._fresh -= 2 * _MINUTE  # nobody started its receiver since the board lay down
                try:
                    self._check()
                    return
                except OSError:
                    pass
            self._build(Pin(self._get("reset")))
        except (RuntimeError, ValueError, KeyError) as error:
            raise OSError(str(error)) from None

    def listen(self, heard: "Heard") -> None:
        self._heard = heard
        if not self._under_way():
            self._anew()

    async def run(self, alive: "Alive") -> None:
        ringing = self._pins[2]
        while True:
            await _wait(self._rang, alive() or _MINUTE)
            heard, old = self._heard, self._old()
            if heard and not self._tx and (old or ringing()):
                try:
                    if not self._under_way() and old:
                        self._anew()
                    if ringing():
                        self._rang.set()
                except OSError:  # heal here: a board with nothing to send would stay deaf
                    try:
                        self.tune(self._radio)
                        self.listen(heard)
                    except OSError:
                        self._heard = heard
                        self._fresh -= _MINUTE  # and at the next wake again

    def load(self, frame: bytes) -> None:
        self._frame = frame
        self._put = False
        if self._heard and not self._under_way():
            if self._naps:  # between two looks it is asleep as well
                self._stop()
                self._home(False)
            self._write()

    def busy(self) -> bool:
        if self._under_way():
            return True
        self._stop()
        self._rxen(1)  # a look is through the antenna too
        self._raw(b"\xc5")
        for _ in range(40):
            time.sleep_us(self._get_t_sym_us() // 4)  # type: ignore[attr-defined]
            flags = self._look()
            if flags & _CAD_DONE:
                self._clear_irq(_CAD_DONE | _CAD_FOUND)
                if flags & _CAD_FOUND:  # which the chip goes on receiving
                    return True
                self._home(False)
                return False
        raise OSError(5)

    async def send(self) -> None:
        self._stop()
        if not self._put:
            self._write()
        size = len(self._frame)
        self._shape(size)
        self._reg_write(0x889, self._reg_read(0x889) & 0xFB | (self._bw_hz != 500000) << 2)  # DS 15.1
        self._tx = True
        self._gone.clear()
        self._raw(b"\x83\0\0\0")
        try:
            await _wait(self._gone, self.get_time_on_air_us(size) // 1000 + 50)
        finally:
            self._tx = False
        if not self._look() & _TX_DONE:
            raise OSError(5)
        self._clear_irq()
        self._home()

    def sleep(self) -> None:
        self._stop()
        self._heard = None
        self._home()

    # --- for the workbench

    def noise(self) -> int:
        """What the receiver hears now, dBm: the median of nine looks. It ends a reception under way."""
        heard = self._heard
        self._stop()
        self._heard = heard or id  # type: ignore[assignment]
        self._home(False)
        seen = []
        time.sleep_us(1000)  # type: ignore[attr-defined]  # a receiver that has just begun measures nothing yet
        for _ in range(9):
            time.sleep_us(500)  # type: ignore[attr-defined]
            seen.append(self._cmd("B", 0x15, n_read=2)[1])
        self._stop()
        self._heard = heard
        self._home()
        median: int = sorted(seen)[4]
        return median // -2

    def registers(self) -> "dict[str, int]":
        """Sync word, state (DS table 13-76) and device errors (DS table 13-86) as the chip itself says them."""
        self._look()
        sync = self._reg_read(0x740) << 8 | self._reg_read(0x741)
        return {"sync": sync, "mode": self._mode, "errors": self._errors()}

    # --- bringing it up

    def _build(self, reset: "Any") -> None:
        """Reset the chip and set it up from nothing."""
        get, radio = self._get, self._radio
        self._naps = self._put = False
        super().__init__(self._bus, *self._pins, get("dio2_switch"), get("tcxo_mv"), 5000, reset)
        self._busy_timeout = 40000  # a calibration was seen to take 18 ms, the oscillator 5
        self._rf_freq_hz = hz = radio["freq_hz"]
        bw, sf = radio["bw_hz"], radio["sf"]
        self._raw(b"\x96\1")  # DC-DC
        self._calibrate()
        self._raw(b"\x86" + ((hz << 14) // 15625).to_bytes(4, "big"))  # exact, where the driver's kHz are not
        self.configure(
            {
                "sf": sf,
                "bw": bw / 1000 if bw % 1000 else bw // 1000,
                "coding_rate": radio["cr"],
                "preamble_len": radio["preamble"],
                "output_power": min(radio["power_dbm"], get("max_dbm", 22)),
                "syncword": radio["sync"],
                "rx_boost": True,
            }
        )
        for setting in (
            b"\x0d\2\x9f\2\x08\xac\x08\xb5",  # gain and patch are kept in sleep, DS 9.6
            b"\x93\x30",  # after sending or receiving stay in standby with the oscillator on
            b"\x8f\0\0",
            b"\x08\3\xff\2\3\0\0\0\0",  # all flags; which of them ring
            # Two symbols, peak by spreading factor (AN1200.48); then receive what was found, for a second
            bytes((0x88, 1, (22, 22, 22, 23, 24, 25, 28)[sf - 6], 10, 1, 0, 255, 255)),
        ):
            self._raw(setting)

    def _old(self) -> bool:
        """Whether the receiver runs for more than a minute: its gain control may be stuck."""
        return time.ticks_diff(time.ticks_ms(), self._fresh) > _MINUTE  # type: ignore[attr-defined,no-any-return]

    def _anew(self) -> None:
        """Begin to receive; an old receiver starts from sleep and calibrated."""
        self._stop()
        heard = self._heard
        if self._old():
            self._heard = None
            self._home()
            self._heard = heard
            self._calibrate()
        self._home()

    def _calibrate(self) -> None:
        """All blocks, then the image for the nearest band there is a row for (DS table 9-2), then Semtech's patch."""
        mhz = self._rf_freq_hz // 1000000
        self._raw(b"\x80\0")
        self._raw(b"\x89\x7f")
        row = (mhz > 454) + (mhz > 644) + (mhz > 824) + (mhz > 885)
        self._raw(b"\x98" + b"ko\x75\x81\xc1\xc5\xd7\xdb\xe1\xe9"[2 * row : 2 * row + 2])
        self._reg_write(0x8B5, self._reg_read(0x8B5) | 1)
        self._fresh = time.ticks_ms()  # type: ignore[attr-defined]

    # --- what everything is made of

    def _raw(self, data: bytes) -> None:
        self._cmd("B", data[0], write_buf=data[1:])

    def _wait_not_busy(self, timeout_us: int) -> None:
        start = time.ticks_us()  # type: ignore[attr-defined]
        while self._busy():
            waited = time.ticks_diff(time.ticks_us(), start)  # type: ignore[attr-defined]
            if waited > timeout_us:
                raise OSError(5)
            if self._naps and waited > 500:  # asleep between two looks: an edge wakes it
                self._cs(0)
                time.sleep_us(20)  # type: ignore[attr-defined]
                self._cs(1)

    def _errors(self) -> "Any":
        got = self._cmd("B", 0x17, n_read=3)
        return got[1] << 8 | got[2]

    def _check_error(self) -> None:
        errors = self._errors()
        if errors:
            raise OSError("radio error 0x%04x: if 0x0020, look at tcxo_mv" % errors)

    def _check(self) -> None:
        """OSError where the chip has lost its settings: a fresh one is no LoRa modem."""
        if self._cmd("B", 0x11, n_read=2)[1] != 1:
            raise OSError(5)

    def _look(self) -> "Any":
        """The interrupt flags, and `_mode`; a frame that has come in whole is handed to `heard` first."""
        got = self._cmd("B", 0x12, n_read=3)
        self._mode = got[0] >> 4 & 7
        if not 1 < self._mode < 7:
            raise OSError(5)
        flags = got[1] << 8 | got[2]
        if flags & (_HEADER | _ENDED):
            self._put = False
        if flags & _ENDED and self._heard:
            self._clear_irq(flags)
            if flags & (_RX_DONE | _CRC_ERR) == _RX_DONE:
                packet = self._read_packet(None, flags)
                self._heard(bytes(packet), packet.rssi, packet.snr / 4)
            flags = 0
        return flags

    def _under_way(self) -> bool:
        """Whether a reception is; a preamble that no header followed in time was none. Receives if it should."""
        stage = self._look() & _BEGUN
        if self._heard and self._mode != _RX:
            self._stop()
            self._home()
            return False
        now = time.ticks_ms()  # type: ignore[attr-defined]
        if stage != self._stage:
            self._stage = stage
            self._since = now
        if not stage:
            return False
        most = self.get_time_on_air_us(255) if stage & _HEADER else self._get_t_sym_us() * (self._preamble_len + 20)
        if time.ticks_diff(now, self._since) <= most // 1000:  # type: ignore[attr-defined]
            return True
        self._clear_irq(_BEGUN)
        self._stage = 0
        return False

    def _stop(self) -> None:
        """Standby; what came in until this moment is handed over."""
        self._raw(b"\x80\1")
        self._naps = False
        self._look()
        self._clear_irq()
        self._stage = 0
        self._rxen(0)

    def _home(self, sniff: bool = True) -> None:
        """From standby back to what it is to do: receive, or sleep."""
        if not self._heard:
            self._raw(b"\x80\0")
            self._raw(b"\x84\4")
            self._sleep, self._put = True, False  # asleep it forgets its buffer
            time.sleep_us(500)  # type: ignore[attr-defined]  # DS 13.1.1: deaf to everything so long
            return
        self._check()
        self._shape(255)
        self._rxen(1)
        symbol = self._get_t_sym_us()
        if sniff and self.sniffing and symbol > 2000 and self._preamble_len > 15:
            # Asleep while five symbols can still be found twice, less the oscillator's start; awake as DS 13.1.7 has
            # it: preamble and header take no longer than two looks and a rest
            rest = (self._preamble_len - 10) * symbol - 6000
            look = ((self._preamble_len + 13) * symbol - rest) * 8 // 250
            self._raw(b"\x94" + look.to_bytes(3, "big") + (rest * 16 // 250).to_bytes(3, "big"))
            self._naps = True
        else:
            self._raw(b"\x82\xff\xff\xff")
        self._mode = _RX

    def _shape(self, size: int) -> None:
        """SetPacketParams, and the IQ bit that some saw it disturb (DS 15.4)."""
        self._raw(bytes((0x8C, 0, self._preamble_len, 0, size, 1, 0)))
        self._reg_write(0x736, self._reg_read(0x736) | 4)

    def _write(self) -> None:
        self._cmd("BB", 0x0E, 0, write_buf=self._frame)
        self._put = True
