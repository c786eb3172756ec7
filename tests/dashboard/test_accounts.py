"""Who may come in, and what a stranger gets: nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from dashboard import store_people
from tests.support.dashboards import PASSWORD, SITE, START, Captain, World, add, world

PUBLIC = {"static", "accounts.sign_in"}


def routes(app: Flask, method: str) -> Iterator[tuple[str, str]]:
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or ()):
            yield rule.endpoint, rule.rule.replace("<number:alert>", "1").replace("<path:filename>", "app.js")


def test_no_route_but_the_door_answers_a_stranger(here: World) -> None:
    stranger = Captain(here)
    stranger.get("/sign-in")
    tried = 0
    for method in ("GET", "POST"):
        for endpoint, path in routes(here.app, method):
            if endpoint in PUBLIC:
                continue
            tried += 1
            answer = stranger.client.open(path, method=method, data={"csrf_token": stranger.token})
            there = answer.headers.get("Location", "")
            assert answer.status_code == 401 or (answer.status_code == 302 and there.startswith("/sign-in?")), path
    assert tried >= 17


def test_a_route_added_by_another_program_is_closed_too_unless_it_says_otherwise(here: World) -> None:
    here.app.add_url_rule("/demo", "demo.page", lambda: "press here")
    assert Captain(here).get("/demo").status_code == 302
    here.app.extensions["whistle_public"].add("demo.")
    assert Captain(here).get("/demo").get_data() == b"press here"


def test_every_post_wants_the_token_of_the_page(here: World, maria: Captain) -> None:
    tried = 0
    for endpoint, path in routes(here.app, "POST"):
        tried += 1
        for form in ({}, {"csrf_token": "forged"}):
            answer = maria.client.post(path, data=form)
            assert answer.status_code == 400, endpoint
            assert "did not come from this page" in answer.get_data(as_text=True)
    assert tried >= 7


def test_no_get_changes_anything(here: World, maria: Captain) -> None:
    for method in ("GET", "HEAD"):
        for path in ("/sign-out", "/alerts/1/answer", "/settings/feed", "/settings/password", "/live/here"):
            assert maria.client.open(path, method=method).status_code == 405


def test_a_wrong_password_says_nothing_about_names(here: World, maria: Captain) -> None:
    wrong = Captain(here).sign_in("not the password")
    nobody = Captain(here, "Nobody").sign_in("not the password")
    for answer in (wrong, nobody):
        assert answer.status_code == 401 and "Name or password is not right." in answer.get_data(as_text=True)


def test_five_wrong_passwords_close_an_account_for_fifteen_minutes(here: World) -> None:
    add(here)
    for _ in range(5):
        assert Captain(here).sign_in("wrong again").status_code == 401
    closed = Captain(here).sign_in(PASSWORD)
    assert closed.status_code == 429 and "Wait 15 minutes" in closed.get_data(as_text=True)
    assert Captain(here, "maria ").sign_in(PASSWORD).status_code == 429  # another spelling is the same account


def test_nobody_can_lock_a_captain_out_of_her_own_browser(here: World, maria: Captain) -> None:
    maria.post("/sign-out", {})
    for _ in range(5):
        Captain(here).sign_in("wrong again")
    assert Captain(here).sign_in(PASSWORD).status_code == 429
    assert maria.sign_in(PASSWORD).status_code == 302


def test_twenty_wrong_passwords_close_an_address(here: World) -> None:
    add(here)
    for n in range(20):
        assert Captain(here, f"guess {n}").sign_in("wrong").status_code == 401
    assert Captain(here).sign_in(PASSWORD).status_code == 429


def test_signing_in_makes_a_new_session_whatever_the_browser_brings(here: World) -> None:
    add(here)
    captain = Captain(here)
    captain.get("/sign-in")
    name = f"whistle-{SITE[:8]}"
    before = captain.client.get_cookie(name)
    captain.sign_in()
    first = captain.client.get_cookie(name)
    captain.sign_in()
    second = captain.client.get_cookie(name)
    assert before and first and second and len({before.value, first.value, second.value}) == 3


def test_the_cookie_is_not_for_scripts_and_other_sites(here: World) -> None:
    add(here)
    cookies = Captain(here).sign_in().headers.getlist("Set-Cookie")
    assert cookies and all("HttpOnly" in one and "SameSite=Lax" in one for one in cookies)


def test_behind_https_cookies_are_for_https_alone(tmp_path: Path) -> None:
    safe = world(tmp_path, tls=True)
    add(safe)
    captain = Captain(safe)
    captain.client.environ_base["wsgi.url_scheme"] = "https"
    captain.client.environ_base["HTTP_REFERER"] = "https://localhost/sign-in"
    answer = captain.sign_in()
    cookies = answer.headers.getlist("Set-Cookie")
    assert answer.status_code == 302 and all("Secure" in one for one in cookies)
    assert any(one.startswith("__Host-") for one in cookies)
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    safe.whistle.stop()


def test_a_session_ends_when_idle_and_after_twelve_hours(here: World, maria: Captain) -> None:
    here.time.pass_(59 * 60)
    assert maria.get("/").status_code == 200
    here.time.pass_(59 * 60)
    assert maria.get("/").status_code == 200
    here.time.pass_(61 * 60)
    assert maria.get("/").status_code == 302
    maria.sign_in()
    for _ in range(13):
        here.time.pass_(55 * 60)
        maria.get("/")
    assert maria.get("/").status_code == 200
    here.time.pass_(10 * 60)
    assert maria.get("/").status_code == 302


def test_being_on_watch_keeps_the_session(here: World, maria: Captain) -> None:
    for _ in range(9):
        here.time.pass_(20 * 60)
        assert maria.json("/live/here", {"page": "p", "armed": True, "painted": 0}).status_code == 204
    assert maria.get("/").status_code == 200


def test_signing_out_ends_the_session_in_the_store(here: World, maria: Captain) -> None:
    name = f"whistle-{SITE[:8]}"
    old = maria.client.get_cookie(name)
    maria.post("/sign-out", {})
    maria.client.set_cookie(name, old.value)  # somebody kept a copy
    assert maria.get("/").status_code == 302


def test_one_captain_can_end_her_other_sessions(here: World, maria: Captain) -> None:
    other = Captain(here)
    other.sign_in()
    assert other.get("/").status_code == 200
    maria.get("/settings")
    assert maria.post("/settings/sign-out-others", {}).status_code == 302
    assert (other.get("/").status_code, maria.get("/").status_code) == (302, 200)


def test_a_new_password_wants_the_old_one_and_ends_other_sessions(here: World, maria: Captain) -> None:
    other = Captain(here)
    other.sign_in()
    maria.post("/settings/password", {"old": "no", "new": "another four words"})
    assert "was not right" in maria.get("/settings").get_data(as_text=True).replace("is not right", "was not right")
    maria.post("/settings/password", {"old": PASSWORD, "new": "short"})
    assert "8 to 256 characters" in maria.get("/settings").get_data(as_text=True)
    maria.post("/settings/password", {"old": PASSWORD, "new": "another four words"})
    assert other.get("/").status_code == 302
    assert Captain(here).sign_in(PASSWORD).status_code == 401
    assert Captain(here).sign_in("another four words").status_code == 302


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_leads_nowhere_else(here: World, target: str) -> None:
    add(here)
    captain = Captain(here)
    captain.get("/sign-in")
    answer = captain.client.post(
        "/sign-in",
        query_string={"next": target},
        data={"csrf_token": captain.token, "name": "Maria", "password": PASSWORD},
    )
    assert answer.status_code == 302 and answer.headers["Location"] == "/"


def test_the_store_holds_no_password_and_no_token(here: World, maria: Captain) -> None:
    with here.whistle.store.write() as connection:
        token = store_people.open_session(connection, 1, START)
    data = b"".join(path.read_bytes() for path in here.whistle.store.path.parent.glob("store.sqlite*"))
    assert b"$argon2id$" in data
    for secret in (PASSWORD, token):
        assert secret.encode() not in data
    assert (here.whistle.store.path.parent / "session.key").stat().st_mode & 0o077 == 0
