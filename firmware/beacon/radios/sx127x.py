"""SX1276 to SX1279 behind the Radio port: micropython-lib's driver (lora-sx127x 0.1.2), and what that one lacks.

DS is Semtech's datasheet SX1276/77/78/79 Rev 7, EN its errata note. The FIFO of 256 bytes serves both directions and is
filled in standby only: a frame goes there during the look before it is sent, and again if anything came in since.
"""

import asyncio
import time

from lora.sx127x import _SX127x
from machine import SPI, Pin
from micropython import const

if False:  # names for the type checker alone, never imported
    from typing import Any  # type: ignore[unreachable]

    from beacon.ports import Alive, Heard

_RX_DONE = const(0x40)  # RegIrqFlags
_CRC_ERR = const(0x20)
_HEADER = const(0x10)
_TX_DONE = const(0x08)
_CAD_DONE = const(0x04)
_CAD_FOUND = const(0x01)
_STDBY = const(1)  # RegOpMode
_TX = const(3)
_RX = const(5)
_CAD = const(7)
_MINUTE = const(60000)


async def _wait(flag: "Any", ms: int) -> None:
    try:
        await asyncio.wait_for_ms(flag.wait(), ms)  # type: ignore[attr-defined]
    except asyncio.TimeoutError:
        pass


