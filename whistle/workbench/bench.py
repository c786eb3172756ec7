"""What a board is asked when it is checked: small programs that use its own modules, run at its prompt.

Each gives JSON facts, or `{"fault": ...}` with what was raised. The board is taken as its file `board` says and its
radio tuned as settings say, as the beacon itself does (beacon.boards, beacon.radios, firmware/beacon/ports.pyi).
"""

from typing import Any, Final, NotRequired, TypedDict

import msgspec

from whistle.workbench.device import Device
from whistle.workbench.errors import plain

# The watchdog was started by the program that ran, or is when buttons are looked at: `attended` keeps it fed. Tasks of
# that program would go on within ours: take frames from the radio, send the board to sleep.
_START: Final = """
import sys, json, time, asyncio
def _facts(do):
 try:
  print(json.dumps(do()))
 except (OSError, RuntimeError, ValueError, TypeError, AttributeError, ImportError, LookupError) as e:
  print(json.dumps({{'fault': type(e).__name__ + ': ' + str(e)}}))
def _setup():
 global _board, _wired
 asyncio.new_event_loop()
 if 'beacon' not in sys.modules:
  __import__('chooser').quick({slot!r})
 with open('/board') as f:
  _wired = json.load(f)
 try:
  with open('/settings') as f:
   told = f.read()
  told = {{'modem': True}} if told == 'modem' else json.loads(told)
 except (OSError, ValueError):
  told = {{}}
 _board = __import__('beacon.boards.' + _wired['port'], None, None, ('Board',)).Board(_wired)
 _board.attended()
 facts = {{'button2': 'button2' in _wired, 'whistle': 'whistle' in _wired, 'radio': _wired['radio']}}
 return dict(facts, tuning=told.get('radio'), used=told.get('second_button'), modem=told.get('modem'))
_facts(_setup)
"""
_RADIO: Final = """
_radio = None
def _up():
 global _radio
 if not _radio:
  driver = 'beacon.radios.' + _wired['radio']['driver']
  _radio = __import__(driver, None, None, ('Radio',)).Radio(_wired['radio'])
def _level(name):
 time.sleep_ms(50)
 try:
  from machine import Pin
  return Pin(_wired['radio'][name], Pin.IN).value()
 except (ImportError, AttributeError, KeyError):
  return None
def _look():
 try:
  _up()
  _radio.tune({tuning!r})
  _radio.listen(lambda *_: None)
  seen = _radio.registers()
  if isinstance(seen, dict):
   seen = dict([(str(key), seen[key]) for key in seen])
  noise = []
  for _ in range(5):
   time.sleep_ms(20)
   noise.append(_radio.noise())
  return {{'registers': seen, 'noise': sorted(noise)[2]}}
 except (OSError, RuntimeError) as e:
  return {{'fault': type(e).__name__ + ': ' + str(e), 'busy': _level('busy')}}
_facts(_look)
"""
_BATTERY: Final = """
def _measure():
 found = _board.battery()
 return {'percent': found[0], 'mv': found[1]}
_facts(_measure)
"""
_BUTTON: Final = """
async def _wait(which, ms):
 pressed = []
 _board.button(lambda button, down, at: down and button == which and pressed.append(at))
 _board.attended()
 task = _board.run and asyncio.create_task(_board.run(lambda: 200))
 for _ in range(ms // 50):
  await asyncio.sleep_ms(50)
  if pressed:
   break
 if task:
  task.cancel()
 return {{'pressed': bool(pressed)}}
_facts(lambda: asyncio.run(_wait({which}, {ms})))
"""
_LAMP: Final = """
def _light():
 _board.lamp(True, {colour!r}, 'bad-settings')
 time.sleep_ms({ms})
 _board.lamp(False, {colour!r}, 'dark')
 return {{}}
_facts(_light)
"""
_WHISTLE: Final = """
def _sound():
 _board.whistle(True, 'coming')
 time.sleep_ms({ms})
 _board.whistle(False, 'silent')
 return {{}}
_facts(_sound)
"""
_HEAR: Final = """
async def _hear(ms):
 got = []
 def heard(frame, rssi, snr):
  if frame == {frame!r}:
   got.append((rssi, snr))
 _radio.tune({tuning!r})
 _radio.listen(heard)
 task = _radio.run and asyncio.create_task(_radio.run(lambda: 200))
 for _ in range(ms // 20):
  await asyncio.sleep_ms(20)
  _board.feed()
  if got:
   break
 if task:
  task.cancel()
 return {{'heard': got[0] if got else None}}
_facts(lambda: asyncio.run(_hear({ms})))
"""
_SEND: Final = """
async def _send():
 _radio.tune({tuning!r})
 _radio.listen(lambda *_: None)
 task = _radio.run and asyncio.create_task(_radio.run(lambda: 200))
 for _ in range({times}):
  for _ in range(50):
   if not _radio.busy():
    break
   await asyncio.sleep_ms(20)
  _radio.load({frame!r})
  await _radio.send()
  await asyncio.sleep_ms({gap})
 if task:
  task.cancel()
 return {{}}
_facts(lambda: asyncio.run(_send()))
"""
SENT: Final = 3


