"""The small rules: every one finds a planted fault and lets the right thing pass; the tree itself keeps them."""

import textwrap

import pytest

from tools import rules


def findings(path: str, text: str) -> list[str]:
    return list(rules.look(path, textwrap.dedent(text)))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("firmware/alertwire/line.py", "import time"),
        ("firmware/alertwire/line.py", "from random import getrandbits"),
        ("firmware/alertwire/line.py", "from meshwire import node"),
        ("firmware/meshwire/node.py", "import machine"),
        ("firmware/beacon/loop.py", "from machine import Pin"),
        ("firmware/beacon/loop.py", "from typing import Protocol"),
        ("firmware/beacon/loop.py", "import hmac"),
        ("firmware/beacon/loop.py", "from collections.abc import Callable"),
        ("gateway/pipeline.py", "import meshtastic.mesh_interface"),
        ("gateway/pipeline.py", "from pubsub import pub"),
        ("gateway/pipeline.py", "import sqlite3"),
        ("gateway/pipeline.py", "from paho.mqtt import client"),
        ("dashboard/pages.py", "from paho.mqtt.client import Client"),
        ("dashboard/pages.py", "from sqlalchemy import select"),
        ("dashboard/pages.py", "import meshtastic"),
        ("whistle/simulator/radio.py", "import meshtastic.tcp_interface"),
        ("whistle/demo/counts.py", "import sqlite3"),
        ("gateway/sources/radio.py", "def later():\n    import machine"),
    ],
)
def test_forbidden_imports_are_found(path: str, line: str) -> None:
    found = findings(path, line)
    assert found
    assert all(finding.startswith(f"{path}:{line.count(chr(10)) + 1}: ") for finding in found)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("firmware/alertwire/line.py", "import struct\nfrom binascii import crc32\nfrom alertwire.mac import tag"),
        ("firmware/meshwire/node.py", "from . import header"),
        ("firmware/beacon/boards/heltec.py", "from machine import Pin"),
        ("firmware/beacon/radios/sx126x.py", "import machine"),
        ("firmware/beacon/loop.py", "if False:\n    from typing import Protocol"),
        ("firmware/beacon/loop.py", "import asyncio\nimport gc"),
        ("gateway/sources/radio.py", "import meshtastic.tcp_interface\nfrom pubsub import pub"),
        ("gateway/sources/mqtt.py", "from paho.mqtt.client import Client"),
        ("gateway/ledger.py", "import sqlite3"),
        ("gateway/ledger_outbox.py", "import sqlite3"),
        ("dashboard/store_people.py", "from sqlalchemy import select"),
        ("dashboard/cards.py", "from sqlalchemy import Row"),
        ("dashboard/migrations/env.py", "from alembic import context"),
        ("whistle/bus/link.py", "from paho.mqtt.client import Client"),
        ("whistle/simulator/stockradio.py", "from meshtastic.protobuf import mesh_pb2"),
        ("tests/anything.py", "import sqlite3, machine, meshtastic"),
    ],
)
def test_allowed_imports_pass(path: str, line: str) -> None:
    assert findings(path, line) == []


@pytest.mark.parametrize(
    "kind", ["", " Exception", " BaseException", " (ValueError, Exception)", " Exception as error"]
)
def test_broad_excepts_are_found(kind: str) -> None:
    assert findings("gateway/x.py", f"try:\n    x()\nexcept{kind}:\n    y()\n") == [
        "gateway/x.py:3: a broad except: name what can happen"
    ]


def test_named_excepts_pass() -> None:
    assert findings("gateway/x.py", "try:\n    x()\nexcept (ValueError, OSError) as error:\n    y()\n") == []


def test_prints_are_found_outside_tests() -> None:
    assert len(findings("whistle/x.py", "print(1)")) == 1
    assert findings("tests/x.py", "print(1)") == []
    assert findings("whistle/x.py", "pretty.print(1)") == []


@pytest.mark.parametrize(
    "text", ["SELECT a FROM b", "  insert into b values (1)", "PRAGMA user_version", "UPDATE b SET a = 1"]
)
def test_sql_is_found_outside_ledger_and_store(text: str) -> None:
    planted = f"x = {text.upper()!r}"
    assert len(findings("dashboard/pages.py", planted)) == 1
    assert findings("dashboard/store.py", planted) == []
    assert findings("gateway/ledger_refused.py", planted) == []


def test_words_that_only_look_like_sql_pass() -> None:
    assert findings("dashboard/pages.py", "x = 'Select a beacon from the list'.lower()\ny = 'Update failed'") == []


@pytest.mark.parametrize("word", ["TO" + "DO", "FIX" + "ME", "raise NotImplemented" + "Error"])
def test_unfinished_work_is_found(word: str) -> None:
    assert len(findings("gateway/x.py", f"x = 1  # {word}")) == 1


def test_long_functions_and_files_are_found() -> None:
    function = "def f():\n" + "    x = 1\n" * 50
    assert findings("gateway/x.py", function) == ["gateway/x.py:1: f has 51 lines, of at most 50"]
    assert findings("gateway/x.py", "def f():\n" + "    x = 1\n" * 49) == []
    assert findings("tests/x.py", function) == []
    assert findings("gateway/x.py", "x = 1\n" * 401) == ["gateway/x.py:1: 401 lines, of at most 400"]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("tests/system/test_x.py", "from tests.gateway.test_radio import serve"),
        ("tests/whistle/workbench/test_x.py", "from tests.whistle.site import test_site"),
        ("tests/support/x.py", "from tests.gateway import killed"),
        ("bench/x.py", "import tests.browser.conftest"),
    ],
)
def test_tests_that_lean_on_another_rooms_are_found(path: str, line: str) -> None:
    assert [one.startswith(f"{path}:1: ") for one in findings(path, line)] == [True]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("tests/gateway/test_x.py", "from tests.gateway.test_radio import serve"),
        ("tests/whistle/site/test_x.py", "from tests.whistle.site import test_site"),
        ("tests/system/test_x.py", "from tests.support import sites\nfrom tests.hardware.box import Box"),
        ("bench/x.py", "from tests.support.radios import StockRadio"),
    ],
)
def test_what_they_share_and_their_own_pass(path: str, line: str) -> None:
    assert findings(path, line) == []


def test_a_file_that_is_no_python_is_a_finding() -> None:
    assert findings("gateway/x.py", "def") == ["gateway/x.py:1: invalid syntax"]
