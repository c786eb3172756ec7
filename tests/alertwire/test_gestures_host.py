"""Any presses whatever: the machine says what a plain reading of the list of presses says, and holds never cancel."""

from alertwire.gestures import Gestures
from hypothesis import example, given
from hypothesis import strategies as st

TAP, GAP, HOLD = 600, 600, 1500
HINTS = ("holding", "released")

# A press: how long down, how long up afterwards.
PRESSES = st.lists(st.tuples(st.integers(1, 4000), st.integers(1, 2000)), max_size=25)
QUICK = st.lists(st.tuples(st.integers(1, 700), st.integers(1, 700)), max_size=25)
HOLDS = st.lists(st.tuples(st.integers(TAP, 9000), st.integers(1, 3000)), max_size=20)
OPENED = st.none() | st.integers(-60000, 0)


def run(presses: list[tuple[int, int]], opened: int | None, woken: bool, punctual: bool) -> list[str]:
    """What the machine says. Not punctual: nobody calls `timeout` before the next edge."""
    machine = Gestures(woken=woken)
    machine.opened = opened
    said: list[str | None] = []
    now = 0
    for down, up in presses:
        for pressed, lasts in ((True, down), (False, up)):
            said.append(machine.edge(pressed, now))
            while punctual and (due := machine.due()) is not None and due <= now + lasts:
                said.append(machine.timeout(due))
            now += lasts
    while (due := machine.due()) is not None:
        said.append(machine.timeout(due))
    return [one for one in said if one and one not in HINTS]


def plain(presses: list[tuple[int, int]], opened: int | None, woken: bool) -> list[str]:
    """The same read off the list as a person would, with the end in sight."""
    said = []
    taps = now = 0

    def run_of(count: int, at: int) -> str | None:
        if opened is None:
            return "selftest" if count == 1 else "silent" if count >= (3 if first else 5) else None
        kinds = {2: "medical", 3: "fire", 4: "watch"} if at - opened <= 30000 else {}
        return "again" if count > 5 else {**kinds, 5: "cancel"}.get(count)

    first = woken
    for down, up in presses:
        if down < TAP:
            taps += 1
        elif taps == 4:
            said.append("silent" if opened is None else "duress")
            taps, first = 0, False
        elif down >= HOLD:
            said.append("help" if opened is None else "again")
            taps, first = 0, False
        else:
            if taps > 4:
                said.append("silent" if opened is None else "again")
                first = False
            taps = 0
        now += down
        if taps and up >= GAP:
            said.append(run_of(taps, now))
            taps, first = 0, False
        now += up
    if taps:
        said.append(run_of(taps, now - up))
    return [one for one in said if one]


@given(PRESSES | QUICK, OPENED, st.booleans(), st.booleans())
@example([(100, 100)] * 5, -1, False, True)
@example([(100, 100)] * 4 + [(600, 1)], -1, False, False)
@example([(100, 100)] * 6 + [(700, 1)], None, False, True)
def test_the_machine_says_what_the_list_says(
    presses: list[tuple[int, int]], opened: int | None, woken: bool, punctual: bool
) -> None:
    assert run(presses, opened, woken, punctual) == plain(presses, opened, woken)


@given(HOLDS, OPENED, st.booleans(), st.booleans())
def test_no_sequence_of_holds_alone_ever_cancels(
    presses: list[tuple[int, int]], opened: int | None, woken: bool, punctual: bool
) -> None:
    assert not {"cancel", "duress"} & set(run(presses, opened, woken, punctual))


@given(PRESSES | QUICK, OPENED, st.booleans())
def test_a_cancel_takes_five_presses_of_which_four_are_taps(
    presses: list[tuple[int, int]], opened: int | None, punctual: bool
) -> None:
    said = run(presses, opened, False, punctual)
    taps = sum(down < TAP for down, _ in presses)
    assert 4 * (said.count("cancel") + said.count("duress")) <= taps


@given(st.integers(6, 60), OPENED, st.booleans(), st.booleans())
def test_more_than_five_taps_always_call_and_never_cancel(
    count: int, opened: int | None, woken: bool, punctual: bool
) -> None:
    assert run([(100, 100)] * count, opened, woken, punctual) == ["silent" if opened is None else "again"]


@given(st.integers(HOLD, 10**7), OPENED, st.booleans())
def test_every_hold_is_a_call(down: int, opened: int | None, punctual: bool) -> None:
    assert run([(down, 1)], opened, False, punctual) == ["help" if opened is None else "again"]


@given(PRESSES | QUICK, OPENED)
def test_the_lamp_is_not_left_on(presses: list[tuple[int, int]], opened: int | None) -> None:
    machine = Gestures()
    machine.opened = opened
    now, lit = 0, False
    for down, up in presses:
        for pressed, lasts in ((True, down), (False, up)):
            said = [machine.edge(pressed, now)]
            while (due := machine.due()) is not None and due <= now + lasts:
                said.append(machine.timeout(due))
            now += lasts
            for one in said:
                lit = one == "holding" if one else lit
        assert not lit, "the button is up"
