"""Options several commands of `whistle site` share."""

import click

from whistle.options import A_PATH as A_PATH
from whistle.options import in_site as in_site
from whistle.options import with_master as with_master

to_file = click.option(
    "--out", type=A_PATH, required=True, metavar="FILE", help="The file to make, readable by you only."
)
