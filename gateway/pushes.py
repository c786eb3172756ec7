"""What people answered and their beacon has not shown yet: pushed again, and told to the captain what became of it.

waiting --handed to a radio--> (told: sent) --its poll shows it--> seen (told: seen-by-beacon)
   `--------------------------ten minutes--> expired (told: expired)
"""

from collections.abc import Callable
from typing import Final, Literal

from alertwire import kinds
from alertwire.answering import Reply
from alertwire.pulse import Pulse
from alertwire.wire import rank

from gateway.rows import AnswerRow
from gateway.words import EXPIRED, SEEN
from whistle.bus.messages import Said, Told

AGAIN_S: Final = (5.0, 10.0, 20.0, 40.0)  # after the first push; between them it rides in every gateway pulse
SAID: Final[dict[int, Said]] = {2: "shown", 3: "seen", 4: "coming", 5: "clear", 6: "refused"}

TellState = Literal["sent", "seen-by-beacon", "expired"]
_ENDS: Final[dict[str, TellState]] = {SEEN: "seen-by-beacon", EXPIRED: "expired"}


class _Push:
    def __init__(self, answer: AnswerRow, now: float) -> None:
        self.answer = answer
        self.told = False
        self.again = 0
        self.due = now + AGAIN_S[0]


class Pushes:
    """The answers under way. Not safe by itself: its owner holds a lock."""

    def __init__(self, tell: Callable[[Told], None], note: Callable[[str, str], None]) -> None:
        self._tell, self._note = tell, note
        self._under_way: dict[str, _Push] = {}

    def add(self, answer: AnswerRow, now: float) -> None:
        """A committed answer, just pushed for the first time."""
        self._under_way[answer.id] = _Push(answer, now)

    def handed(self, replies: list[Reply]) -> None:
        """These replies left for a radio."""
        for push in self._under_way.values():
            if not push.told and any(_carries(one, push.answer) for one in replies):
                push.told = True
                self._tell(told(push.answer, "sent"))

    def again(self, answer: AnswerRow) -> None:
        """A committed answer came again from its dashboard: say once more what became of it, as far as is known."""
        push = self._under_way.get(answer.id)
        if push is not None:
            state: TellState | None = "sent" if push.told else None
        else:
            state = _ENDS.get(answer.state)
        if state is not None:
            self._tell(told(answer, state))

    def shown(self, node: int, of: int | None, pulse: Pulse) -> list[AnswerRow]:
        """A new pulse came from that beacon: the answers it shows to have arrived, and the lesser ones before them."""
        mine = [push for push in self._under_way.values() if push.answer.node == node]
        seen = [push.answer for push in mine if _shows(push, of, pulse)]
        over = [push for push in mine if any(_covers(one, push.answer) for one in seen)]
        for push in over:
            self._end(push, SEEN, "seen-by-beacon")
        return [push.answer for push in over]

    def due(self, now: float) -> list[AnswerRow]:
        """What to push again now; ends what has expired."""
        again = []
        for push in list(self._under_way.values()):
            if now >= push.answer.until:
                self._end(push, EXPIRED, "expired")
            elif now >= push.due:
                push.again += 1
                push.due = now + AGAIN_S[push.again] if push.again < len(AGAIN_S) else push.answer.until
                again.append(push.answer)
        return again

    def next_due(self) -> float | None:
        """When `due` has something to do."""
        return min((min(push.due, push.answer.until) for push in self._under_way.values()), default=None)

    def _end(self, push: _Push, state: str, said: TellState) -> None:
        del self._under_way[push.answer.id]
        self._note(push.answer.id, state)
        self._tell(told(push.answer, said))


def byte(answer: AnswerRow) -> int:
    """An answer as it goes on the air."""
    return kinds.pack_answer(answer.answer, False, answer.ordinal)


def told(answer: AnswerRow, state: TellState) -> Told:
    """The word to the captain."""
    return Told(id=answer.id, node=answer.node, sequence=answer.sequence, answer=SAID[answer.answer], state=state)


def _carries(reply: Reply, answer: AnswerRow) -> bool:
    return reply.node == answer.node and reply.byte == byte(answer)


def _covers(one: AnswerRow, other: AnswerRow) -> bool:
    return one.of == other.of and rank(byte(other)) <= rank(byte(one))


def _shows(push: _Push, of: int | None, pulse: Pulse) -> bool:
    if push.answer.answer == kinds.CLEAR:
        return of != push.answer.of
    if of != push.answer.of:
        return False
    return pulse.last_answer == push.answer.answer or kinds.SHOWN == push.answer.answer < pulse.last_answer
