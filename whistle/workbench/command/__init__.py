"""`whistle workbench ...`: a file for each family of commands, named in MODULES and imported only when asked for."""

from importlib import import_module

import click

# command: the module of this folder that holds it, under its own name with "_" for "-"
MODULES = {
    "boards": "listing",
    "fetch": "fetching",
    "ports": "flashing",
    "flash": "flashing",
    "power": "powering",
    "provision": "provisioning",
    "modem": "modems",
    "label": "labelling",
    "batch": "batching",
    "fit": "fitting",
    "retire": "lifecycle",
    "move": "lifecycle",
    "replace": "lifecycle",
    "revoke": "lifecycle",
    "round": "rounds",
    "survey": "surveying",
    "rotate": "rotating",
    "install": "updating",
    "check": "checking",
    "update": "updating",
}


class Commands(click.Group):
    """A click group over MODULES, so that no command pays for another's libraries."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in MODULES:
            return None
        found = getattr(import_module(f"{__name__}.{MODULES[cmd_name]}"), cmd_name.replace("-", "_"))
        assert isinstance(found, click.Command)
        return found


@click.command(cls=Commands)
def workbench() -> None:
    """From a box of boards to labelled, mounted, working beacons; everything but `fetch` works without internet."""
