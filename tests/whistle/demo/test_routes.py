"""Whatever is sent to the demo's routes, the answer is one sentence and never a failure; streams starve nobody."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dashboard import create_app
from dashboard.settings import Settings
from tests.support.dashboards import CORNER, bundle
from whistle.demo import jsonlines
from whistle.demo.asked import LARGEST
from whistle.demo.errors import Refused
from whistle.demo.page import STREAMS, Page
from whistle.demo.ports import free_port
from whistle.demo.routes import blueprint
from whistle.simulator.errors import NoSuchNode

THREADS = 8


class Air:
    """Stands where the simulator's control stands; one beacon."""

    def __init__(self) -> None:
        self.edges: list[bool] = []

    def button(self, node: int, down: bool) -> None:
        if node != CORNER:
            raise NoSuchNode(node)
        self.edges.append(down)

    def watch(self) -> Iterator[dict[str, Any]]:
        return iter([{"event": "lamp", "node": CORNER, "on": True, "pattern": "sent"}])


def answer(request: dict[str, Any]) -> dict[str, Any]:
    if request.get("name") not in (None, "jam"):
        raise Refused("There is no such switch.")
    return {"switches": []}


@pytest.fixture(scope="module")
def air() -> Air:
    return Air()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, air: Air) -> Iterator[tuple[Flask, Page]]:
    """The dashboard with the demo's routes, as `whistle.demo.serving` puts them together."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "data").mkdir()
    (folder / "street.json").write_text(json.dumps({"held": CORNER, "nodes": []}))
    port = free_port()
    supervisor = jsonlines.serve(port, answer)
    app = create_app(Settings(bundle(), folder / "data", "mqtt://127.0.0.1:1", threads=THREADS))
    app.config["WTF_CSRF_ENABLED"] = False
    whistle = app.extensions["whistle"]
    made = Page(whistle, air, port, folder / "street.json", "Maria")
    app.register_blueprint(blueprint(made))
    app.extensions["whistle_public"].add("demo.")
    yield app, made
    whistle.store.close()
    supervisor.shutdown()
    supervisor.server_close()


@pytest.fixture(scope="module")
def client(page: tuple[Flask, Page]) -> FlaskClient:
    return page[0].test_client()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.dictionaries(st.sampled_from(["page", "turn", "node", "name", "x"]), JSON, max_size=5)
WORD = {"page": "a", "turn": 1, "node": 5, "down": True}  # no beacon has this number
WRONG = st.tuples(st.sampled_from(sorted(WORD)), JSON).map(lambda one: WORD | {one[0]: one[1]})
BODIES = st.binary(max_size=200) | (JSON | FIELDS | WRONG).map(lambda value: json.dumps(value).encode())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(["/demo/button", "/demo/trouble"]), body=BODIES)
@example(path="/demo/button", body=b"[" * 900)
@example(path="/demo/button", body=b'{"node": ' + b"[" * 900)
@example(path="/demo/trouble", body=b'{"x": ' + b'{"x": ' * 150)
@example(path="/demo/button", body=b'{"page":"a","turn":1,"node":1e999,"down":true}')
@example(path="/demo/button", body=b'{"page":"a","turn":1,"node":' + b"9" * 400 + b',"down":true}')
@example(path="/demo/button", body=b'{"page":"a","turn":9,"node":5,"down":true}')
@example(path="/demo/button", body=b'{"page":"\\ud800","turn":9,"node":5,"down":true}')
@example(path="/demo/button", body=b"")
@example(path="/demo/button", body=b"x" * (LARGEST + 1))
def test_what_is_no_request_is_answered_with_400_and_one_sentence(client: FlaskClient, path: str, body: bytes) -> None:
    said = client.post(path, data=body, content_type="application/json")
    assert said.status_code == 400, (body, said.status_code)
    sentence = said.get_json()["error"]
    assert sentence and "\n" not in sentence and len(sentence) < 300


def test_a_body_beyond_all_measure_is_refused_unread(client: FlaskClient) -> None:
    said = client.post("/demo/button", data=b"[" * 100_000, content_type="application/json")
    assert said.status_code == 413 and str(LARGEST) in said.get_json()["error"]


def test_a_real_word_presses_and_a_real_switch_turns(client: FlaskClient, air: Air) -> None:
    for turn, down in ((1, True), (2, False)):
        word = {"page": "real", "turn": turn, "node": CORNER, "down": down}
        assert client.post("/demo/button", json=word).status_code == 200
    assert air.edges == [True, False]
    assert client.post("/demo/trouble", json={"name": "jam", "on": True}).get_json() == {"switches": []}
    assert client.post("/demo/trouble", json={"name": "moon", "on": True}).status_code == 409


def test_a_part_that_does_not_answer_is_named(page: tuple[Flask, Page], client: FlaskClient) -> None:
    made = page[1]
    supervisor, made._supervisor = made._supervisor, free_port()
    said = client.post("/demo/trouble", json={"name": "jam", "on": True})
    made._supervisor = supervisor
    assert said.status_code == 503 and "does not answer" in said.get_json()["error"]


def test_streams_take_a_quarter_of_the_threads_and_the_others_are_told_to_ask(client: FlaskClient) -> None:
    streams = [client.get("/demo/events") for _ in range(THREADS // STREAMS)]
    refused = client.get("/demo/events")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "30")
    assert client.get("/demo/since?after=0").status_code == 200
    streams[0].close()
    again = client.get("/demo/events")
    assert again.status_code == 200
    for stream in [*streams[1:], again]:
        stream.close()


@pytest.mark.parametrize("after", ["", "x", "-1", "9" * 400, "١"])
def test_an_odd_place_to_go_on_from_is_the_newest(client: FlaskClient, after: str) -> None:
    assert client.get("/demo/since", query_string={"after": after}).get_json() == []


def test_a_page_without_a_stream_gets_the_same_events(page: tuple[Flask, Page], client: FlaskClient) -> None:
    made = page[1]
    before = client.get("/demo/town").get_json()["newest"]
    made._follow(Air())
    [piece] = client.get(f"/demo/since?after={before}").get_json()
    assert (piece["number"], piece["name"], piece["event"]["pattern"]) == (before + 1, "lamp", "sent")
    assert client.get("/demo/town").get_json()["shown"] == {str(CORNER): "sent"}
