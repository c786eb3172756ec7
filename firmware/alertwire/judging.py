"""What an authentic frame is worth (section 8), as tables. For hosts: the gateway judges, the dashboard judges finally.

An authentic alert never seen before is never refused: it is fresh, or late, or from a clone, and shown either way.
"""

from .kinds import ROUTINE

FRESH, LATE, REPEAT, CLONE = "fresh", "late-or-copied", "repeat", "clone-or-rollback"
MALFORMED, UNKNOWN_NODE, TAG, REVOKED, REPLAY = "malformed", "unknown-node", "tag", "revoked", "replay"
REASONS = (MALFORMED, TAG, UNKNOWN_NODE, REVOKED, REPLAY)

NEWER = "newer-version"  # of a later version of this protocol: told apart from damage, never read

FRESH_S = 900

NEW, SAME, OTHER = "new", "same", "other"  # nothing stored under (node, sequence); this very tag; another tag

# what is stored under (node, sequence), sequence above the mark -> judgement of a line
LINES = {
    (NEW, True): FRESH,
    (NEW, False): LATE,
    (SAME, True): REPEAT,
    (SAME, False): REPEAT,
    (OTHER, True): CLONE,
    (OTHER, False): CLONE,
}

# says that something stands, this very tag was the last, above the mark -> judgement of a pulse
PULSES = {
    (False, False, True): FRESH,
    (False, False, False): "refused:" + REPLAY,
    (False, True, False): REPEAT,
    (True, False, True): FRESH,
    (True, False, False): LATE,
    (True, True, False): REPEAT,
}

# encoding right, node in the roster, tag right, revoked -> reason of the refusal; the first row that fits
REFUSALS = (
    ((False, None, None, None), MALFORMED),
    ((True, False, None, None), UNKNOWN_NODE),
    ((True, True, False, None), TAG),
    ((True, True, True, True), REVOKED),
)


def refusal(whole: bool, known: bool, tagged: bool, revoked: bool) -> "str | None":
    """Why a frame is refused before anything of it is believed, or None. Revoked is said only of a right tag."""
    facts = (whole, known, tagged, revoked)
    for row, reason in REFUSALS:
        if all(want is None or want == fact for want, fact in zip(row, facts)):
            return reason
    return None


def line(stored: str, above: bool) -> str:
    """The judgement of an authentic line. `stored`: NEW, SAME or OTHER; `above`: its sequence is above the mark."""
    return LINES[stored, above]


def pulse(standing: int, same: bool, above: bool, proven: bool = True) -> str:
    """The judgement of an authentic pulse. `same`: its tag is the last one's; `proven`: marks are not from a backup.

    Only a routine pulse can be refused, and only by a gateway that can prove its marks: without, it is late.
    """
    judged = PULSES[standing != ROUTINE, same, above and not same]
    return LATE if judged not in (FRESH, REPEAT, LATE) and not proven else judged


def age(seconds: "int | None") -> "tuple[str, int | None]":
    """("fresh" or "unknown", at most so many seconds old or None), from the seconds since its echo was first given."""
    return ("fresh" if seconds is not None and seconds <= FRESH_S else "unknown"), seconds


def event(sequence: int, of: int, cancel: bool, duress: bool, kind: int, before: "int | None") -> str:
    """What a new line says about its alert: "raised", "refined", "again", "cancelled" or "duress".

    `of`: the alert it names; `before`: the kind last known of that alert, None when nothing of it was heard yet.
    """
    if cancel:
        return "duress" if duress else "cancelled"
    if of == sequence:
        return "raised"
    return "again" if before == kind else "refined"
