"""Options several commands of `whistle site` share."""

from pathlib import Path
from typing import Final

import click

A_PATH: Final = click.Path(path_type=Path)

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
to_file = click.option(
    "--out", type=A_PATH, required=True, metavar="FILE", help="The file to make, readable by you only."
)
