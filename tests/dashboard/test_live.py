"""The live line: nothing missed, nothing twice, no page left waiting for ever."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from dashboard import store, stream
from dashboard.live import Live, Now
from tests.support.dashboards import HALL, Captain, Speaker, World


def events(raw: Iterator[bytes]) -> Iterator[tuple[int | None, str, Any]]:
    """What an EventSource would make of the bytes."""
    buffer = b""
    for piece in raw:
        buffer += piece
        *blocks, buffer = buffer.split(b"\n\n")
        for block in blocks:
            fields = dict(line.split(b": ", 1) for line in block.split(b"\n") if line and not line.startswith(b":"))
            if b"event" in fields:
                number = int(fields[b"id"]) if b"id" in fields else None
                yield number, fields[b"event"].decode(), json.loads(fields[b"data"])


@pytest.fixture
def opened(maria: Captain) -> Iterator[Any]:
    """`opened(query, **headers)`: the events of a stream, closed at the end of the test."""
    answers = []

    def start(query: str = "", **headers: str) -> Iterator[tuple[int | None, str, Any]]:
        answer = maria.client.get(f"/live?page=p1&{query}", headers=headers, buffered=False)
        answers.append(answer)
        assert answer.status_code == 200 and answer.mimetype == "text/event-stream"
        return events(iter(answer.response))

    yield start
    for answer in answers:
        answer.close()


def test_an_alert_comes_as_a_whole_card_under_the_id_of_its_change(here: World, mill: Speaker, opened) -> None:
    line = opened()
    assert next(line)[1] == "alive"
    here.hear(mill, mill.alert())
    number, name, data = next(line)
    assert (number, name, data["id"], data["ring"]) == (here.whistle.live.now.newest, "alert", 1, "siren")
    assert data["html"].startswith('<article class="card open" id="alert-1"')
    assert "csrf_token" not in data["html"]  # a card is the same for every page; the page adds its own token
    assert data["say"] == "Help at 34th & Cedar. Nobody has answered yet."
    assert data["feature"]["geometry"]["coordinates"] == [-31.0, 44.0]


def test_resuming_gives_exactly_what_was_missed(here: World, mill: Speaker, opened) -> None:
    here.hear(mill, *(mill.alert(sequence=n, tag=f"{n:016x}") for n in range(1, 6)))
    all_of_it = opened("after=0")
    next(all_of_it)
    first = [next(all_of_it) for _ in range(5)]
    assert [data["id"] for _, _, data in first] == [1, 2, 3, 4, 5]
    again = opened("after=0", **{"Last-Event-ID": str(first[2][0])})
    next(again)
    assert [next(again)[2]["id"] for _ in range(2)] == [4, 5]


def test_nothing_is_missed_or_out_of_order_under_many_writers(here: World, maria: Captain) -> None:
    """Readers that lose their line again and again, while two gateways and a captain write."""
    speakers = [Speaker(here.site), Speaker(here.site, HALL)]
    done = threading.Event()
    per_writer = 60

    def write(who: int) -> None:
        speaker = speakers[who]
        for n in range(per_writer):
            here.whistle.ingest.arrived(*speaker.sealed(speaker.alert(sequence=who * 1000 + n, tag=f"{who}{n:015x}")))

    def drain() -> None:
        while not (done.is_set() and not here.whistle.ingest.inbox.waiting):
            batch = here.whistle.ingest.inbox.take(0.05)
            if batch:
                here.whistle.ingest.take(batch)

    threads = [threading.Thread(target=write, args=(0,)), threading.Thread(target=drain)]
    for one in threads:
        one.start()
    seen: dict[int, int] = {}
    last, reconnects = 0, 0
    while len(seen) < per_writer * 2:
        answer = maria.client.get("/live?page=p1&after=0", headers={"Last-Event-ID": str(last)}, buffered=False)
        for number, name, data in events(iter(answer.response)):
            if name == "alert":
                assert number is not None and number > last, "an event came twice, or out of order"
                last = number
                seen[data["id"]] = number
                if len(seen) % 17 == 0:
                    break  # the line breaks
            if len(seen) == 20 and len(threads) == 2:
                threads.append(threading.Thread(target=write, args=(1,)))
                threads[-1].start()
            if len(seen) == per_writer * 2:
                break
        answer.close()
        reconnects += 1
    done.set()
    for one in threads:
        one.join()
    assert sorted(seen) == list(range(1, per_writer * 2 + 1)) and reconnects > 3


def test_a_page_that_missed_very_much_gets_all_of_it(here: World, opened) -> None:
    with here.whistle.store.write() as connection:
        for n in range(1100):
            newest = store.note(connection, "beacon", n)
    here.whistle.live.announce(newest)
    line = opened("after=0")
    next(line)
    give_up = threading.Timer(20, here.whistle.live.stop)
    give_up.start()
    got = [data["ref"] for _, data in zip(range(1100), (data for _, _, data in line), strict=False)]
    give_up.cancel()
    assert got == [str(n) for n in range(1100)]


def test_a_page_that_was_away_too_long_is_told_to_start_afresh(here: World, mill: Speaker, opened, monkeypatch) -> None:
    monkeypatch.setattr(store, "KEEP_CHANGES", 10)
    with here.whistle.store.write() as connection:
        for _ in range(1500):
            store.note(connection, "beacon", 1)
        newest = store.last_change(connection)
    here.whistle.live.announce(newest)
    line = opened("after=3")
    next(line)
    assert next(line)[:2] == (newest, "reset")


def test_a_page_that_knows_another_store_is_told_to_start_afresh(here: World, mill: Speaker, opened) -> None:
    line = opened("after=0", **{"Last-Event-ID": "999999"})
    next(line)
    assert next(line)[:2] == (here.whistle.live.now.newest, "reset")
    here.hear(mill, mill.alert())
    assert next(line)[1] == "alert"


def test_half_the_threads_hold_streams_and_the_next_page_is_told_to_ask(here: World, mill: Speaker, maria: Captain):
    room = here.whistle.settings.streams
    assert room == 32
    lines = [maria.client.get(f"/live?page={n}", buffered=False) for n in range(room)]
    for line in lines:
        next(iter(line.response))
    refused = maria.client.get("/live?page=more")
    assert refused.status_code == 503 and refused.headers["Retry-After"] == "30"
    here.hear(mill, mill.alert())
    asked = maria.client.get("/live/since?page=more&after=0").get_json()
    assert [one["event"] for one in asked["events"]] == ["alert"] and asked["alive"]["gateways_all"] == 2
    lines[0].close()
    back = maria.client.get("/live?page=more", buffered=False)
    assert back.status_code == 200
    for line in [*lines[1:], back]:
        line.close()
    assert here.whistle.live.open == 0


def test_how_things_stand_comes_without_an_id_when_it_changes(here: World, mill: Speaker, opened) -> None:
    line = opened("armed=1")
    assert next(line)[0] is None
    here.whistle.rounds.once()
    number, name, data = next(line)
    assert (number, name, data["watchers"]) == (None, "alive", ["Maria"])
    assert any("broker is down" in one["text"] for one in data["troubles"])


def test_a_heartbeat_every_fifteen_seconds(here: World, opened, monkeypatch) -> None:
    monkeypatch.setattr(stream, "LOOK_S", 0.01)
    line = opened()
    next(line)
    here.time.pass_(stream.BEAT_S)
    assert next(line)[1] == "alive"


def test_a_session_that_ends_takes_its_stream_along(here: World, maria: Captain, opened, monkeypatch) -> None:
    monkeypatch.setattr(stream, "LOOK_S", 0.01)
    line = opened()
    next(line)
    here.time.pass_(13 * 3600)
    assert [name for _, name, _ in line] == ["signed-out"]


def test_stopping_ends_every_stream_at_once(here: World, opened) -> None:
    line = opened()
    next(line)
    here.whistle.live.stop()
    assert list(line) == []


def test_no_stream_waits_longer_than_the_commit(here: World) -> None:
    """A writer wakes a sleeping reader by the condition, not by the reader's own clock."""
    live = Live(5, 2)
    woken: list[Now] = []
    reader = threading.Thread(target=lambda: woken.append(live.wait(live.now, 30)))
    reader.start()
    live.announce(6, urgent=False)  # a pulse wakes nobody
    reader.join(0.2)
    assert reader.is_alive()
    live.announce(7)
    reader.join(2)
    assert woken == [Now(7, 7, 0)] and not reader.is_alive()


def test_ids_never_go_back() -> None:
    live = Live(5, 2)
    live.announce(9)
    live.announce(7)
    assert live.now.newest == 9
