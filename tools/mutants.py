"""Plant known faults, one at a time, each in a copy of the tree, and see that the test named for it turns red.

Faults stand in tests/mutants/*.toml:

    [[mutant]]
    name = "tag not compared"
    file = "firmware/alertwire/line.py"
    old = "return same(tag, wanted)"        # occurs exactly once in the file
    new = "return True"
    test = "tests/alertwire/test_line.py::test_forged_tag_is_refused"

    python -m tools.mutants [NAME ...]      all of them, or those whose name holds one of the words

A fault fails the run when its test stays green, does not exist, is not green without the fault, or hangs; also when the
fault's text is no longer found: the tree moved on, and the fault must follow. The work tree is never touched.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import click

ROOT = Path(__file__).resolve().parent.parent
FAULTS = "tests/mutants"
LINKED = (".cache", "dashboard/static/vendor")  # made by setup, only read by tests
SECONDS = 600
GREEN, RED = 0, 1  # pytest's exit codes; any other means that it could not test


class Mutant(NamedTuple):
    """One planted fault and the test that must notice it."""

    name: str
    file: str
    old: str
    new: str
    test: str


class Misfit(Exception):
    """A fault that cannot be planted; the sentence says why."""


@click.command()
@click.argument("words", nargs=-1)
@click.option("--jobs", default=2, show_default=True, help="Faults tried at the same time.")
def main(words: tuple[str, ...], jobs: int) -> None:
    """Plant the faults; exit 1 unless every one turned its test red."""
    mutants = [mutant for mutant in load(ROOT) if not words or any(word in mutant.name for word in words)]
    if not mutants:
        raise click.ClickException(f"no fault in {FAULTS} has that name" if words else f"no faults in {FAULTS}")
    failed = run(ROOT, mutants, jobs)
    click.echo(f"{len(mutants)} faults planted, {len(mutants) - failed} noticed, {failed} not")
    sys.exit(1 if failed else 0)


def load(root: Path) -> list[Mutant]:
    """Every fault of the tree, in the order of files and of their lines. Raises ClickException naming a bad file."""
    mutants = []
    for path in sorted((root / FAULTS).glob("*.toml")):
        try:
            mutants += [Mutant(**entry) for entry in tomllib.loads(path.read_text())["mutant"]]
        except (tomllib.TOMLDecodeError, TypeError, KeyError) as error:
            raise click.ClickException(f"{path.name}: {error}; a fault has name, file, old, new, test") from error
    return mutants


def run(root: Path, mutants: list[Mutant], jobs: int) -> int:
    """Try all faults and print a line for each; how many were not noticed."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder, ThreadPoolExecutor(jobs) as pool:
        click.echo("without any fault ...")
        sick = baseline(root, Path(folder) / "sound", {mutant.test for mutant in mutants}, pool)
        homes = (Path(folder) / str(number) for number in range(len(mutants)))
        verdicts = pool.map(lambda pair: judge(root, pair[0], pair[1], sick), zip(mutants, homes, strict=False))
        return sum(report(mutant, verdict) for mutant, verdict in zip(mutants, verdicts, strict=True))


def baseline(root: Path, home: Path, tests: Iterable[str], pool: ThreadPoolExecutor) -> set[str]:
    """The named tests that are not green in the tree as it is."""
    copy(root, home)
    wanted = sorted(tests)
    return {test for test, (code, _) in zip(wanted, pool.map(lambda t: pytest(home, t), wanted), strict=True) if code}


def judge(root: Path, mutant: Mutant, home: Path, sick: set[str]) -> str:
    """ "" when the fault turned its test red, else one sentence."""
    if mutant.test in sick:
        return "its test is not green without the fault"
    copy(root, home)
    try:
        plant(home, mutant)
    except Misfit as error:
        return str(error)
    code, said = pytest(home, mutant.test)
    shutil.rmtree(home)
    return {RED: "", GREEN: "survived: the test stayed green"}.get(code, f"its test could not run: {said}")


def report(mutant: Mutant, verdict: str) -> int:
    """Print a fault's line; 1 when it was not noticed."""
    click.echo(
        f"{'MISSED' if verdict else 'red   '}  {mutant.name}  ({mutant.test}){': ' + verdict if verdict else ''}"
    )
    return 1 if verdict else 0


def copy(root: Path, home: Path) -> None:
    """The tree's own files, committed or not, and links to what setup made."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (root / name).is_file():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, home / name)
    for name in LINKED:
        if (root / name).is_dir():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).symlink_to(root / name)


def plant(home: Path, mutant: Mutant) -> None:
    """Write the fault into the copy. Raises Misfit."""
    path = home / mutant.file
    text = path.read_text() if path.is_file() else ""
    if text.count(mutant.old) != 1:
        raise Misfit(f"its old text occurs {text.count(mutant.old)} times in {mutant.file}, not once")
    path.write_text(text.replace(mutant.old, mutant.new))


def pytest(home: Path, test: str) -> tuple[int, str]:
    """Run one test in a copy, all imports from the copy: pytest's exit code and the last thing it said.

    CI is set, so that a test skipped for a missing tool does not pass for green.
    """
    paths = os.pathsep.join([str(home), str(home / "firmware")])
    env = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1", "CI": "true"}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-m", "", "-p", "no:cacheprovider", test]
    with subprocess.Popen(
        command, cwd=home, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    ) as process:
        try:
            said, _ = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # with the servers the test started
            return -1, f"still running after {SECONDS} s"
    return process.returncode, (said.strip().splitlines() or [""])[-1]


if __name__ == "__main__":
    main()
