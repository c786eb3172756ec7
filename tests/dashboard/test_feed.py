"""The open feed, as this dashboard uses it: what goes out, and what never does."""

from typing import Any

import pytest

from dashboard import feed as feeds
from tests.support.dashboards import COURT, TAG, Captain, Speaker, World, add, world
from whistle.bus.messages import NO_TAG


class Broker:
    """Stands for whistle.bus.open_feed.OpenFeed's broker: keeps what is published."""

    def __init__(self) -> None:
        self.published: list[tuple[str, bytes]] = []
        self.trouble = None

    def publish(self, topic: str, payload: bytes) -> bool:
        self.published.append((topic, payload))
        return True

    def start(self) -> None:
        return None

    def close(self) -> None:
        return None


@pytest.fixture
def broker(monkeypatch) -> Broker:
    made = Broker()
    monkeypatch.setattr("whistle.bus.open_feed.Link", lambda *_, **__: made)
    return made


@pytest.fixture
def fed(tmp_path, broker: Broker) -> Any:
    made = world(tmp_path, open_feed="mqtt://127.0.0.1:1")
    made.whistle.feed.look()
    yield made
    made.whistle.stop()


def topics(broker: Broker) -> list[str]:
    return [topic.split("/", 3)[3] for topic, _ in broker.published]


def test_it_tells_of_alerts_answers_and_gateways(fed: World, broker: Broker) -> None:
    mill = Speaker(fed.site)
    add(fed)
    maria = Captain(fed)
    maria.sign_in()
    fed.hear(mill, mill.state(), mill.alert())
    maria.answer(1, "coming")
    name = "0a1b2c3d-00000412"
    assert topics(broker) == [f"alert/{name}", f"gateway/{mill.gateway}", f"answer/{name}"]
    assert b'"place":"34th & Cedar"' in broker.published[0][1]
    assert all(b"Maria" not in payload for _, payload in broker.published)


def test_an_alert_heard_again_is_told_once(fed: World, broker: Broker) -> None:
    mill = Speaker(fed.site)
    fed.hear(mill, mill.alert(row=1), mill.alert(row=1))
    assert len(broker.published) == 1


def test_silence_and_duress_are_never_told(fed: World, broker: Broker) -> None:
    mill = Speaker(fed.site)
    add(fed)
    maria = Captain(fed)
    maria.sign_in()
    fed.hear(mill, mill.alert(event="silent", tag=NO_TAG, node=COURT))
    maria.answer(1, "coming")
    assert broker.published == []
    fed.hear(mill, mill.alert(), mill.alert(event="duress", sequence=1043, of=1042, tag="a" * 16))
    maria.answer(2, "clear")
    assert len(broker.published) == 2 and b'"event":"cancelled"' in broker.published[1][1]


def test_off_without_a_broker_and_a_keepers_choice_is_kept(fed: World, broker: Broker, tmp_path) -> None:
    mill = Speaker(fed.site)
    add(fed)
    maria = Captain(fed)
    maria.sign_in()
    assert "Open feed: on" in maria.get("/settings").get_data(as_text=True)
    maria.post("/settings/feed", {"on": "0"})
    assert not fed.whistle.feed.on and not feeds.switched(fed.whistle.store)
    fed.hear(mill, mill.alert(tag=TAG))
    assert broker.published == []
    fed.whistle.stop()
    again = world(tmp_path, fed.site, open_feed="mqtt://127.0.0.1:1")
    again.whistle.feed.look()
    assert not again.whistle.feed.on
    feeds.switch(again.whistle.store, True)
    again.whistle.feed.look()
    assert again.whistle.feed.on
    again.whistle.stop()
