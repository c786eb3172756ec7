"""What the person at the bench is asked: by a question, or answered beforehand by a flag."""

import click

from whistle.workbench.checking import Answer
from whistle.workbench.errors import BadWish
from whistle.workbench.say import Say


def answer(say: Say, given: str | None) -> Answer:
    """Asks the person, unless a flag has answered; a script that gave none is not asked."""

    def ask(question: str) -> bool | None:
        if given:
            return {"yes": True, "no": False}.get(given)
        return None if say.as_json else click.confirm(question)

    return ask


def sure(question: str, yes: bool) -> None:
    """BadWish unless a flag has said yes, or the person does; where nobody can be asked the flag is needed."""
    try:
        agreed = yes or click.confirm(question, err=True)
    except click.Abort:  # nobody is there, or Ctrl-C
        click.echo(err=True)
        agreed = False
    if not agreed:
        raise BadWish("Nobody said yes, so nothing was changed: answer y, or say --yes where nobody can be asked.")


def pressing(say: Say, wanted: bool) -> Answer:
    """Asks for a button to be pressed, when there is somebody to press it."""

    def ask(words: str) -> bool:
        if wanted:
            say.event("press", f"{words}.", words=words)
        return wanted

    return ask
