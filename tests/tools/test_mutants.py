"""The planter of faults, on a small project with one sound test and one that looks away."""

import subprocess
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from tools import mutants

SOUND = "def double(n):\n    return n * 2\n\n\ndef name():\n    return 'x'\n"
TESTS = """
from lib import double, name

def test_double():
    assert double(3) == 6

def test_looks_away():
    double(3)

def test_already_red():
    assert name() == 'y'
"""


def fault(**changes: str) -> str:
    entry = {
        "name": "wrong factor",
        "file": "lib.py",
        "old": "n * 2",
        "new": "n * 3",
        "test": "test_lib.py::test_double",
    }
    return "[[mutant]]\n" + "".join(f"{key} = {value!r}\n" for key, value in {**entry, **changes}.items())


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "project"
    (root / mutants.FAULTS).mkdir(parents=True)
    (root / "lib.py").write_text(SOUND)
    (root / "test_lib.py").write_text(TESTS)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    monkeypatch.setattr(mutants, "ROOT", root)
    return root


def planted(project: Path, *faults: str, words: tuple[str, ...] = ()) -> Result:
    (project / mutants.FAULTS / "all.toml").write_text("\n".join(faults))
    return CliRunner().invoke(mutants.main, list(words))


def test_a_noticed_fault_passes_and_the_tree_is_untouched(project: Path) -> None:
    done = planted(project, fault())
    assert done.exit_code == 0, done.output
    assert "1 faults planted, 1 noticed, 0 not" in done.output
    assert (project / "lib.py").read_text() == SOUND
    assert not list(project.rglob("__pycache__"))


PROVES_NOTHING = {
    "looks away": ({"test": "test_lib.py::test_looks_away"}, "survived"),
    "text gone": ({"old": "n * 4"}, "occurs 0 times"),
    "text twice": ({"old": "return"}, "occurs 2 times"),
    "file gone": ({"file": "gone.py"}, "occurs 0 times"),
    "red before": ({"test": "test_lib.py::test_already_red"}, "not green without the fault"),
    "test gone": ({"test": "test_lib.py::test_gone"}, "not green without the fault"),
    "no python": ({"new": "n *"}, "could not run"),
}


def test_faults_that_prove_nothing_fail_the_run(project: Path) -> None:
    done = planted(project, fault(), *(fault(name=name, **changes) for name, (changes, _) in PROVES_NOTHING.items()))
    assert done.exit_code == 1
    assert "8 faults planted, 1 noticed, 7 not" in done.output
    lines = {line.split("  ")[1]: line for line in done.output.splitlines() if line.startswith("MISSED")}
    for name, (_, sentence) in PROVES_NOTHING.items():
        assert sentence in lines[name]


def test_faults_are_chosen_by_name(project: Path) -> None:
    done = planted(project, fault(), fault(name="other", old="n * 4"), words=("factor",))
    assert done.exit_code == 0, done.output
    assert planted(project, fault(), words=("nothing",)).exit_code == 1


def test_a_file_with_a_missing_field_is_named(project: Path) -> None:
    (project / mutants.FAULTS / "bad.toml").write_text('[[mutant]]\nname = "x"\n')
    with pytest.raises(click.ClickException, match=r"bad\.toml.*name, file, old, new, test"):
        mutants.load(project)


def test_a_hanging_test_is_neither_red_nor_green(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutants, "SECONDS", 0.01)
    code, said = mutants.pytest(project, "test_lib.py::test_double")
    assert code not in (mutants.RED, mutants.GREEN)
    assert said == "still running after 0.01 s"


def test_every_fault_of_ours_can_be_planted() -> None:
    for mutant in mutants.load(mutants.ROOT):
        assert (mutants.ROOT / mutant.file).read_text().count(mutant.old) == 1, mutant.name
        assert (mutants.ROOT / mutant.test.partition("::")[0]).is_file(), mutant.name
