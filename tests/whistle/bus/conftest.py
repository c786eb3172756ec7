"""Brokers for the tests of the bus; each test that asks for one gets its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import brokers


@pytest.fixture
def broker(tmp_path: Path, need) -> Iterator[brokers.Broker]:
    """mosquitto, running."""
    running = brokers.with_mosquitto(need("mosquitto"), tmp_path).start()
    yield running
    running.kill()


@pytest.fixture
def amqtt_broker(tmp_path: Path) -> Iterator[brokers.Broker]:
    """amqtt, which comes from the package index, running."""
    running = brokers.with_amqtt(tmp_path).start()
    yield running
    running.kill()
