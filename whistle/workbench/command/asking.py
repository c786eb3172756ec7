"""What the person at the bench is asked: by a question, or answered beforehand by a flag."""

from whistle.options import asked
from whistle.workbench.checking import Answer
from whistle.workbench.say import Say


def answer(say: Say, given: str | None, option: str) -> Answer:
    """Asks the person, unless the option has answered; a script that gave none is not asked."""

    def ask(question: str) -> bool | None:
        if given:
            return {"yes": True, "no": False}.get(given)
        return None if say.as_json else asked(question, f"{option} yes, no or skip")

    return ask


def pressing(say: Say, wanted: bool) -> Answer:
    """Asks for a button to be pressed, when there is somebody to press it."""

    def ask(words: str) -> bool:
        if wanted:
            say.event("press", f"{words}.", words=words)
        return wanted

    return ask
