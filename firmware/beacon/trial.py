"""The end of a new release's trial: see the chooser, which counts its starts."""

import os
import sys


def confirm() -> None:
    """This release runs well: from now on it is the one that runs. Writes once in a release's life; no harm again."""
    try:
        with open("slot") as file:
            words = file.read().split()
        if len(words) == 3 and words[0] == sys.modules["chooser"].running:
            with open("slot.new", "w") as file:
                file.write(words[0])
            os.rename("slot.new", "slot")
    except (OSError, KeyError):
        pass  # not a board, or its flash takes nothing: the trial goes on
