"""Fetch packages of a Debian release that is not this machine's, without touching the system and without root.

apt does the work with folders of its own: the mirror is read from the machine's sources when it runs, the lists must be
signed by the machine's Debian archive keyring, and every package's hash stands in those lists.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

SOURCES = Path("/etc/apt")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
OS_RELEASE = Path("/etc/os-release")
ONE_LINE = re.compile(r"^\s*deb\s+(?:\[[^\]]*\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>[^#]*)")


class Unavailable(Exception):
    """Debian's packages cannot be had here; the sentence says why and what to do instead."""


def fetch(packages: list[str], suite: str, architecture: str, home: Path) -> Path:
    """Download packages with all they need and unpack them; the folder that then looks like a file system's root.

    `home` is emptied first. Raises Unavailable.
    """
    shutil.rmtree(home, ignore_errors=True)
    apt = prepare(home, suite, architecture)
    run([*apt, "update"])
    run([*apt, "install", "--yes", "--download-only", "--no-install-recommends", *packages])
    root = home / "root"
    for archive in sorted((home / "apt" / "archives").glob("*.deb")):
        run(["dpkg", "-x", str(archive), str(root)])
    shutil.rmtree(home / "apt")
    return root


def fetch_sources(packages: list[str], suite: str, home: Path) -> Path:
    """Download source packages as upstream and Debian made them; the folder that holds their files, still packed.

    `home` is emptied first. Raises Unavailable.
    """
    shutil.rmtree(home, ignore_errors=True)
    apt = prepare(home, suite, "amd64", kind="deb-src")
    run([*apt, "update"])
    run([*apt, "--download-only", "source", *packages], home)
    shutil.rmtree(home / "apt")
    return home


def prepare(home: Path, suite: str, architecture: str, kind: str = "deb") -> list[str]:
    """Lay out apt's folders below home/apt; the command line that uses them and nothing of the system's state.

    `kind` is "deb" for packages, "deb-src" for their sources.
    """
    for tool in ("apt-get", "dpkg"):
        if shutil.which(tool) is None:
            raise Unavailable(f"{tool} is not here: this is not a Debian machine")
    if not KEYRING.is_file():
        raise Unavailable(f"{KEYRING} is not here: install debian-archive-keyring")
    own = home.resolve() / "apt"
    for folder in ("lists/partial", "archives/partial", "parts"):
        (own / folder).mkdir(parents=True)
    (own / "status").touch()
    (own / "sources.list").write_text(f"{kind} [arch={architecture} signed-by={KEYRING}] {mirror()} {suite} main\n")
    (own / "apt.conf").write_text(configuration(own, architecture))
    return ["apt-get", "--quiet", "--config-file", str(own / "apt.conf")]


def configuration(own: Path, architecture: str) -> str:
    """apt's settings, read after the machine's own (which may name a proxy), without the machine's hooks."""
    return f"""
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Architectures;
#clear Acquire::IndexTargets::deb::DEP-11;
APT::Architecture "{architecture}";
APT::Architectures {{ "{architecture}"; }};
APT::Sandbox::User "";
APT::Get::AllowUnauthenticated "false";
Acquire::AllowInsecureRepositories "false";
Acquire::Languages "none";
Acquire::Retries "2";
Dir::Etc::SourceList "{own}/sources.list";
Dir::Etc::SourceParts "{own}/parts";
Dir::Etc::Preferences "{own}/preferences";
Dir::Etc::PreferencesParts "{own}/parts";
Dir::State "{own}";
Dir::State::Lists "{own}/lists";
Dir::State::status "{own}/status";
Dir::Cache "{own}";
Dir::Cache::Archives "{own}/archives";
Dir::Log "{own}";
"""


def run(command: list[str], folder: Path | None = None) -> None:
    """Run a command to its end (in a folder); Unavailable with what it said first when it fails."""
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=600, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{command[0]}: {error}") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Unavailable(f"{command[0]} {command[-1]} failed: {said[0] if said else done.returncode}")


def mirror() -> str:
    """Where this machine takes Debian from: the first source that carries its own release."""
    suites = {codename(), "stable", "oldstable"}
    for uri, its, components in entries(SOURCES):
        if suites & set(its) and "main" in components and not uri.startswith("cdrom:"):
            return uri
    raise Unavailable("none of the machine's apt sources carries Debian's own release")


def codename() -> str:
    """The name of this machine's Debian release, such as "bookworm"."""
    facts = dict(line.split("=", 1) for line in OS_RELEASE.read_text().splitlines() if "=" in line)
    if facts.get("ID", "").strip('"') != "debian":
        raise Unavailable("this is not a Debian machine")
    return facts.get("VERSION_CODENAME", "").strip('"')


def entries(folder: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """(address, suites, components) of every enabled binary source, in both formats apt knows."""
    lists = [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*.list"))]
    for path in lists:
        if path.is_file():
            yield from one_line(path.read_text())
    for path in sorted((folder / "sources.list.d").glob("*.sources")):
        yield from deb822(path.read_text())


def one_line(text: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """Sources of the form `deb [options] address suite components`."""
    for line in text.splitlines():
        found = ONE_LINE.match(line)
        if found:
            yield found["uri"], [found["suite"]], found["components"].split()


def deb822(text: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """Sources of the form of a mail header: a paragraph each, continued lines indented, comments left out."""
    plain = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for paragraph in re.split(r"\n\s*\n", plain):
        joined = re.sub(r"\n[ \t]+", " ", paragraph)
        field = {k.strip().lower(): v.split() for k, _, v in (x.partition(":") for x in joined.splitlines())}
        if "deb" in field.get("types", []) and field.get("enabled", ["yes"])[0].lower() not in ("no", "false", "0"):
            for uri in field.get("uris", []):
                yield uri, field.get("suites", []), field.get("components", [])
