"""`python -m bench [NAME ...]`: take the figures, print each beside its aim, put them among bench/out/latest.json's."""

import importlib
import sys
import time
from pathlib import Path

from bench.aims import verdict
from bench.measure import OUT, Figures, Unreadable, keep, kept, line

# name -> module with a `figures() -> Figures`; in the order they are taken, short ones first
BENCHES = ("cortexm3", "micropython", "bus", "gateway", "simulator", "air", "page")


def main(names: list[str], path: Path = OUT) -> int:
    """Take the named benches, all without a name; 2 for a name that is none, or a file that holds no figures."""
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        sys.stderr.write(f"No bench {unknown[0]!r}: there are {', '.join(BENCHES)}.\n")
        return 2
    try:
        kept(path)  # now, not after an hour
    except Unreadable as error:
        sys.stderr.write(f"{error}\n")
        return 2
    taken: Figures = {}
    for name in names or BENCHES:
        begun = time.monotonic()
        sys.stdout.write(f"-- {name}\n")
        found: Figures = importlib.import_module(f"bench.{name}").figures()
        for label, figure in found.items():
            sys.stdout.write(f"{line(label, figure)}   {verdict(label, figure)}".rstrip() + "\n")
        sys.stdout.write(f"   ({time.monotonic() - begun:.0f} s)\n")
        sys.stdout.flush()
        keep(found, path)
        taken |= found
    keep(taken, path, others=bool(names))  # after a whole run, figures that no bench takes any more go
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
