"""What must not be in git: other people's files, what a build makes, download addresses, paths of one machine.

python -m tools.tracked         one line a finding; exit 1 when there is any
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent

FOLDERS = {"node_modules", "vendor", "third_party", "site-packages", ".venv", ".cache", "__pycache__"}
MADE = (
    *(
        "*.min.js",
        "*.min.css",
        "*.map",
        "*.woff",
        "*.woff2",
        "*.ttf",
        "*.otf",
        "*.mpy",
        "*.pyc",
        "*.so",
        "*.whl",
        "*.deb",
    ),
    *("*.jar", "*.zip", "*.tgz", "*.tar.*", "*.pmtiles", "*.mbtiles", "*.db", "*.sqlite*", "*.key", "*.pem"),
)
LARGEST = 600_000  # bytes; pictures of the running demo under docs/ may be larger
LARGEST_PICTURE = 2 * 1024 * 1024

# LICENSE is a licence text, uv.lock's format has addresses, and this file and its test name what they seek.
EXEMPT = {"LICENSE", "uv.lock", "tools/tracked.py", "tests/tools/test_tracked.py"}
MARKS = (
    (
        re.compile(r"@license\b|Licensed under the|Permission is hereby granted|All rights reserved"),
        "another's licence",
    ),
    (
        re.compile(r"https?://(registry|deb|ftp|files|packages?|snapshot|mirrors?)\.(?!example\b)[\w.-]+"),
        "a download address",
    ),
    (re.compile(r"(?<![\w.~])/(root|work|home/[a-z]\w+)/[\w.]"), "a path of one machine"),
)


def main() -> None:
    """Print every finding; exit 1 when there is one."""
    paths = tracked(ROOT)
    found = [f"{path}: {sentence}" for path in paths for sentence in judge(ROOT, path)]
    for finding in found:
        click.echo(finding)
    click.echo(f"tracked files: {len(paths)} read, {len(found)} findings")
    sys.exit(1 if found else 0)


def tracked(root: Path) -> list[str]:
    """Every file git holds, by its path from the root; files deleted but not yet committed are left out."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True)
    if done.returncode:
        raise click.ClickException("this is no git work tree: what is tracked cannot be told")
    return [path for path in done.stdout.split("\0") if path and (root / path).is_file()]


def judge(root: Path, path: str) -> Iterator[str]:
    """What is wrong with one tracked file."""
    parts = path.split("/")
    if FOLDERS & set(parts[:-1]):
        yield "a folder that a build fills"
    if any(fnmatch(parts[-1], pattern) for pattern in MADE):
        yield "a file that a build makes, a secret, or another's"
    body = (root / path).read_bytes()
    if len(body) > (LARGEST_PICTURE if parts[0] == "docs" else LARGEST) and path not in EXEMPT:
        yield f"{len(body)} bytes"
    if path not in EXEMPT and b"\0" not in body:
        yield from marked(body.decode("utf-8", "replace"))


def marked(text: str) -> Iterator[str]:
    """What a text says that ours never should."""
    for pattern, sentence in MARKS:
        found = pattern.search(text)
        if found:
            yield f"{sentence}: {found.group(0)!r} in line {text.count(chr(10), 0, found.start()) + 1}"


if __name__ == "__main__":
    click.command()(main)()
