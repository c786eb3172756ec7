"""One dashboard a test, in a directory of its own, with nothing running that the test did not start."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.dashboards import Captain, Speaker, World, add, world


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """A dashboard, signed in to by nobody yet."""
    made = world(tmp_path)
    yield made
    made.whistle.stop()


@pytest.fixture
def mill(here: World) -> Speaker:
    """The gateway Mill, on the bus."""
    return Speaker(here.site)


@pytest.fixture
def maria(here: World) -> Captain:
    """A captain, signed in."""
    add(here)
    captain = Captain(here)
    assert captain.sign_in().status_code == 302
    return captain
