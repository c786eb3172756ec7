"""When things happen: the gesture, calling and answering code run over made-up seconds, with chance in the middle."""

from collections.abc import Callable, Iterator

from alertwire import kinds
from alertwire.answering import ENTRIES, EVERY, PUSH, RESERVE, SLOTS, Answering
from alertwire.calling import Calling
from alertwire.gestures import Gestures

from tools.travels import journey
from tools.travels.markdown import table

G0_MS, WINDOW_MS = 2000, 3000  # what `whistle site init` gives a site on SHORT_TURBO
MINUTE = 60000


def finger() -> str:
    """The edges of a hold, and what the gesture table makes of them."""
    gestures = Gestures()
    rows = [["0", "button down", gestures.edge(True, 0) or "–"]]
    due = gestures.due()
    while due is not None:
        rows.append([str(due), "still down", gestures.timeout(due) or "–"])
        due = gestures.due()
    rows.append(["1700", "button up", gestures.edge(False, 1700) or "–"])
    return table(("ms", "finger", "meaning"), rows)


def calling() -> Calling:
    """A call begun at 0 by a hold, with chance always in the middle."""
    one = Calling(G0_MS, WINDOW_MS, lambda n: n // 2)
    one.event("help", 0)
    one.lined(journey.SEQUENCE, journey.line_tag(), b"")
    return one


def told(one: Calling, answers: dict[int, int], until: int) -> Iterator[tuple[int, str]]:
    """(ms, what is sent) of a call that gets these answers (ms: byte) to its line, up to a time."""
    while True:
        due = one.due()
        soonest = min(answers, default=until)
        if due is None or min(due, soonest) >= until:
            return
        if soonest <= due:
            one.answer(journey.SEQUENCE, answers.pop(soonest), soonest)
        else:
            yield due, one.take(due)


def unanswered() -> str:
    """When the copies of a line leave while nobody answers."""
    return ", ".join(f"{at / 1000:.1f}" for at, _ in told(calling(), {}, 2 * MINUTE))


def story() -> str:
    """What one call sends when heard after 0.4 s, shown after 0.9 s, coming after 12 s."""
    one = calling()
    answers = {400: kinds.HEARD, 900: kinds.SHOWN, 12000: kinds.COMING | 16}
    spoken = {at: kinds.ANSWERS[(byte & 7) - 1] for at, byte in answers.items()}
    sent = [(at, f"sends a {what}") for at, what in told(one, answers, 30 * MINUTE)]
    events = sorted([*sent, *((at, f"is told *{word}*") for at, word in spoken.items())])
    return table(("seconds after the hold", "the beacon"), ([f"{at / 1000:.1f}", what] for at, what in events))


LINE = journey.NODE, journey.SEQUENCE, journey.SEQUENCE, b"tag of L"
Deed = Callable[[Answering], object]


def raised(one: Answering) -> None:
    """The line is stored now."""
    one.line(*LINE, False, 20000)


def stands(one: Answering) -> None:
    """The line was stored and answered *heard* some time ago."""
    one.line(*LINE, False, 0)
    one.receipt(0, False)


def shown(one: Answering) -> None:
    """It was shown too, and its beacon was told so in a text."""
    stands(one)
    one.answer(journey.NODE, journey.SEQUENCE, journey.SEQUENCE, kinds.SHOWN, 1000)
    one.receipt(6000, False)


def cancelled(one: Answering) -> None:
    """A cancel is stored."""
    one.line(journey.NODE, journey.SEQUENCE, journey.SEQUENCE + 1, b"tag of X", True, 20000)


def pulsed(standing: int) -> Deed:
    """A pulse is stored."""
    number = journey.SEQUENCE + 2
    return lambda one: one.pulse(journey.NODE, number, b"tag of P", standing, journey.SEQUENCE, 0, 20000)


def said(byte: int) -> Deed:
    """A dashboard or person answered."""
    return lambda one: one.answer(journey.NODE, journey.SEQUENCE, journey.SEQUENCE, byte, 20000)


def overheard(one: Answering) -> None:
    """Another gateway's receipt."""
    one.overheard(journey.NODE, journey.SEQUENCE, kinds.HEARD)


CASES: tuple[tuple[str, tuple[Deed, ...], bool], ...] = (
    ("the first copy of a line", (raised,), False),
    ("the same, and no dashboard can be reached", (raised,), True),
    ("the same, and another gateway's receipt was heard", (raised, overheard), False),
    ("a dashboard shows it to somebody on watch", (stands, said(kinds.SHOWN)), False),
    ("a captain says *coming*", (shown, said(kinds.COMING | 16)), False),
    ("a captain says *clear*", (shown, said(kinds.CLEAR | 32)), False),
    ("the line again, 20 s later", (stands, raised), False),
    ("a cancel by who pressed", (stands, cancelled), False),
    ("a routine pulse", (pulsed(kinds.ROUTINE),), False),
    ("a silent alert, which is a pulse", (pulsed(kinds.SILENT),), False),
    ("a poll while *shown* stands", (shown, pulsed(kinds.OPEN)), False),
)


def answering() -> str:
    """What a gateway says to each, by text and by slot."""
    head = ("what is stored", "in a text", "in a slot of the next gateway pulse")
    return table(head, ([name, *answers(deeds, cut_off)] for name, deeds, cut_off in CASES))


def answers(deeds: tuple[Deed, ...], cut_off: bool) -> Iterator[str]:
    """The answers that a gateway has ready 20 s after its start, each way asked alone."""
    for ask in (Answering.receipt, Answering.slots):
        one = Answering()
        for deed in deeds:
            deed(one)
        yield ", ".join(word(reply.byte) for reply in ask(one, 20000, cut_off)) or "–"


def word(byte: int) -> str:
    """An answer byte in words."""
    answer, cut_off, _ = kinds.unpack_answer(byte)
    name = kinds.ANSWERS[answer - 1] if answer else "received"
    return f"*{name}*{' (cut off)' if cut_off else ''}"


def limits() -> str:
    """The limits of answering, from the code."""
    return table(
        ("limit", "value"),
        (
            ["the same answer to an open alert goes in text at most every (news goes at once)", f"{EVERY // 1000} s"],
            ["answers in one text", str(ENTRIES)],
            ["slots in one gateway pulse", str(SLOTS)],
            ["a person's answer is pushed for", f"{PUSH // MINUTE} min"],
            ["share of the duty cycle from which only first answers go in texts", f"{RESERVE:.0%}"],
        ),
    )
