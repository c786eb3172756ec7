"""From the bus into the store: once, durable, acknowledged only after the commit."""

import random
import threading
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError

from dashboard import store_air
from dashboard.store import counted
from dashboard.store_tables import alerts, hearings, lines
from tests.support.dashboards import CORNER, HALL, START, TAG, Captain, Speaker, World
from whistle.bus import envelope, topics
from whistle.bus.messages import NO_TAG, Hearing, Settled


def rows(here: World, table: Any) -> list[Any]:
    with here.whistle.store.read() as connection:
        return list(connection.execute(select(table).order_by(table.c.id)))


def test_one_press_is_one_row_however_often_it_comes(here: World, mill: Speaker) -> None:
    hall = Speaker(here.site, HALL)
    heard = [Hearing(source="udp", at=START + 1, hops=2)]
    for _ in range(3):
        here.hear(mill, mill.alert(row=1))
        here.hear(hall, hall.alert(row=9, hearings=heard))
    assert len(rows(here, alerts)) == len(rows(here, lines)) == 1
    assert rows(here, alerts)[0].hearings == len(rows(here, hearings)) == 2
    settled = here.told(Settled)
    assert [(one.gateway, one.row) for one in settled] == [(mill.gateway, 1), (hall.gateway, 9)] * 3
    assert {(one.store, one.store_row) for one in settled} == {(here.whistle.store.id, rows(here, lines)[0].id)}


def test_settled_names_the_sealed_bytes(here: World, mill: Speaker) -> None:
    topic, payload = mill.sealed(mill.alert())
    here.whistle.ingest.arrived(topic, payload)
    here.whistle.ingest.take(here.whistle.ingest.inbox.take(0))
    assert here.told(Settled)[0].digest == envelope.digest(payload)


def test_nothing_is_settled_before_the_commit(here: World, mill: Speaker) -> None:
    seen = []

    def committed() -> None:
        with here.whistle.store.read() as connection:
            seen.append(connection.scalar(select(func.count()).select_from(lines)))

    publish = here.publish
    here.publish = lambda *sent: (committed(), publish(*sent))[1]  # type: ignore[method-assign]
    here.hear(mill, mill.alert())
    assert seen == [1]


def test_a_store_that_takes_nothing_acknowledges_nothing_and_recovers(here: World, mill: Speaker) -> None:
    def full(*_: Any) -> None:
        raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

    event.listen(here.whistle.store._writer, "commit", full)
    here.hear(mill, mill.alert(), mill.state())
    assert here.said == [] and rows(here, alerts) == []
    assert here.whistle.store.trouble == "database or disk is full"
    assert here.whistle.health.alive_gateways() == []  # a store that takes nothing never looks alive
    event.remove(here.whistle.store._writer, "commit", full)
    here.hear(mill, mill.alert(row=1))
    assert len(here.told(Settled)) == 1 and here.whistle.store.trouble is None


@pytest.mark.parametrize(
    ("first", "state", "ring"),
    [
        ({"event": "cancelled", "sequence": 1043, "of": 1042, "tag": "a" * 16}, "cancelled", "none"),
        ({"event": "refined", "kind": "fire", "sequence": 1043, "of": 1042, "tag": "a" * 16}, "open", "siren"),
        ({"event": "raised", "tag": NO_TAG, "text": ""}, "open", "siren"),
        ({"event": "duress", "sequence": 1043, "of": 1042, "tag": "a" * 16}, "open", "siren"),
    ],
)
def test_a_late_line_joins_the_alert_it_belongs_to(here: World, mill: Speaker, first, state, ring) -> None:
    here.hear(mill, mill.alert(**first), mill.alert())
    (one,) = rows(here, alerts)
    assert (one.state, one.ring, one.root_tag, len(rows(here, lines))) == (state, ring, TAG, 2)
    assert one.kind == first.get("kind", "help")


def test_order_of_arrival_does_not_matter(here: World, mill: Speaker) -> None:
    story = [
        {},
        {"event": "refined", "kind": "fire", "sequence": 1043, "tag": "a" * 16},
        {"event": "again", "kind": "fire", "sequence": 1044, "tag": "b" * 16},
        {"event": "duress", "kind": "fire", "sequence": 1045, "tag": "c" * 16},
    ]
    shuffle = random.Random(7)
    for node in range(1, 9):
        told = [mill.alert(**({"node": node, "of": 1042} | part)) for part in shuffle.sample(story, len(story))]
        here.hear(mill, *told)
    facts = {(one.state, one.ring, one.kind, one.duress, one.presses) for one in rows(here, alerts)}
    assert facts == {("open", "siren", "fire", True, 2)}


