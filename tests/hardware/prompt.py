# The inside of an emulated board: unix MicroPython that looks, on standard input and output, like a board on its cable.
#   EMULATED='{"folder": "/tmp/board", "raw": false, "models": [], "cut": 0, ...}' micropython tests/hardware/prompt.py
# The folder is the board's flash, mounted at "/". Every operation that changes it is told on standard error ("op N what
# name") and may be the last one: power goes just before operation `cut` (with `torn`, in the middle of a write).
# Started by tests/hardware/emulated.py, which also turns Ctrl-C into a signal and starts it again after a reset.
# ruff: noqa: UP031, SIM105  the board's dialect
import json
import os
import sys
from io import IOBase

import ffi
import vfs

RESET, SOFT_RAW, SOFT, DARK = 64, 65, 66, 67  # exit codes, known to emulated.py
WINDOW = 128
NO_SPACE = 28

libc = ffi.open(None)
leave = libc.func("v", "_exit", "i")
signal = libc.func("p", "signal", "ip")
siginterrupt = libc.func("i", "siginterrupt", "ii")
ctrl_c = signal(2, 1)  # ignored until boot.py is done, which puts the models of the hardware in their places
rename = libc.func("i", "rename", "ss")  # VfsPosix.rename of 1.25 loses the old name where it has a folder of its own
start = json.loads(os.getenv("EMULATED"))
stdin, stdout = sys.stdin.buffer, sys.stdout


class Flash:
    """The board's files: a folder, every change of it counted, cut and limited as the test wants."""

    def __init__(self, folder):
        self.real = vfs.VfsPosix(folder)
        self.real.mount(False, False)
        self.done = start["done"]
        self.left = start["room"]

    def change(self, what, name):
        """Tell of an operation before it happens; True when the power goes in the middle of it."""
        self.done += 1
        sys.stderr.write("op %d %s %s\n" % (self.done, what, " ".join([self.whole(one) for one in name.split()])))
        last = self.done == start["cut"]
        if last and not (start["torn"] and what == "write"):
            leave(DARK)
        return last

    def take(self, size):
        if self.left is not None:
            if size > self.left:
                raise OSError(NO_SPACE)
            self.left -= size

    def give(self, name):
        if self.left is not None:
            try:
                self.left += self.real.stat(name)[6]
            except OSError:
                pass

    def open(self, name, mode):
        if mode[0] == "r" and "+" not in mode:
            return self.real.open(name, mode)
        self.change("open", name)
        if mode[0] == "w":
            self.give(name)
        return File(self, name, self.real.open(name, mode))

    def mkdir(self, name):
        self.change("mkdir", name)
        self.real.mkdir(name)

    def rmdir(self, name):
        self.change("rmdir", name)
        self.real.rmdir(name)

    def remove(self, name):
        self.change("remove", name)
        self.give(name)
        self.real.remove(name)

    def rename(self, old, new):
        self.change("rename", old + " " + new)
        self.give(new)
        if rename(self.outside(old), self.outside(new)):
            raise OSError(2)

    def whole(self, name):
        return name if name[0] == "/" else self.getcwd().rstrip("/") + "/" + name

    def outside(self, name):
        return start["folder"] + self.whole(name)

    def mount(self, readonly, mkfs):
        pass

    def umount(self):
        pass

    def chdir(self, path):
        self.real.chdir(path)

    def getcwd(self):
        return self.real.getcwd()

    def stat(self, path):
        return self.real.stat(path)

    def statvfs(self, path):
        found = self.real.statvfs(path)
        return found if self.left is None else (1, 1, self.left, self.left, self.left) + found[5:]

    def ilistdir(self, path):
        """As a board's own filesystem does: a file's size stands fourth."""
        for entry in self.real.ilistdir(path):
            name = (path.rstrip("/") + "/" if path else "") + entry[0]
            yield entry[:3] + (0 if entry[1] == 0x4000 else self.real.stat(name)[6],)


