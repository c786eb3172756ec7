"""Runs a program as this very process, tied to who started it: `python tied.py COMMAND ...`, standard input a pipe.

Nobody writes into that pipe. It breaks when who holds its other end is gone, however that came: then a watcher, forked
before the program began, asks the program to end, and makes it. The pid is the program's own, so signals reach it as
if this file were not there. The watcher ends with the program, which holds the writing end of a pipe of theirs. Both
ends are pipes and not a death signal of the kernel's, because a Mac has none, and Linux sends it when a mere thread
ends.
"""

import os
import select
import signal
import sys
import time

STARTER = 0
PATIENCE_S = 3.0
LOOK_S = 0.1


def main(argv: list[str]) -> None:
    """Become `argv`; does not return."""
    theirs, alive = os.pipe()
    program = os.getpid()
    if os.fork() == 0:
        os.close(alive)
        _watch(program, theirs)
        os._exit(0)
    os.close(theirs)
    os.set_inheritable(alive, True)  # the program keeps it open, unknowing, until it ends
    os.dup2(os.open(os.devnull, os.O_RDONLY), STARTER)
    os.execvp(argv[0], argv)


def _watch(program: int, theirs: int) -> None:
    """Wait until the program has ended or its starter is gone; then end the program."""
    ready, _, _ = select.select([STARTER, theirs], [], [])
    if theirs in ready:
        return
    _tell(program, signal.SIGTERM)
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and os.getppid() == program:
        time.sleep(LOOK_S)
    _tell(program, signal.SIGKILL)


def _tell(program: int, what: int) -> None:
    if os.getppid() == program:  # else it has ended, and its number may be somebody else's
        os.kill(program, what)


if __name__ == "__main__":
    main(sys.argv[1:])
