"""Paper for a technician: one plain HTML page that prints black on white, with nothing fetched from anywhere."""

from collections.abc import Sequence
from html import escape
from typing import Final, NamedTuple

_STYLE: Final = (
    "body{font:11pt/1.35 sans-serif;margin:12mm;color:#000;background:#fff}h1{font-size:16pt;margin:0 0 2mm}"
    "h2{font-size:12pt;margin:6mm 0 1mm}table{border-collapse:collapse;width:100%}"
    "td,th{border-bottom:.3mm solid #999;padding:1.2mm 2mm 1.2mm 0;text-align:left;vertical-align:top}"
    "tr{break-inside:avoid}td.box{width:5mm;font-size:14pt;line-height:1}@page{margin:12mm}"
)


class Table(NamedTuple):
    """A heading, column titles and rows; `boxes` puts a square to tick before each row. Empty: `none` is said."""

    heading: str
    titles: Sequence[str]
    rows: Sequence[Sequence[str]]
    boxes: bool = False
    none: str = "nothing"


def page(title: str, lead: Sequence[str], tables: Sequence[Table]) -> str:
    """The page; every text in it is shown as what it is, never read as markup."""
    words = "".join(f"<p>{escape(line)}</p>" for line in lead)
    body = "".join(_table(table) for table in tables)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style><h1>{escape(title)}</h1>{words}{body}</html>\n"
    )


def _table(table: Table) -> str:
    heading = f"<h2>{escape(table.heading)}</h2>"
    if not table.rows:
        return f"{heading}<p>{escape(table.none)}</p>"
    box, blank = ('<td class="box">&#9744;</td>', "<th></th>") if table.boxes else ("", "")
    titles = blank + "".join(f"<th>{escape(title)}</th>" for title in table.titles)
    rows = "".join(f"<tr>{box}" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    return f"{heading}<table><tr>{titles}</tr>{rows}</table>"
