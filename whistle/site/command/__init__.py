"""`whistle site`: the technician's commands. They compose the site with the language of the air; no language does."""

from typing import Any

import click

from whistle.options import unanswered
from whistle.site.command import beacons, carrying, making
from whistle.site.errors import SiteError


class Group(click.Group):
    """A group whose errors are one sentence on the error output and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a SiteError becomes click's own error."""
        try:
            return super().invoke(ctx)
        except SiteError as error:
            raise click.ClickException(str(error)) from None
        except click.Abort:
            raise unanswered(f"`whistle site {ctx.invoked_subcommand} --help` names the options that do") from None


@click.group(cls=Group)
def site() -> None:
    """Make and keep a site: its channel, keys, roster, and what each beacon, gateway and dashboard gets.

    Every command works on the site in the current directory; with --site DIR after its name, on the one in DIR.
    """


for _command in (*making.COMMANDS, *beacons.COMMANDS, *carrying.COMMANDS):
    site.add_command(_command)
