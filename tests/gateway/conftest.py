"""What the gateway's tests share: a site, a stock radio, a broker; each test gets its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import brokers
from tests.support.gateways import World
from tests.support.radios import StockRadio


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def radio(world: World) -> Iterator[StockRadio]:
    bundle = world.bundle
    running = StockRadio(bundle.channel_name, bundle.psk_bytes)
    yield running
    running.close()


@pytest.fixture
def broker(tmp_path: Path, need: Callable[[str], Path]) -> Iterator[brokers.Broker]:
    running = brokers.with_mosquitto(need("mosquitto"), tmp_path).start()
    yield running
    running.kill()
