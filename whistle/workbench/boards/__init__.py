"""The boards we know: one TOML file each in this folder, read strictly.

A table says what the workbench must know to recognise and flash a board, what the board itself must know of its own
wiring (`wiring`, copied to it as the file `board`), and what it draws. CONTRIBUTING.md shows how one is added.
"""

from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from whistle.site import files
from whistle.workbench.errors import BadTable, UnknownBoard

FOLDER: Final = Path(__file__).parent

Pin = Annotated[int, Meta(ge=0, le=48)]
Level = Annotated[int, Meta(ge=0, le=1)]
MilliAmps = Annotated[float, Meta(gt=0, le=1000)]
UsbId = Annotated[str, Meta(pattern="^[0-9a-f]{4}:[0-9a-f]{4}$")]


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class RadioWiring(_Strict, frozen=True, kw_only=True):
    """How the LoRa chip hangs on the board. `irq` is DIO1 of an SX126x, DIO0 of an SX127x.

    `wakes`: a frame ends a deep sleep, seen on a real board (docs/bench-checklist.md, C4); `irq` is then an RTC pin.
    `rxen` is high while receiving (boards with a switch of their own). `power` = [pin, level] turns the radio's supply
    on. `uart`, `tx`, `rx`: of a stock node on a cable (driver stream) instead of everything else.
    """

    driver: Literal["sx126x", "sx127x", "stream"]
    model: Literal["sx1261", "sx1262", "sx1276", "sx1278", "stock"]
    spi: Annotated[int, Meta(ge=0, le=2)] | None = None
    sck: Pin | None = None
    mosi: Pin | None = None
    miso: Pin | None = None
    nss: Pin | None = None
    reset: Pin | None = None
    busy: Pin | None = None
    irq: Pin | None = None
    wakes: bool = False
    tcxo_mv: Annotated[int, Meta(ge=1600, le=3300)] | None = None
    dio2_switch: bool = False
    rxen: Pin | None = None
    power: tuple[Pin, Level] | None = None
    max_dbm: Annotated[int, Meta(ge=2, le=22)] = 22
    uart: Annotated[int, Meta(ge=0, le=2)] | None = None
    tx: Pin | None = None
    rx: Pin | None = None


class Lamp(_Strict, frozen=True, kw_only=True):
    """One lamp (`pin`), or three colours (`red`, `green`, `blue`); lit at level `on`."""

    pin: Pin | None = None
    red: Pin | None = None
    green: Pin | None = None
    blue: Pin | None = None
    on: Level = 1


class Whistle(_Strict, frozen=True, kw_only=True):
    """The sounder: one PWM pin, two for a bridge (opposite phases), or a switched siren (`kind` siren).

    `hz` is the piezo's resonance; it is swept `sweep` percent around it.
    """

    kind: Literal["piezo", "siren"] = "piezo"
    pins: Annotated[list[Pin], Meta(min_length=1, max_length=2)]
    hz: Annotated[int, Meta(ge=400, le=6000)] = 3000
    sweep: Annotated[int, Meta(ge=0, le=20)] = 4


class Battery(_Strict, frozen=True, kw_only=True):
    """Where the battery is measured: pin voltage times `ratio`. `gate` = [pin, level] connects the divider; level -1
    where revisions differ and both are tried. Or `pmu`: the power chip on I2C that knows it.
    """

    pin: Pin | None = None
    ratio: Annotated[float, Meta(ge=1, le=10)] = 1.0
    gate: tuple[Pin, Annotated[int, Meta(ge=-1, le=1)]] | None = None
    pmu: Literal["axp192", "axp2101"] | None = None


class Display(_Strict, frozen=True, kw_only=True):
    """A small OLED (SSD1306) on I2C; `power` = [pin, level] turns its supply on."""

    sda: Pin
    scl: Pin
    reset: Pin | None = None
    power: tuple[Pin, Level] | None = None


