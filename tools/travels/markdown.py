"""Markdown and Mermaid, as little as the pages need."""

from collections.abc import Iterable, Sequence

Row = Sequence[str]
MOST = 24


def table(head: Row, rows: Iterable[Row]) -> str:
    """A table; bars inside a cell are escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def fence(language: str, lines: Iterable[str]) -> str:
    """A fenced block."""
    return "\n".join([f"```{language}", *lines, "```"])


def states(names: dict[str, str], arrows: Iterable[tuple[str, str, str]]) -> str:
    """A state diagram: names by letter, and (from, to, label); arrows between the same two states become one."""
    joined: dict[tuple[str, str], list[str]] = {}
    for start, end, label in arrows:
        labels = joined.setdefault((start, end), [])
        if label not in labels:
            labels.append(label)
    drawn = [f'  state "{name}" as {letter}' for letter, name in names.items()]
    drawn += [f"  {start} --> {end}: {'<br>'.join(labels)}" for (start, end), labels in joined.items()]
    return fence("mermaid", ["stateDiagram-v2", *drawn])


def spaced(raw: bytes) -> str:
    """Bytes in hex as code, two digits and a blank; of very many only the ends."""
    return f"`{raw.hex(' ')}`" if len(raw) <= MOST else f"`{raw[:3].hex(' ')} … {raw[-2:].hex(' ')}`"


def shown(text: bytes) -> str:
    """Readable bytes as code; the bell as its escape."""
    return f"`{text.decode().replace(chr(7), chr(92) + 'x07')}`"


def dump(raw: bytes) -> str:
    """All bytes, sixteen a line."""
    return fence("text", [f"{at:3d}  {raw[at : at + 16].hex(' ')}" for at in range(0, len(raw), 16)])
