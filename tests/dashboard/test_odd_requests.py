"""Whatever is asked, in whatever shape, is answered with a sentence: never with an error of ours."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.dashboards import PASSWORD, START, Captain, Speaker, World, add, world

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW")
NUMBERS = st.one_of(
    st.integers(-3, 70),
    st.sampled_from([2**31, 2**53, 2**63 - 1, 2**63, -(2**63) - 1, 10**30, 10**400, 10**5000]),
).map(lambda number: f"{number}" if abs(number) < 10**4000 else "9" * 5000)
ODD = [
    "",
    "\0",
    "%00",
    "\u202e",
    "\ud7ff",
    "é",
    "a" * 3000,
    "//evil",
    "http://[",
    "/\\x",
    "'; --",
    "1e999",
    "NaN",
    "{}",
    "[",
    "٣",
]
TEXTS = st.one_of(
    NUMBERS, st.sampled_from(ODD), st.text(max_size=40, alphabet=st.characters(exclude_categories=["Cs"]))
)
FIELDS = (
    "answer",
    "name",
    "password",
    "old",
    "new",
    "on",
    "next",
    "page",
    "armed",
    "painted",
    "after",
    "before",
    "paints",
)
PAIRS = st.dictionaries(st.sampled_from(FIELDS), TEXTS, max_size=5)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(allow_nan=False), st.integers(), st.text(max_size=9)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4)),
    max_leaves=12,
)
RAW = st.one_of(st.binary(max_size=80), st.sampled_from([b"[" * 60_000, b'{"painted":' + b"9" * 5000 + b"}"]))
HEADERS = st.dictionaries(
    st.sampled_from(
        ["Last-Event-ID", "Range", "If-Range", "If-Modified-Since", "Content-Type", "Referer", "Origin", "Cookie"]
    ),
    st.one_of(
        NUMBERS,
        st.sampled_from(
            ["bytes=0-", "bytes=9-1", "bytes=-0", "x", "application/json", "multipart/form-data", "whistle=.;;="]
        ),
    ),
    max_size=3,
)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Captain, Any]]:
    """A dashboard with something in it, a captain who is signed in, and a browser of nobody."""
    here = world(tmp_path_factory.mktemp("odd"))
    (here.whistle.settings.data / "basemap.pmtiles").write_bytes(b"PMTiles\x03" + bytes(100))
    object.__setattr__(here.whistle.settings, "basemap", here.whistle.settings.data / "basemap.pmtiles")
    add(here)
    mill = Speaker(here.site)
    here.hear(mill, mill.state(), mill.pulse(), mill.alert(), mill.alert(sequence=7, tag="b" * 16, event="silent"))
    here.app.extensions["whistle_limiter"].hit = lambda *_: True  # this test is no guess at passwords
    captain = Captain(here)
    assert captain.sign_in().status_code == 302
    yield here, captain, here.app.test_client()
    here.whistle.stop()


def rules(here: World) -> list[str]:
    return sorted({rule.rule for rule in here.app.url_map.iter_rules()})


@settings(max_examples=1500, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_no_request_is_an_error_of_ours(asked: tuple[World, Captain, Any], data: st.DataObject) -> None:
    here, captain, nobody = asked
    here.time.wall_now = here.time.steady_now = START  # sessions do not end meanwhile
    rule = data.draw(st.sampled_from(rules(here)))
    if "sign-out" in rule:
        return  # the test below
    path = fill(rule, data.draw(NUMBERS), data.draw(TEXTS))
    signed_in = data.draw(st.booleans())
    headers = data.draw(HEADERS) | ({"X-CSRFToken": captain.token} if data.draw(st.booleans()) else {})
    if data.draw(st.booleans()):
        headers["X-Requested-With"] = "fetch"
    body: dict[str, Any] = data.draw(
        st.one_of(
            PAIRS.map(lambda form: {"data": form | {"csrf_token": captain.token}}),
            JSON.map(lambda json: {"json": json}),
            RAW.map(lambda raw: {"data": raw}),
        )
    )
    answer = (captain.client if signed_in else nobody).open(
        path,
        method=data.draw(st.sampled_from(METHODS)),
        query_string=data.draw(PAIRS),
        headers=headers,
        buffered=False,
        **body,
    )
    next(iter(answer.response), None)
    answer.close()
    assert answer.status_code < 500 or (answer.status_code == 503 and rule == "/live")
    assert here.whistle.live.open == 0


def fill(rule: str, number: str, text: str) -> str:
    return (
        rule.replace("<path:filename>", text.replace("\0", "0").replace("?", "%3F") or "x")
        if "<path" in rule
        else _numbered(rule, number)
    )


def _numbered(rule: str, number: str) -> str:
    begin, found, rest = rule.partition("<")
    return begin + number.lstrip("-") + rest.partition(">")[2] if found else rule


@pytest.mark.parametrize("number", [2**63 - 1, 2**63, 10**30, 10**400])
def test_a_number_no_store_holds_is_not_there(here: World, maria: Captain, number: int) -> None:
    assert maria.get(f"/alerts/{number}").status_code == 404
    assert maria.answer(number, "seen").status_code in (404, 409)
    assert maria.get(f"/history?before={number}").status_code in (200, 400)
    assert maria.get(f"/live/since?after={number}").status_code == 200
    assert maria.get(f"/live/since?after=-{number}").status_code == 200


def test_an_odd_way_back_leads_home_after_signing_in(here: World) -> None:
    add(here)
    for odd in ("http://[", "//[::1", "/\\evil", "\n", "https://evil.example/"):
        captain = Captain(here)
        captain.get("/sign-in")
        form = {"csrf_token": captain.token, "name": "Maria", "password": PASSWORD}
        answer = captain.client.post("/sign-in", query_string={"next": odd}, data=form)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/")
