"""For every test: tools that must be here, and lines for the end of the run.

Nothing is skipped silently: a skip says what is missing, and under CI=true a skip is a failure (one kind is EXCUSED).
All of it holds for one process and for several (pytest-xdist, which `make test` uses: half of these tests' time is
waiting).
"""

import os
import shutil
import signal
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from hypothesis import settings

from tools import micropython, qemu

CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")
TOLD = "told"
EXCUSED = "MICROPYTHON_LIB"  # a skip that names this is none in CI: no package registry holds what it lacks
LONG = "tests/faults/"  # minutes in real time, mostly waiting: begun first, so that everything else runs meanwhile

# Where Debian puts what a plain user's PATH may not hold.
SYSTEM_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin"])

# A shell that starts the tests in the background has them ignore Ctrl-C, and all that they start with them.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Nor is a technician's own site, key or cache any test's, as docs/technician.md has them exported.
for name in [name for name in os.environ if name.startswith("WHISTLE_")]:
    del os.environ[name]

settings.register_profile("whistle", deadline=None)  # two shared cores: time is measured in bench/, not here
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if CI else "whistle")


def find(tool: str) -> Path | None:
    """Where a tool of the system stands, or None; "micropython", "micropython32" and "qemu" by the rules of tools."""
    if tool == "qemu":
        return qemu.present()
    if tool in ("micropython", "micropython32"):
        return micropython.present("i386" if tool.endswith("32") else "amd64")
    found = shutil.which(tool, path=SYSTEM_PATH)
    return Path(found) if found else None


@pytest.fixture(scope="session")
def need() -> Callable[[str], Path]:
    """`need("mosquitto")`: the tool's path; without it the test is skipped, saying so (under CI=true it fails)."""

    def look(tool: str) -> Path:
        found = find(tool)
        if found is None:
            pytest.skip(f"missing tool: {tool} (`make test` installs it)")
        return found

    return look


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """`tell("seed 7: 302 of 1000 frames lost")`: a line shown at the end of the run, whatever becomes of the test."""

    def say(line: str) -> None:
        request.node.user_properties.append((TOLD, line))  # travels with the test's reports, out of a worker too

    return say


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what the tests told."""
    reports = [
        one for some in terminalreporter.stats.values() for one in some if getattr(one, "when", "") == "teardown"
    ]
    lines = [line for report in reports for name, line in report.user_properties if name == TOLD]
    if lines:
        terminalreporter.section("told")
        for line in lines:
            terminalreporter.write_line(line)


def forbid_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Under CI a skip is a failure: a machine that lacks a tool must not pass for one that tested."""
    if CI and report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        where = report.longrepr
        reason = where[2] if isinstance(where, tuple) else str(where)
        if EXCUSED in reason:
            return
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI=true forbids: {reason}"


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    forbid_skip(report)
    return report


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    forbid_skip(report)
    return report
