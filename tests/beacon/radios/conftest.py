"""Where the radios' driver lies."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def driver() -> Path:
    """The checkout of micropython-lib that $MICROPYTHON_LIB names; without it the test is skipped, in CI too."""
    named = os.environ.get("MICROPYTHON_LIB")
    if not named:
        pytest.skip("MICROPYTHON_LIB names no checkout of micropython-lib; no package registry holds its lora driver")
    found = Path(named)
    assert (found / "micropython/lora/lora-sx126x").is_dir(), (
        f"$MICROPYTHON_LIB is no checkout of micropython-lib: {found}"
    )
    return found
