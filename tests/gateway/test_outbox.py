"""What dashboards must learn: sent until settled by the very bytes, newest first; stores put back from backups."""

from pathlib import Path

import pytest

from gateway.datadir import DataDir
from gateway.hearing import Hearing
from gateway.ledger import Ledger
from gateway.outbox import MOST_UNDER_WAY, Outbox, packed
from gateway.rows import AlertRow
from gateway.stores import Stores
from tests.support.gateway_parts import FakeClock, Inside
from tests.support.gateways import World
from whistle.bus import envelope
from whistle.bus.messages import Alert, Settled
from whistle.bus.messages import Hearing as Told

STORE, OTHER = "5" * 16, "6" * 16
ONE = Hearing("tcp://r", 5, 1, 11, b"x", -80.0, 5.0, 1, 100.0)


def alert(row: int, sequence: int = 0) -> Alert:
    return Alert(
        row=row, node=5, sequence=sequence or row, of=sequence or row, tag="0" * 16, kind="help", text="",
        event="raised",
        drill=False, low=False, doubt=False, position=None, judged="fresh", age="unknown", age_limit_s=None,
        heard_at=1.0, hearings=[Told(source="s", at=1.0)],
    )  # fmt: skip


class Bench:
    """An outbox over a real ledger, with a wire that may be cut."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.home = DataDir(folder)
        self.ledger = Ledger(self.home, self.clock)
        self.stores = Stores(self.ledger)
        self.wire: list[bytes] = []
        self.up = True
        self.outbox = Outbox(self.seal, self.send, self.clock)

    def seal(self, one: Alert) -> bytes:
        return f"{one.row}:{self.clock.now}".encode()

    def send(self, sealed: bytes) -> bool:
        if self.up:
            self.wire.append(sealed)
        return self.up

    def rows(self) -> list[int]:
        return [int(sealed.split(b":")[0]) for sealed in self.wire]

    def store(self, number: int) -> list[int]:
        return [self.put(n) for n in range(number)]

    def put(self, sequence: int) -> int:
        row = AlertRow(5, sequence, b"t" * 8, sequence, 0, "raised", 1.0)
        return self.ledger.add_alert(row, ONE, packed(alert(1, sequence)))

    def settle(self, row: int, store_row: int, store: str = STORE) -> int:
        sealed = next(one for one in reversed(self.wire) if one.startswith(b"%d:" % row))
        word = Settled(gateway="1" * 16, row=row, digest=envelope.digest(sealed), store=store, store_row=store_row)
        assert self.outbox.sent(word)
        again = self.stores.settled(word)
        self.outbox.close(self.ledger, word)
        self.outbox.closed(row)
        return again


@pytest.fixture
def bench(tmp_path: Path):
    one = Bench(tmp_path / "data")
    yield one
    one.ledger.close()
    one.home.close()


def test_a_row_is_sent_at_once_and_again_with_growing_pauses(bench: Bench) -> None:
    bench.outbox.add(alert(1))
    times = []
    for _ in range(2000):
        before = len(bench.wire)
        bench.outbox.send_due()
        if len(bench.wire) > before:
            times.append(round(bench.clock.now - 1000, 1))
        bench.clock.tick(0.1)
    assert times[:6] == pytest.approx([0, 2, 6, 14, 30, 60], abs=0.5)
    assert times[-1] - times[-2] == pytest.approx(30, abs=0.2), "it never gives up"
    assert len(set(bench.wire)) == 1, "the same sealed bytes each time, so that any settlement of them closes the row"


def test_only_the_very_bytes_close_a_row(bench: Bench) -> None:
    [row] = bench.store(1)
    bench.outbox.refill(bench.ledger)
    bench.outbox.send_due()
    wrong = Settled(gateway="1" * 16, row=row, digest="0" * 32, store=STORE, store_row=1)
    other = Settled(gateway="1" * 16, row=row + 1, digest=envelope.digest(bench.wire[0]), store=STORE, store_row=1)
    assert not bench.outbox.sent(wrong) and not bench.outbox.sent(other) and bench.ledger.waiting() == 1
    bench.settle(row, 1)
    assert bench.ledger.waiting() == 0
    bench.outbox.refill(bench.ledger)
    bench.clock.tick(100)
    bench.outbox.send_due()
    assert len(bench.wire) == 1


def test_a_cut_wire_keeps_everything_and_a_new_one_gets_it_at_once(bench: Bench) -> None:
    bench.up = False
    bench.store(5)
    bench.outbox.refill(bench.ledger)
    bench.outbox.send_due()
    bench.up = True
    bench.outbox.all_due()
    bench.outbox.send_due()
    assert bench.rows() == [5, 4, 3, 2, 1], "newest first"


def test_a_week_of_backlog_goes_newest_first_and_a_new_alert_overtakes_it(bench: Bench) -> None:
    rows = bench.store(300)
    bench.outbox.refill(bench.ledger)
    bench.outbox.send_due()
    assert bench.rows() == rows[: -MOST_UNDER_WAY - 1 : -1]
    fresh = bench.put(9999)
    bench.outbox.add(alert(fresh, 9999))
    bench.outbox.send_due()
    assert bench.rows()[-1] == fresh
    number = 0
    while bench.ledger.waiting():
        for row in sorted(set(bench.rows())):
            if bench.outbox._rows.get(row):
                number += 1
                bench.settle(row, number)
        bench.outbox.refill(bench.ledger)
        bench.outbox.send_due()
    assert sorted(set(bench.rows())) == [*rows, fresh] and len(bench.wire) == 301


def test_memory_is_bounded_however_many_alerts_come(bench: Bench) -> None:
    for row in range(1, 2000):
        bench.outbox.add(alert(row))
    assert len(bench.outbox._rows) <= 2 * MOST_UNDER_WAY and max(bench.outbox._rows) == 1999


def settled_rows(bench: Bench, number: int) -> list[int]:
    rows = bench.store(number)
    bench.outbox.refill(bench.ledger)
    bench.outbox.send_due()
    for row in rows:
        assert bench.settle(row, 100 + row) == 0
    return rows


def test_a_store_put_back_gets_again_what_it_lost_and_no_more(bench: Bench) -> None:
    rows = settled_rows(bench, 10)
    new = bench.put(500)
    bench.outbox.refill(bench.ledger)
    bench.outbox.send_due()
    assert bench.settle(new, 107) == 4, "rows 107 to 110 of the store are gone"
    bench.outbox.refill(bench.ledger)
    bench.wire.clear()
    bench.outbox.send_due()
    assert bench.rows() == rows[:5:-1]
    for number, row in enumerate(bench.rows()):
        assert bench.settle(row, 108 + number) == 0, "and it is not asked twice"
    assert bench.ledger.waiting() == 0
    bench.stores.reload()
    new = bench.put(501)
    bench.outbox.refill(bench.ledger)
    bench.outbox.send_due()
    assert bench.settle(new, 112) == 0


def test_a_settlement_that_was_lost_is_no_sign_of_a_restore(bench: Bench) -> None:
    rows = bench.store(4)
    bench.outbox.refill(bench.ledger)
    bench.outbox.send_due()
    for row in rows[1:]:
        assert bench.settle(row, 100 + row) == 0
    assert bench.settle(rows[0], 101) == 0


def test_a_new_store_gets_everything_kept(bench: Bench) -> None:
    rows = settled_rows(bench, 6)
    assert bench.stores.met(STORE) == 0
    assert bench.stores.met(OTHER) == 6 and bench.stores.met(OTHER) == 0
    bench.outbox.refill(bench.ledger)
    bench.wire.clear()
    bench.outbox.send_due()
    assert sorted(bench.rows()) == rows
    bench.stores.reload()
    assert bench.stores.met(OTHER) == bench.stores.met(STORE) == 0


def test_a_dashboard_that_knows_more_rows_than_we_do_shows_that_we_were_put_back(world: World, tmp_path: Path) -> None:
    one = Inside(world, tmp_path / "data")
    word = Settled(gateway=world.bundle.gateway, row=77, digest="0" * 32, store=STORE, store_row=1)
    one.turn([word])
    assert not one.proof.proven
    one.close()


def test_words_for_another_gateway_are_not_ours(world: World, tmp_path: Path) -> None:
    one = Inside(world, tmp_path / "data")
    one.turn([Settled(gateway="9" * 16, row=77, digest="0" * 32, store=STORE, store_row=1)])
    assert one.proof.proven
    one.close()
