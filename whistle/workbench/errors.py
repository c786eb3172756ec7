"""What can go wrong at the bench. Every sentence says what to do about it; the number is the command's exit code.

WorkbenchError 1
├── BadTable, UnknownBoard          a board's table
├── BadProgram 9                    the beacon's own files
├── CacheError                      what was fetched
│   ├── NotInCache 10               it is not there
│   ├── WrongHash 11                its bytes are not those they should be
│   ├── FetchFailed 12              the network or the source
│   ├── CacheBroken 13              the manifest cannot be read
│   └── NotKept 14                  the disk did not take it
├── PortError                       the way to the board
│   ├── NoPort 20                   no board came (a cable that only charges?)
│   ├── NoPermission 21             the port is there, and closed to us
│   ├── PortBusy 22                 another program has it
│   ├── DriverMissing 23            the USB chip is seen, and no driver took it
│   ├── PortGone 24                 the port went away
│   ├── ManyPorts 25                several boards, and nobody said which
│   └── NoDrive 26                  the UF2 drive did not come, or did not take the image
├── FlashError                      the board itself
│   ├── NoAnswer 30                 nobody speaks on the port
│   ├── WrongBootMode 31            the chip runs its program instead of its loader
│   ├── NativeUsbStuck 32           a chip with its own USB needs its buttons
│   ├── WrongChip 33                another chip than the board has
│   ├── WrongImage 34               an image for another chip, or none
│   ├── FlashTooSmall 35            the image does not fit
│   ├── NotVerified 36              what was written reads back differently
│   ├── LineNoise 37                bytes came, and not what was meant
│   ├── AmbiguousBoard 38           several boards look alike
│   └── EsptoolFailed 39            esptool said something we do not know
├── DeviceError                     a board that runs, over its prompt
│   ├── NoPrompt 40                 nothing answers
│   ├── WrongFirmware 41            what answers is no MicroPython that can run ours
│   ├── Hung 42                     it answered, and then no more
│   ├── Garbled 43                  it answered, and not what was asked
│   ├── BoardFull 44                its flash has no room
│   ├── BoardFault 45               what was asked of it raised an error there
│   ├── NotWritten 46               what was written reads back differently
│   ├── CallOpen 47                 an alert of it stands open
│   ├── NotInstalled 48             its program is not on it, or not whole
│   ├── CheckFailed 49              it does not pass the check
│   ├── SlipNotKept 50              the slip could not be written
│   └── NotSurveyed 51              no survey lies on it, or another beacon's
├── BoardFailed                     one board did not come through a step; the line goes on with the next
├── BadWish                         what was asked for does not fit the roster or what was done before
├── BadRow                          the list of a batch: line and column are named, and nothing has begun
├── BadJournal                      the journal cannot be read, written, or is held by another command
├── BadSlips, BadState              a file of slips, or the dashboard's document, is not as it must be
├── NoFont                          no font at hand has a character that must stand on a label
├── NotHeard                        the output takes nothing: a full disk, a pipe that broke
├── SiteTrouble                     the site said no: its own sentence
└── Stopped 130                     by Ctrl-C, or a signal that ends programs
"""

import click


class WorkbenchError(click.ClickException):
    """Something at the bench did not go well: one sentence, with the remedy."""

    exit_code = 1

    def format_message(self) -> str:
        """The sentence for a terminal: parts of it may be a board's own words."""
        return plain(self.message)


def plain(words: str) -> str:
    """The words without what would move a terminal or hide letters; lines stay lines."""
    return "".join(char if char.isprintable() or char == "\n" else "?" for char in words)


class BadTable(WorkbenchError):
    """A board's file is not as it must be."""


class UnknownBoard(WorkbenchError):
    """There is no such board."""


class BadProgram(WorkbenchError):
    """The beacon's own files are not there, or do not compile."""

    exit_code = 9


class CacheError(WorkbenchError):
    """What was fetched cannot be used."""


class NotInCache(CacheError):
    """It was never fetched."""

    exit_code = 10


class WrongHash(CacheError):
    """A file's bytes are not those of its SHA-256."""

    exit_code = 11


class FetchFailed(CacheError):
    """A download did not end; what came so far is kept and continued."""

    exit_code = 12


class CacheBroken(CacheError):
    """The manifest is not as it must be."""

    exit_code = 13


