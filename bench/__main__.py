"""`python -m bench [NAME ...]`: take the figures, print each at once, and write them to bench/out/latest.json."""

import importlib
import sys
import time

from bench.measure import Figures, keep, line

# name -> module with a `figures() -> Figures`; in the order they are taken, short ones first
BENCHES = ("micropython", "bus", "gateway", "simulator", "air", "page")


def main(names: list[str]) -> int:
    """Take the named benches, all without a name; 2 for a name that is none."""
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        sys.stderr.write(f"No bench {unknown[0]!r}: there are {', '.join(BENCHES)}.\n")
        return 2
    taken: Figures = {}
    for name in names or BENCHES:
        begun = time.monotonic()
        sys.stdout.write(f"-- {name}\n")
        found: Figures = importlib.import_module(f"bench.{name}").figures()
        for label, figure in found.items():
            sys.stdout.write(line(label, figure) + "\n")
        sys.stdout.write(f"   ({time.monotonic() - begun:.0f} s)\n")
        sys.stdout.flush()
        taken |= found
    keep(taken)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