class Radio(_SX127x):  # type: ignore[misc]
    """The port, over the board file's `radio` object; the antenna is at PA_BOOST, `irq` at DIO0. With `woken` the chip
    is left as it is, if it is as we left it. Beyond the port: `noise()`; `registers()`; `sniffing` has no effect.
    """

    def __init__(self, wiring: "dict[str, Any]", woken: bool = False) -> None:
        self.sniffing = self._put = self._tx = False
        self._get = get = wiring.get
        self._woken = woken
        self._heard: "Heard | None" = None
        self._frame = b""
        self._mode = self._fresh = 0
        self._rang = asyncio.ThreadSafeFlag()  # type: ignore[attr-defined]
        self._gone = asyncio.ThreadSafeFlag()  # type: ignore[attr-defined]
        power = get("power")
        if power:
            Pin(power[0], Pin.OUT, value=power[1])
        pins = [Pin(get(name)) for name in ("nss", "irq", "sck", "mosi", "miso")]
        self._bus = SPI(get("spi"), baudrate=8000000, sck=pins[2], mosi=pins[3], miso=pins[4])
        self._pins = pins[:2]

    def _after_init(self) -> None:
        def ring() -> None:
            self._rang.set()
            self._gone.set()

        self._irq_callback = ring

    # --- the port

    def tune(self, radio: "dict[str, int]") -> None:
        """As the port says; OSError also for settings beyond the chip."""
        self._radio = radio
        woken, self._woken = self._woken, False
        if radio["sf"] < 7:
            raise OSError("this radio knows no SF5 and SF6: choose another preset")
        try:
            if woken:
                # Let the driver think that it sets everything up; then see whether the chip is set up
                self._reg_read: "Any" = lambda _: 0x12
                self._reg_write: "Any" = lambda *_: None
                self._build(None)
                del self._reg_read, self._reg_write
                try:
                    self._look()
                    if self._reg_read(0x39) == radio["sync"]:
                        return
                except OSError:
                    pass
            self._build(Pin(self._get("reset")))
        except (RuntimeError, ValueError, KeyError) as error:
            raise OSError(str(error)) from None

    def listen(self, heard: "Heard") -> None:
        self._heard = heard
        if not self._under_way():
            self._stop()
            self._home()

    async def run(self, alive: "Alive") -> None:
        ringing = self._pins[1]
        while True:
            await _wait(self._rang, alive() or _MINUTE)
            now = time.ticks_ms()  # type: ignore[attr-defined]
            old = time.ticks_diff(now, self._fresh) > _MINUTE  # type: ignore[attr-defined]
            heard = self._heard
            if heard and not self._tx and (old or ringing()):
                self._fresh = now
                try:
                    if not self._under_way() and old:
                        self._stop()
                        self._home()
                    if ringing():
                        self._rang.set()
                except OSError:  # heal here: a board with nothing to send would stay deaf
                    try:
                        self.tune(self._radio)
                        self.listen(heard)
                    except OSError:
                        self._fresh -= _MINUTE  # and at the next wake again

    def load(self, frame: bytes) -> None:
        self._frame = frame
        self._put = False
        if self._heard:
            self._under_way()

    def busy(self) -> bool:
        if self._under_way():
            return True
        self._stop()
        self._write()
        self._set_mode(_CAD)
        for _ in range(40):
            time.sleep_us(self._get_t_sym_us() // 8)  # type: ignore[attr-defined]
            flags = self._look()
            if flags & _CAD_DONE:
                self._home()
                return bool(flags & _CAD_FOUND)
        raise OSError(5)

    async def send(self) -> None:
        self._stop()
        if not self._put:
            self._write()
        size = len(self._frame)
        self._reg_write(0x22, size)
        self._reg_write(0x40, 0x40)  # DIO0: sent
        self._tx = True
        self._gone.clear()
        self._set_mode(_TX)
        try:
            await _wait(self._gone, self.get_time_on_air_us(size) // 1000 + 50)
        finally:
            self._tx = False
        if not self._look() & _TX_DONE:
            raise OSError(5)
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
        self._home()
        seen = []
        for _ in range(9):
            time.sleep_us(1000)  # type: ignore[attr-defined]
            seen.append(self._reg_read(0x1B))
        self._stop()
        self._heard = heard
        self._home()
        median: int = sorted(seen)[4]
        return median + self._offset()

    def registers(self) -> "dict[str, int]":
        """Sync word, mode and silicon version as the chip itself says them."""
        self._look()
        return {"sync": self._reg_read(0x39), "mode": self._mode, "version": self._reg_read(0x42), "errors": 0}

    # --- bringing it up

    def _build(self, reset: "Any") -> None:
        """Reset the chip and set it up from nothing."""
        radio, set = self._radio, self._reg_write
        super().__init__(self._bus, *self._pins, None, reset)
        hz, bw = radio["freq_hz"], radio["bw_hz"]
        self.configure(
            {
                "freq_khz": hz // 1000,
                "sf": radio["sf"],
                "bw": bw / 1000 if bw % 1000 else bw // 1000,
                "coding_rate": radio["cr"],
                "preamble_len": radio["preamble"],
                "syncword": radio["sync"],
                "crc_en": True,
                "lna_gain": None,
            }
        )
        self._rf_freq_hz = hz
        set(6, (hz * 16384 // 1000000).to_bytes(3, "big"))  # exact, where the driver's kHz are not
        dbm = min(max(radio["power_dbm"], 2), self._get("max_dbm", 20), 20)
        high = dbm > 17  # DS 3.4.3; there the driver's own figure overflows its field
        set(0x4D, 0x87 if high else 0x84)
        set(0x09, 0x80 | dbm - (5 if high else 2))
        set(0x0B, 0x31 if high else 0x2B)  # 140 mA, 100 mA
        set(0x0C, 0x23)  # boosted gain
        if bw < 500000:  # EN 2.3
            set(0x2F, 0x40)
            set(0x30, 0)
        else:
            set(0x31, 0xC3)
        set(0x0E, b"\0\0")  # both directions from the FIFO's start
        if reset:
            self.calibrate_image()
        self._fresh = time.ticks_ms()  # type: ignore[attr-defined]

    # --- what everything is made of

    def _offset(self) -> int:
        return -157 if self._rf_freq_hz > 700000000 else -164  # DS 5.5.5; the driver goes by the antenna's pin

    def _look(self) -> "Any":
        """The interrupt flags, and `_mode`; a frame that has come in whole is handed to `heard` first."""
        mode = self._reg_read(1)
        if not 0x7F < mode < 0xFF:
            raise OSError(5)
        self._mode = mode & 7
        flags = self._reg_read(0x12)
        if flags & (_RX_DONE | _HEADER):
            self._put = False
        if flags & _RX_DONE and self._heard:
            self._reg_write(0x12, flags)
            if not flags & _CRC_ERR:
                self._reg_write(0x0D, self._reg_read(0x10))
                frame = bytearray(self._reg_read(0x13))
                self._reg_readinto(0, frame)
                snr = ((self._reg_read(0x19) ^ 128) - 128) / 4
                rssi = self._reg_read(0x1A)
                rssi = (int(rssi + snr) if snr < 0 else (rssi * 16 + 7) // 15) + self._offset()
                self._heard(bytes(frame), rssi, snr)
        return flags

    def _under_way(self) -> bool:
        """Whether a reception is: the modem sees a signal. Receives if it should."""
        self._look()
        if self._heard and self._mode != _RX:
            self._stop()
            self._home()
        return bool(self._mode == _RX and self._reg_read(0x18) & 0x0B)

    def _stop(self) -> None:
        """Standby; what came in until this moment is handed over."""
        self._set_mode(_STDBY)
        self._look()
        self._reg_write(0x12, 0xFF)

    def _home(self) -> None:
        """From standby back to what it is to do: receive, or sleep. OSError where the chip has lost its settings."""
        self._reg_write(0x12, 0xFF)
        if not self._heard:
            self._set_mode(0)
            self._put = False
            return
        if self._reg_read(0x39) != self._radio["sync"]:
            raise OSError(5)
        self._reg_write(0x40, 0)  # DIO0: received
        self._set_mode(_RX)
        self._mode = _RX

    def _write(self) -> None:
        self._reg_write(0x0D, 0)
        self._reg_write(0, self._frame)
        self._put = True