class Fault(TypedDict):
    """What any of them gives that could not be done."""

    fault: str
    busy: NotRequired[int | None]


class Setup(TypedDict):
    """What the board has, by its files."""

    button2: bool
    whistle: bool
    radio: dict[str, Any]
    tuning: dict[str, int] | None
    used: bool | None
    modem: Any


class Look(TypedDict):
    """What a look at the radio gives."""

    registers: dict[str, int] | list[int]
    noise: int | float


class Measured(TypedDict):
    """The battery."""

    percent: int
    mv: int


class Waited(TypedDict):
    """A button."""

    pressed: bool


class Listened(TypedDict):
    """dBm and dB SNR of a frame."""

    heard: tuple[int | float, int | float] | None


class Nothing(TypedDict):
    """It was done, and there is nothing to tell."""


class Bench:
    """A board on the bench, its own modules loaded from a slot. Every method gives facts, or {"fault": sentence}."""

    def __init__(self, device: Device, slot: str) -> None:
        self.device = device
        self.facts = self._asked(_START.format(slot=slot), 30, "when its program was loaded", Setup)

    def radio(self, tuning: dict[str, int]) -> dict[str, Any]:
        """registers: what the chip's registers hold; noise: dBm, the middle of five looks. Asked before hear
        and send. With a fault comes `busy`, the level of that line (None where it cannot be read).
        """
        return self._asked(_RADIO.format(tuning=tuning), 20, "when its radio was looked at", Look)

    def battery(self) -> dict[str, Any]:
        """percent (101 when powered from outside) and mv."""
        return self._asked(_BATTERY, 10, "when its battery was measured", Measured)

    def button(self, which: int, seconds: float) -> dict[str, Any]:
        """pressed: whether a button went down in that time."""
        source = _BUTTON.format(which=which, ms=int(seconds * 1000))
        return self._asked(source, seconds + 10, "when its button was waited for", Waited)

    def light(self, colour: str, seconds: float) -> dict[str, Any]:
        """Light the lamp for so long."""
        return self._asked(_LAMP.format(colour=colour, ms=int(seconds * 1000)), seconds + 10, "when its lamp was lit")

    def sound(self, seconds: float) -> dict[str, Any]:
        """Sound the whistle for so long."""
        return self._asked(_WHISTLE.format(ms=int(seconds * 1000)), seconds + 10, "when its whistle sounded")

    def hear(self, frame: bytes, tuning: dict[str, int], seconds: float) -> None:
        """Begin to listen for a frame, for so long; `heard` tells of it."""
        self.device.begin(_HEAR.format(frame=frame, tuning=tuning, ms=int(seconds * 1000)))

    def heard(self, seconds: float) -> dict[str, Any]:
        """heard: [dBm, dB SNR] of the frame listened for, or None."""
        return self._facts(self.device.answer(seconds + 10, "when it listened"), Listened)

    def send(self, frame: bytes, tuning: dict[str, int], gap: float) -> dict[str, Any]:
        """Send a frame three times, with listen before talk."""
        source = _SEND.format(frame=frame, tuning=tuning, gap=int(gap * 1000), times=SENT)
        return self._asked(source, 30 + SENT * gap, "when it sent a frame")

    def _asked(self, source: str, seconds: float, doing: str, kind: Any = Nothing) -> dict[str, Any]:
        return self._facts(self.device.ask(source, seconds, doing), kind)

    @staticmethod
    def _facts(found: Any, kind: Any) -> dict[str, Any]:
        try:
            fault = msgspec.convert(found, Fault)
            return {**fault, "fault": plain(fault["fault"])}
        except msgspec.ValidationError:
            pass
        try:
            facts: dict[str, Any] = msgspec.convert(found, kind)
        except msgspec.ValidationError:
            return {"fault": f"an answer that makes no sense: {plain(repr(found))[:200]}"}
        return facts
