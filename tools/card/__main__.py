"""`python -m tools.card`."""

import sys

import click

from tools.card.page import ROOT, made


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit 1 when a card is not what would be made now.")
def main(check: bool) -> None:
    """Make the resident's cards anew."""
    stale = []
    cards = made()
    for path, fresh in cards.items():
        target = ROOT / path
        if not target.exists() or target.read_bytes() != fresh:
            stale.append(path)
            if not check:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(fresh)
    for path in stale:
        click.echo(f"{path}: {'is not what the tables say: run python -m tools.card' if check else 'made anew'}")
    click.echo(f"card: {len(stale)} of {len(cards)} files {'stale' if check else 'changed'}")
    sys.exit(1 if check and stale else 0)


if __name__ == "__main__":
    main()
