"""How the workbench speaks: tables and colours for a person, one JSON object a line for a script. Never a key."""

import json
from typing import Any

import click
from rich.console import Console


class Say:
    """Speaks on standard output; `as_json` chooses for whom. `console` is rich's, silent when a script listens."""

    def __init__(self, as_json: bool = False) -> None:
        self.as_json = as_json
        self.console = Console(quiet=as_json, highlight=False, soft_wrap=True)

    def event(self, event: str, words: str, /, **facts: Any) -> None:
        """Something happened: `words` for a person, event and facts (plain JSON values) for a script."""
        if self.as_json:
            click.echo(json.dumps({"event": event, **facts}, ensure_ascii=False))
        else:
            self.console.print(words, markup=False)
