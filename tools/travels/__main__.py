"""`python -m tools.travels`."""

import sys

import click

from tools.travels.pages import PAGES, ROOT, made


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit 1 when a page is not what would be made now.")
def main(check: bool) -> None:
    """Write the made parts of docs/ anew."""
    stale = []
    for path in PAGES:
        text = (ROOT / path).read_text()
        fresh = made(text)
        if fresh != text:
            stale.append(path)
            if not check:
                (ROOT / path).write_text(fresh)
    for path in stale:
        click.echo(f"{path}: {'is not what the code says: run python -m tools.travels' if check else 'made anew'}")
    click.echo(f"travels: {len(stale)} of {len(PAGES)} pages {'stale' if check else 'changed'}")
    sys.exit(1 if check and stale else 0)


if __name__ == "__main__":
    main()