class File(IOBase):
    """A file open for writing."""

    def __init__(self, flash, name, real):
        self.flash, self.name, self.real = flash, name, real

    def write(self, data):
        self.flash.take(len(data))
        if self.flash.change("write", self.name):
            self.real.write(data[: len(data) // 2])
            self.real.close()
            leave(DARK)
        return self.real.write(bytes([data[0] ^ 1]) + data[1:] if start["worn"] and data else data)

    def readinto(self, buffer):
        return self.real.readinto(buffer)

    def ioctl(self, request, arg):
        if request == 4:
            self.close()
        return 0

    def flush(self):
        self.real.flush()

    def close(self):
        if self.real:
            self.flash.change("close", self.name)
            self.real.close()
            self.real = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Machine:
    """What every port's `machine` has; models of the hardware bring their own."""

    soft = False

    @staticmethod
    def reset():
        leave(RESET)

    @staticmethod
    def soft_reset():
        Machine.soft = True
        raise SystemExit

    @staticmethod
    def unique_id():
        return b"EMU001"


def power_up():
    """Put the flash in place of this machine's files, and the models of the hardware on the path."""
    cwd = os.getcwd()
    models = [(path if path[0] == "/" else cwd + "/" + path) for path in start["models"]]
    vfs.umount("/")
    vfs.mount(Flash(start["folder"]), "/")
    sys.path[:] = ["", ".frozen", "/lib"]
    for at in range(len(models)):
        vfs.mount(vfs.VfsPosix(models[at]), "/.model%d" % at)
        sys.path.append("/.model%d" % at)
    os.chdir("/")
    modelled = [path for path in models if "machine.py" in os.listdir("/.model%d" % models.index(path))]
    sys.modules["machine"] = __import__("machine") if modelled else Machine
    sys.modules["machine"].reset = Machine.reset


def run(source, name, into):
    """Run code as the prompt does; a fault's trace goes to `into`. True when it asked for a soft reset.

    SystemExit alone leads to the prompt, as on every port but Unix (shared/runtime/pyexec.c of 1.25).
    """
    try:
        exec(compile(source, name, "exec"), names)
    except SystemExit:
        return Machine.soft
    except BaseException as fault:  # noqa: BLE001  what a board's program raises is printed, whatever it is
        sys.print_exception(fault, into)
    return False


class Trace(IOBase):
    """Collects what a trace says."""

    def __init__(self):
        self.text = b""

    def write(self, data):
        self.text += bytes(data)
        return len(data)


def soft_reset(raw):
    stdout.write("MPY: soft reboot\n")
    leave(SOFT_RAW if raw else SOFT)


def byte():
    got = stdin.read(1)
    if not got:
        leave(DARK)
    return got


def raw_prompt():
    """The raw prompt until Ctrl-B: code until Ctrl-D, or by raw paste, is run and answered."""
    stdout.write("raw REPL; CTRL-B to exit\n>")
    code = b""
    while True:
        got = byte()
        if got == b"\x02":
            stdout.write("\n")
            return
        if got == b"\x01":
            code = b""
            stdout.write("raw REPL; CTRL-B to exit\n>")
        elif got == b"\x05" and not code:
            paste()
        elif got != b"\x04":
            code += got
        elif code:
            stdout.write("OK")
            answer(code)
            code = b""
        else:
            stdout.write("OK\n")
            soft_reset(True)


def paste():
    """Raw paste: code in windows, each asked for; Ctrl-D ends it."""
    kind = byte() + byte()
    if kind != b"A\x01":
        return
    stdout.write(b"R\x01" + bytes([WINDOW, 0, 1]))
    parts, got, count = [], b"", 0
    while got != b"\x04":
        got = byte()
        if got != b"\x04":
            parts.append(got)
            count += 1
            if not count % WINDOW:
                stdout.write("\x01")
    stdout.write("\x04")
    answer(b"".join(parts))


def answer(code):
    """Run one piece of code and answer as the raw prompt does."""
    trace = Trace()
    again = run(code, "<stdin>", trace)
    stdout.write("\x04")
    stdout.write(trace.text)
    stdout.write("\x04")
    if again:
        soft_reset(True)
    stdout.write(">")


def prompt():
    """The friendly prompt: nobody types here, so it knows Ctrl-A and Ctrl-D alone."""
    stdout.write("MicroPython v1.25.0 emulated\n>>> ")
    while True:
        got = byte()
        if got == b"\x01":
            raw_prompt()
            stdout.write("MicroPython v1.25.0 emulated\n>>> ")
        elif got == b"\x04":
            stdout.write("\n")
            soft_reset(False)
        elif got == b"\r":
            stdout.write("\n>>> ")


def listen():
    """From now on Ctrl-C is heard, also in the middle of a read."""
    signal(2, ctrl_c)
    siginterrupt(2, 1)


def main():
    """Start as a board does: boot.py, main.py unless the raw prompt asked for the restart, then the prompt."""
    raw = start["raw"]
    for name in ("boot.py",) if raw else ("boot.py", "main.py"):
        try:
            with open(name) as file:
                source = file.read()
        except OSError:
            continue
        if name == "main.py":
            listen()
        if run(source, name, stdout):
            soft_reset(False)
    listen()
    while True:
        try:
            if raw:
                raw_prompt()
                raw = False
            prompt()
        except KeyboardInterrupt:
            pass


power_up()
names = {"__name__": "__main__"}
main()
