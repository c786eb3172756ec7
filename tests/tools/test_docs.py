"""What the pages say exists: links lead somewhere, named tests are there, commands and options are as written."""

import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from whistle.cli import main

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def named(pages: list[Path], pattern: str) -> Iterator[tuple[Path, str]]:
    for page in pages:
        for found in re.finditer(pattern, page.read_text()):
            yield page, found[1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    for _, link in named([page], r"(?:\]\(|src=\")([^)#:\"]+)(?:#[^)]*)?[)\"]"):
        assert (page.parent / link).exists(), f"{page.name} points at {link}"


def test_the_dashboards_map_lists_every_module_once_and_none_that_is_not_there() -> None:
    folder = ROOT / "dashboard"
    there = [*folder.glob("*.py"), *folder.glob("static/*.js")]
    listed = [name for _, name in named([folder / "README.md"], r"(?m)^\| `([\w/]+\.\w+)` \|")]
    assert sorted(listed) == sorted(str(path.relative_to(folder)) for path in there if path.name != "__init__.py")


def test_every_page_is_in_the_index() -> None:
    docs = ROOT / "docs"
    index = (docs / "README.md").read_text()
    for page in sorted(docs.rglob("*.md")):
        name = page.relative_to(docs).as_posix()
        assert name == "README.md" or f"]({name})" in index, name


def test_a_resident_finds_what_every_rhythm_of_the_lamp_means() -> None:
    page = (ROOT / "docs/resident.md").read_text()
    shown = set(re.findall(r"(?m)^\| \*([\w-]+)\* \| `", page))
    said = {word for cell in re.findall(r"(?m)^\| (\*.+?\*) \| [^`]", page) for word in re.findall(r"[\w-]+", cell)}
    assert len(shown) > 15 and shown == said


def test_every_named_test_exists() -> None:
    found = list(named(PAGES, r"`(tests/[\w/]+\.py::\w+)`"))
    assert len(found) > 30
    for page, name in found:
        path, _, function = name.partition("::")
        assert function in functions(path), f"{page.name} names {name}"


@cache
def functions(path: str) -> frozenset[str]:
    file = ROOT / path
    tree = ast.parse(file.read_text() if file.exists() else "")
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def commands() -> Iterator[tuple[str, list[str]]]:
    """(page, words after `whistle`) of every command line in a block or in code within a line."""
    for page, line in named(PAGES, r"(?m)(?:^|`|/bin/|\|\s+)(whistle [a-z][^`\n]*)"):
        yield page.name, shlex.split(line.split(" # ")[0].rstrip(" \\"), comments=True)[1:]


def test_every_command_and_option_exists() -> None:
    found = list(commands())
    assert len(found) > 30
    for page, words in found:
        known(page, words)


def found_in(page: str, words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that is meant, and the words that are left for it."""
    command: click.Command = main
    context = click.Context(main)
    rest = list(words)
    while isinstance(command, click.Group) and rest and re.fullmatch(r"[a-z-]+", rest[0]) and rest[0][0] != "-":
        following = command.get_command(context, rest[0])
        assert following is not None, f"{page}: there is no whistle {' '.join(words)}"
        command, rest = following, rest[1:]
    return command, rest


def known(page: str, words: list[str]) -> None:
    command, rest = found_in(page, words)
    options = {option for parameter in command.params for option in parameter.opts + parameter.secondary_opts}
    for word in rest:
        if word.startswith("--"):
            assert word.split("=")[0] in options | {"--help", "--version"}, f"{page}: {word} of {' '.join(words)}"


def test_every_command_in_a_block_can_be_typed_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHISTLE_BROKER", "mqtt://desk")  # as the operator's page has it exported
    count = 0
    for page, block in named(PAGES, r"(?ms)^```(?:sh)?\n(.*?)^```"):
        for line in re.findall(r"(?m)^(?:\S*=\S*/bin/)?whistle ([a-z][^\n]*)", re.sub(r"\\\n\s*", "", block)):
            words = shlex.split(re.split(r" [|<>] | # ", line)[0])
            if "…" not in words:
                whole(page.name, words)
                count += 1
    assert count > 40


def whole(page: str, words: list[str]) -> None:
    """Nothing is missing and nothing too much; a file that is only named need not be there."""
    command, rest = found_in(page, words)
    try:
        command.make_context(words[-1], rest)
    except click.UsageError as error:
        assert "does not exist" in error.format_message(), (
            f"{page}: whistle {' '.join(words)}: {error.format_message()}"
        )


def test_a_command_that_lacks_something_would_be_noticed() -> None:
    with pytest.raises(AssertionError, match="a page: whistle workbench round: Missing option '--state'"):
        whole("a page", ["workbench", "round"])
    with pytest.raises(AssertionError, match="unexpected extra argument"):
        whole("a page", ["site", "rotate", "Anna"])


def test_a_wrong_option_would_be_noticed() -> None:
    with pytest.raises(AssertionError, match="--colour"):
        known("a page", ["site", "bundle", "--colour"])
    with pytest.raises(AssertionError, match="there is no whistle site paint"):
        known("a page", ["site", "paint"])