def test_a_cancel_within_thirty_seconds_closes_and_later_it_asks(here: World, mill: Speaker) -> None:
    cancel = {"event": "cancelled", "tag": "a" * 16}
    here.hear(mill, mill.alert(), mill.alert(sequence=1043, of=1042, heard_at=START + 29, **cancel))
    here.time.pass_(100)
    here.hear(mill, mill.alert(sequence=1050, tag="d" * 16))
    here.hear(mill, mill.alert(sequence=1051, of=1050, heard_at=START + 31, **cancel))
    first, second = rows(here, alerts)
    assert (first.state, first.asks) == ("cancelled", False)
    assert (second.state, second.asks, second.ring) == ("open", True, "siren")


def test_a_loud_press_under_the_number_of_a_silent_alert_does_not_hide_in_it(
    here: World, mill: Speaker, maria: Captain
) -> None:
    """A beacon put back to an old memory uses numbers again: its silent alert's, for a real press."""
    here.hear(mill, mill.alert(event="silent", tag=NO_TAG))
    maria.answer(1, "clear")
    here.hear(mill, mill.alert())
    (card,) = rows(here, alerts)
    assert (card.state, card.ring, card.silent, card.presses) == ("open", "siren", False, 2)


def test_silent_and_duress_end_only_by_a_captain(here: World, mill: Speaker, maria: Captain) -> None:
    here.hear(mill, mill.alert(event="silent", tag=NO_TAG, text=""))
    here.hear(mill, mill.alert(event="cancelled", sequence=1043, of=1042, tag="a" * 16))
    (one,) = rows(here, alerts)
    assert (one.state, one.silent, one.ring, one.asks) == ("open", True, "soft", True)
    maria.answer(one.id, "clear")
    assert rows(here, alerts)[0].state == "clear"


def test_two_valid_tags_for_one_sequence_are_both_kept_and_marked(here: World, mill: Speaker) -> None:
    here.hear(mill, mill.alert(), mill.alert(tag="f" * 16, judged="clone-or-rollback"))
    both = rows(here, alerts)
    assert [one.branch for one in both] == [0, 1]
    assert {one.judged for one in both} == {"clone-or-rollback"}
    assert {one.ring for one in both} == {"siren"}


def test_a_reused_number_after_a_rollback_rings_although_the_old_alert_is_closed(
    here: World, mill: Speaker, maria: Captain
) -> None:
    here.hear(mill, mill.alert())
    maria.answer(1, "clear")
    here.hear(mill, mill.alert(tag="e" * 16), mill.alert(event="again", sequence=1043, of=1042, tag="d" * 16))
    assert [(one.state, one.ring, one.presses) for one in rows(here, alerts)] == [
        ("clear", "none", 1),
        ("open", "siren", 2),
    ]


def test_sixty_four_hearings_are_kept_and_all_are_counted(here: World, mill: Speaker) -> None:
    for batch in range(7):
        many = [Hearing(source="r", at=START + batch * 16 + i) for i in range(16)]
        here.hear(mill, mill.alert(row=1, hearings=many))
    assert rows(here, alerts)[0].hearings == 7 * 16
    assert len(rows(here, hearings)) == 64


def test_what_is_forged_or_strange_is_counted_and_believed_by_nobody(here: World, mill: Speaker) -> None:
    topic, payload = mill.sealed(mill.alert())
    arrived = here.whistle.ingest.arrived
    arrived(topic, bytes([*payload[:-1], payload[-1] ^ 1]))
    arrived(topics.up(here.site.site, HALL), payload)  # sealed for another topic
    arrived(topic, b"hello")
    arrived(topic.replace("/up/", "/down/"), payload)
    arrived(f"whistle/1/{here.site.site}/up/{'9' * 16}", payload)
    arrived("whistle/1/x", payload)
    assert here.whistle.ingest.inbox.waiting == 0
    here.whistle.rounds.once()
    with here.whistle.store.read() as connection:
        counts = counted(connection)
    assert counts == {"bus not-authentic": 3, "bus not-ours": 2, "bus unknown-gateway": 1}


