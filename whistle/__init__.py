"""What the rooms share, the tools, and the one command; importing it loads nothing else."""

from importlib.metadata import version

DISTRIBUTION = "whistle-beacon-mesh"


def release() -> str:
    """The installed version, such as "0.1.0"; the distribution's metadata is the only place it stands."""
    return version(DISTRIBUTION)
