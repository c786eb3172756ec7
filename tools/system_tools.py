"""What the tests use beside Python: a real broker, a real browser, the board's interpreter, a board to emulate.

Lists first what is missing; then installs it by apt where this is Debian and we are root (or sudo asks nothing), else
says in one sentence what to install. MicroPython is unpacked or built into the cache folder and never installed.

    python -m tools.system_tools    under CI=true: exit 1 when something is still missing
"""

import os
import shutil
import subprocess
import sys

import click

from tools import debian, micropython, qemu

# command: Debian packages that bring it (a browser draws no words without a font)
PACKAGES = {
    "mosquitto": ["mosquitto"],
    "chromium": ["chromium", "chromium-sandbox", "fonts-liberation"],
    qemu.EMULATOR: ["qemu-system-arm"],
    qemu.COMPILER: ["gcc-arm-none-eabi", "libnewlib-arm-none-eabi"],
    "make": ["make"],
}
EMULATED = "MicroPython (Cortex-M3, emulated)"
PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin"])


def main() -> None:
    """Say what is missing, bring it, say what still is."""
    missing, boards = lacking(), [name for name in micropython.BITS if not micropython.present(name)]
    emulated = [] if qemu.present() else [EMULATED]
    words = [*missing, *(f"MicroPython ({micropython.BITS[name]} bits)" for name in boards), *emulated]
    click.echo(f"system tools missing: {', '.join(words) or 'none'}")
    if missing:
        install(missing)
    left = lacking()
    left += [f"MicroPython ({micropython.BITS[name]} bits)" for name in boards if not fetch(name)]
    left += [name for name in emulated if not build()]
    if left:
        click.echo(f"still missing: {', '.join(left)}; the tests that need them will be skipped, and say so")
    sys.exit(1 if left and os.environ.get("CI") == "true" else 0)


def lacking() -> list[str]:
    """The commands that are not here. A compiler only builds the emulated board: where that is, nobody misses one."""
    built = {qemu.COMPILER, "make"} if qemu.present() else set()
    return [tool for tool in PACKAGES if tool not in built and not shutil.which(tool, path=PATH)]


def install(missing: list[str]) -> None:
    """Install by apt, or say why not and what to do by hand."""
    packages = [package for tool in missing for package in PACKAGES[tool]]
    by_hand = f"install {' '.join(packages)}"
    root = privilege()
    if not shutil.which("apt-get"):
        click.echo(f"no apt on this machine: {by_hand} with its own package manager")
    elif root is None:
        click.echo(f"not root, and sudo would ask: run `sudo apt-get install {' '.join(packages)}`")
    else:
        apt(root, packages, by_hand)


def privilege() -> list[str] | None:
    """What to put before a command to run it as root: nothing for root, sudo where it asks nothing, else None."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n"]
    return None


def apt(root: list[str], packages: list[str], by_hand: str) -> None:
    """Install packages; a broker that the package starts as a service is stopped again: tests start their own."""
    click.echo(f"apt-get install {' '.join(packages)} ...")
    quiet = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet", "--yes"]
    for command in ([*quiet, "update"], [*quiet, "install", "--no-install-recommends", *packages]):
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            click.echo(f"{done.stderr.strip()}\napt could not: {by_hand} by hand")
            return
    if "mosquitto" in packages and shutil.which("systemctl"):
        click.echo("stopping the broker service that the package started: the tests start their own")
        subprocess.run([*root, "systemctl", "disable", "--now", "mosquitto"], capture_output=True)


def fetch(name: str) -> bool:
    """Bring MicroPython of one word size into the cache folder; False, having said why, when it cannot be had."""
    try:
        click.echo(f"MicroPython ({micropython.BITS[name]} bits): {micropython.interpreter(name)}")
    except debian.Unavailable as error:
        click.echo(f"MicroPython ({micropython.BITS[name]} bits) cannot be had: {error}")
        return False
    return True


def build() -> bool:
    """Build the emulated board's program into the cache folder; False, having said why, when it cannot be had."""
    try:
        click.echo(f"{EMULATED}: {qemu.firmware()}")
    except debian.Unavailable as error:
        click.echo(f"{EMULATED} cannot be had: {error}")
        return False
    return True


if __name__ == "__main__":
    main()
