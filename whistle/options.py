"""What every command line that works on a site shares: where it and its master key lie, and how a change travels."""

from pathlib import Path
from typing import Final

import click

A_PATH: Final = click.Path(path_type=Path)
CARRY: Final = (
    "Gateways and dashboards learn of it from a stick: `whistle site export`, then there `whistle gateway roster` and "
    "`whistle dashboard roster`; or by new bundles."
)

in_site = click.option(
    "--site",
    "directory",
    type=A_PATH,
    default=Path("."),
    envvar="WHISTLE_SITE",
    metavar="DIR",
    help="The site's directory (also $WHISTLE_SITE); the current one if not given.",
)
with_master = click.option(
    "--master",
    type=A_PATH,
    envvar="WHISTLE_MASTER",
    metavar="FILE",
    help="The master key, for instance on a stick (also $WHISTLE_MASTER); master.key in the site if not given.",
)