class Wiring(_Strict, frozen=True, kw_only=True):
    """What the board must know of itself; this part, as JSON, is its file `board`.

    `port` is the module of beacon.boards. `button`, `button2` (silent), `tamper` (closed to ground while the case is
    shut), `wire` (ground through the cable's spare core: open when the cable is out). `still` are pins driven to a
    level at start. `pmu_i2c` = [sda, scl] of a power chip.
    """

    port: Literal["esp32", "rp2"]
    button: Pin
    button2: Pin | None = None
    tamper: Pin | None = None
    wire: Pin | None = None
    lamp: Lamp
    whistle: Whistle | None = None
    battery: Battery | None = None
    display: Display | None = None
    pmu_i2c: tuple[Pin, Pin] | None = None
    still: list[tuple[Pin, Level]] = []
    radio: RadioWiring


class Draw(_Strict, frozen=True, kw_only=True):
    """A current in mA, whether somebody measured it or it is an estimate, and where it stands."""

    ma: MilliAmps
    known: Literal["measured", "datasheet", "estimate"]
    source: str


class Power(_Strict, frozen=True, kw_only=True):
    """What the whole board draws from its battery: asleep, in light sleep, awake (radio apart), and while waking.

    `wake_mc` is the charge of one start from deep sleep, in millicoulombs. `note` is printed beside every estimate.
    """

    deep: Draw | None = None
    light: Draw
    awake: Draw
    wake_mc: Annotated[float, Meta(gt=0)]
    dcdc: bool = True
    note: str = ""


class Board(_Strict, frozen=True, kw_only=True):
    """One board. `key` is its file's name. `usb` are the ids under which it may be seen, ROM loader and MicroPython.

    `image` is MicroPython's own name of the build; `flash_at` where it is written, None for a UF2 board (its drive is
    `uf2`). `has` names what takes pins or is worth knowing: "PSRAM", "octal PSRAM", "OLED", "GPS". `pulled` are switch
    pins without a pull-up inside the chip: one sits on the board, or whoever builds it adds one.
    """

    name: str
    tier: Annotated[int, Meta(ge=1, le=3)]
    chip: Literal["esp32", "esp32s3", "rp2040"]
    image: str
    flash_at: int | None = None
    uf2: str | None = None
    usb: list[UsbId]
    has: list[str] = []
    pulled: list[Pin] = []
    wiring: Wiring
    power: Power
    sources: list[str]
    key: str = ""


def names() -> list[str]:
    """The keys of all boards, tier 1 first."""
    return sorted((path.stem for path in FOLDER.glob("*.toml")), key=lambda key: (load(key).tier, key))


def load(key: str) -> Board:
    """The board of that key. UnknownBoard names those there are; BadTable says what is wrong in a file."""
    known = sorted(file.stem for file in FOLDER.glob("*.toml"))
    if key not in known:
        raise UnknownBoard(f"There is no board {key!r}: the boards are {', '.join(known)}.")
    return read(FOLDER / f"{key}.toml")


def read(path: Path) -> Board:
    """The board a file describes; BadTable with one sentence."""
    try:
        board = msgspec.toml.decode(files.take(path), type=Board)
    except OSError as error:
        raise BadTable(f"{path} cannot be read ({error.strerror}): name a board's table.") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadTable(f"{path.name}: {error}: mend it as CONTRIBUTING.md shows.") from None
    return msgspec.structs.replace(board, key=path.stem)


def wiring(board: Board) -> bytes:
    """The file `board` for the board itself: JSON of `wiring` without what is not there; equal tables, equal bytes."""
    return msgspec.json.encode(_present(msgspec.to_builtins(board.wiring)), order="sorted")


def _present(value: Any) -> Any:
    """Without the members that are None, at every depth."""
    if isinstance(value, dict):
        return {key: _present(inner) for key, inner in value.items() if inner is not None}
    return value
