"""docs/site.md names every command and every file there is, and the commands it shows work as shown."""

import re
import shlex
from pathlib import Path

from click.testing import CliRunner

from whistle.site import layout
from whistle.site.command import site as command
from whistle.site.command.making import init
from whistle.site.site import Site

PAGE = Path("docs/site.md").read_text()


def test_every_command_and_every_option_of_init_is_on_the_page():
    for name in command.commands:
        assert re.search(rf"`(whistle site )?{name}\b", PAGE), name
    for parameter in init.params:
        option = parameter.opts[0]
        assert parameter.name == "directory" or f"`{option}`" in PAGE, option


def test_what_the_page_says_a_site_can_do_is_all_that_it_can():
    (row,) = re.findall(r"(?m)^\| `whistle\.site\.site\.Site` \| (.+) \|$", PAGE)
    there = {name for name in vars(Site) if callable(getattr(Site, name)) and not name.startswith("_")}
    assert set(re.findall(r"`(\w+)`", row)) == there


def test_every_file_of_a_site_is_on_the_page():
    for name in (layout.MASTER, layout.ROSTER, layout.SITE):
        assert f"`{name}`" in PAGE


def test_the_first_day_works_as_it_is_written(tmp_path, monkeypatch):
    block = re.search(r"```\n(mkdir cedar.*?)```", PAGE, re.DOTALL)
    assert block is not None
    lines = [line for line in block[1].splitlines() if line.startswith("whistle site")]
    assert len(lines) == 6
    monkeypatch.chdir(tmp_path)
    for line in lines:
        result = CliRunner().invoke(command, shlex.split(line, comments=True)[2:], input="Cedar\nUS\n\ny\n")
        assert result.exit_code == 0, (line, result.output)
    for name in ("anna.json", "gateway.json", "dashboard.json", "master.key"):
        assert (tmp_path / name).is_file()