def test_a_state_that_does_not_rise_is_counted_as_replayed(here: World, mill: Speaker) -> None:
    old = mill.sealed(mill.state(outbox=7))
    here.hear(mill, mill.state(outbox=0))
    here.whistle.ingest.arrived(*old)
    assert here.whistle.ingest.refused == {"replayed": 1} and here.whistle.ingest.inbox.waiting == 0


def test_numbers_are_remembered_over_a_restart(here: World, mill: Speaker, tmp_path) -> None:
    from tests.support.dashboards import world

    old = mill.sealed(mill.state(outbox=7))
    here.hear(mill, mill.state(outbox=0))
    here.whistle.stop()
    again = world(tmp_path, here.site)
    again.whistle.ingest.arrived(*old)
    assert again.whistle.ingest.refused == {"replayed": 1}
    assert again.whistle.store.id == here.whistle.store.id
    again.whistle.stop()


def test_one_message_that_no_store_can_hold_does_not_hold_up_the_others(here: World, mill: Speaker) -> None:
    here.whistle.ingest.arrived(*mill.sealed(mill.alert(age="unknown", age_limit_s=10**30)))
    here.whistle.ingest.arrived(*mill.sealed(mill.alert(sequence=7, tag="b" * 16)))
    here.whistle.ingest.take(here.whistle.ingest.inbox.take(0))
    assert [one.root for one in rows(here, alerts)] == [7]
    assert [one.row for one in here.told(Settled)] == [2]
    assert here.whistle.ingest.refused == {"unstorable": 1}


def test_alerts_overtake_everything_else(here: World, mill: Speaker) -> None:
    for _ in range(200):
        here.whistle.ingest.arrived(*mill.sealed(mill.pulse()))
    here.whistle.ingest.arrived(*mill.sealed(mill.alert()))
    here.whistle.ingest.take(here.whistle.ingest.inbox.take(0))
    assert len(here.told(Settled)) == 1


def test_a_full_inbox_drops_the_newest_counts_it_and_says_so(here: World, mill: Speaker) -> None:
    here.whistle.ingest.inbox._room = 2
    for sequence in range(4):
        here.whistle.ingest.arrived(*mill.sealed(mill.alert(sequence=sequence)))
    here.whistle.ingest.take(here.whistle.ingest.inbox.take(0))
    assert len(rows(here, alerts)) == 2 == len(here.told(Settled))
    here.whistle.rounds.once()
    assert any("2 messages came faster" in one.text for one in here.whistle.health.troubles)


def test_a_clock_that_was_never_set_or_runs_ahead_ages_nothing(here: World, mill: Speaker) -> None:
    here.hear(mill, mill.alert(heard_at=12.0), mill.alert(sequence=7, tag="b" * 16, heard_at=START + 9e6))
    assert [one.raised_at for one in rows(here, alerts)] == [START, START]


def test_the_thread_takes_what_arrives_by_itself(here: World, mill: Speaker) -> None:
    done = threading.Event()
    here.whistle.ingest.on_line = lambda *_: done.set()
    here.whistle.ingest.start()
    here.whistle.ingest.arrived(*mill.sealed(mill.alert(node=CORNER)))
    assert done.wait(5)
    here.whistle.ingest.stop()
    assert not here.whistle.ingest.running


def test_of_waiting_pulses_and_states_only_the_newest_is_written(here: World, mill: Speaker) -> None:
    for n in range(500):
        here.whistle.ingest.arrived(*mill.sealed(mill.pulse(node=n % 5, at=START - 500 + n, battery=n % 100)))
        here.whistle.ingest.arrived(*mill.sealed(mill.state(outbox=n)))
    here.whistle.ingest.arrived(*mill.sealed(mill.pulse(node=4, at=START - 9000, battery=1)))  # came late
    assert here.whistle.ingest.inbox.waiting == 6 and not here.whistle.ingest.inbox.dropped
    here.hear(mill)
    with here.whistle.store.read() as connection:
        beacons = {node: store_air.pulse(row) for node, row in store_air.all_beacons(connection).items()}
        states = store_air.all_gateways(connection)
    assert {node: one.battery for node, one in beacons.items() if one} == {n: 95 + n for n in range(5)}
    assert states[mill.gateway][1].outbox == 499
