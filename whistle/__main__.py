"""`python -m whistle` is `whistle`."""

from whistle.cli import main

main(prog_name="whistle")
