"""Under each switch stands what came since it was last pressed, and nothing that another switch did."""

from typing import Any

from whistle.demo.since import Figures, Since

NOTHING = Figures(0, 0, {}, 0)


def switches(**pressed: int) -> list[dict[str, Any]]:
    return [{"name": name, "pressed": pressed.get(name, 0)} for name in ("gateway", "forge", "replay")]


def test_a_switch_that_was_never_pressed_says_nothing() -> None:
    assert Since().shown(switches(), Figures(9, 1, {"tag": 3}, 2)) == {}


def test_what_the_press_did_before_the_figures_were_looked_at_again_counts() -> None:
    since = Since()
    since.shown(switches(), Figures(2, 0, {"tag": 1}, 5))
    came = since.shown(switches(forge=1), Figures(3, 0, {"tag": 2}, 6))
    assert came == {"forge": {"calls": 1, "lost": 0, "refusals": [{"reason": "tag", "count": 1}], "absorbed": 0}}


def test_a_second_press_begins_anew_and_until_then_the_line_goes_on() -> None:
    since = Since()
    since.shown(switches(gateway=1), NOTHING)
    assert since.shown(switches(gateway=1), Figures(2, 1, {}, 0))["gateway"]["lost"] == 1
    assert since.shown(switches(gateway=2), Figures(2, 1, {}, 0))["gateway"]["lost"] == 0


def test_no_switch_answers_for_anothers_doing() -> None:
    since = Since()
    since.shown(switches(gateway=1, forge=1, replay=1), NOTHING)
    now = Figures(0, 0, {"tag": 1, "replay": 4, "malformed": 2}, 7)
    came = since.shown(switches(gateway=1, forge=1, replay=1), now)
    assert {name: (one["refusals"], one["absorbed"]) for name, one in came.items()} == {
        "gateway": ([{"reason": "malformed", "count": 2}], 0),
        "forge": ([{"reason": "tag", "count": 1}], 0),
        "replay": ([{"reason": "replay", "count": 4}], 7),
    }


def test_a_gateway_that_counts_from_nothing_again_takes_nothing_away() -> None:
    since = Since()
    since.shown(switches(), Figures(5, 0, {"tag": 3}, 9))
    came = since.shown(switches(forge=1, replay=1), Figures(5, 0, {}, 0))
    assert [(one["refusals"], one["absorbed"]) for one in came.values()] == [([], 0), ([], 0)]