class NotKept(CacheError):
    """The disk did not take it; what was there before is whole."""

    exit_code = 14


class PortError(WorkbenchError):
    """There is no way to the board."""


class NoPort(PortError):
    """No board came."""

    exit_code = 20


class NoPermission(PortError):
    """The port may not be opened."""

    exit_code = 21


class PortBusy(PortError):
    """Another program has the port."""

    exit_code = 22


class DriverMissing(PortError):
    """A board's USB chip is there, and no serial port of it."""

    exit_code = 23


class PortGone(PortError):
    """The port went away and did not come back."""

    exit_code = 24


class ManyPorts(PortError):
    """Several boards are plugged in."""

    exit_code = 25


class NoDrive(PortError):
    """A UF2 board's drive is not there, or does not take the image."""

    exit_code = 26


class FlashError(WorkbenchError):
    """The board was reached and could not be flashed."""


class NoAnswer(FlashError):
    """Nobody answers on the port."""

    exit_code = 30


class WrongBootMode(FlashError):
    """The chip runs its program and not its loader."""

    exit_code = 31


class NativeUsbStuck(FlashError):
    """A chip with its own USB does not enter its loader by itself."""

    exit_code = 32


class WrongChip(FlashError):
    """The chip is another than the board's."""

    exit_code = 33


class WrongImage(FlashError):
    """The image is for another chip, or no image at all."""

    exit_code = 34


class FlashTooSmall(FlashError):
    """The image does not fit this chip's flash."""

    exit_code = 35


class NotVerified(FlashError):
    """What was written reads back differently."""

    exit_code = 36


class LineNoise(FlashError):
    """The line gave other bytes than were sent, or stopped."""

    exit_code = 37


class AmbiguousBoard(FlashError):
    """Several boards look alike."""

    exit_code = 38


class EsptoolFailed(FlashError):
    """esptool gave up with words we do not know."""

    exit_code = 39


class BoardFailed(WorkbenchError):
    """A board failed at a step: why, and what to do with it. What a step raises for anything that is the board's."""


class BadWish(WorkbenchError):
    """What was asked for cannot be so; nothing was changed."""


class BadRow(WorkbenchError):
    """A row of a batch's list is not as it must be; nothing was begun."""


class BadJournal(WorkbenchError):
    """The journal of the bench cannot be used; what stands in it is untouched."""


class BadSlips(WorkbenchError):
    """A file of slips is not as it must be."""


class BadState(WorkbenchError):
    """The document of the beacons' state is not as it must be, or another site's."""


class NoFont(WorkbenchError):
    """No font at hand draws a character of a label; nothing was written."""


class SiteTrouble(WorkbenchError):
    """What `whistle.site` raised, as an error of this command."""


class NotHeard(WorkbenchError):
    """What was to be told could not be; the work stands where it was."""


class Stopped(WorkbenchError):
    """Whoever started the command ended it; the sentence says how things stand."""

    exit_code = 130


class DeviceError(WorkbenchError):
    """A running board does not do what is asked over its prompt."""


class NoPrompt(DeviceError):
    """Nothing answers on the port."""

    exit_code = 40


class WrongFirmware(DeviceError):
    """What answers is no MicroPython, or one that cannot run our files."""

    exit_code = 41


class Hung(DeviceError):
    """The board answered, and then no more."""

    exit_code = 42


class Garbled(DeviceError):
    """The board's answer makes no sense."""

    exit_code = 43


class BoardFull(DeviceError):
    """The board's flash has no room; its old files are whole."""

    exit_code = 44


class BoardFault(DeviceError):
    """What was asked of the board raised an error there."""

    exit_code = 45


class NotWritten(DeviceError):
    """What was written reads back differently; the old file is whole."""

    exit_code = 46


class CallOpen(DeviceError):
    """An alert of this beacon stands open."""

    exit_code = 47


class NotInstalled(DeviceError):
    """The beacon's program is not on the board, or not whole."""

    exit_code = 48


class CheckFailed(DeviceError):
    """The board does not pass its check."""

    exit_code = 49


class SlipNotKept(DeviceError):
    """The slip of a check could not be written."""

    exit_code = 50


class NotSurveyed(DeviceError):
    """No survey of this beacon lies on the board."""

    exit_code = 51
