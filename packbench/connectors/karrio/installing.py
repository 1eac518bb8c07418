"""Installing Karrio: into an environment of its own, which nothing else of ours ever imports.

Beside our packages it would not do: it needs `phonenumbers` where we have `phonenumberslite`, the
same module in another edition, and its wheels bring packages called `docs`, `modules` and `tests`.
"""

import shutil
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).with_name("requirements.lock")
MOST_S = 1800


class CannotInstall(Exception):
    """What a person must do first, in a sentence."""


def install_karrio(home: Path, *, lock: Path = LOCK) -> Path:
    """Make the environment anew and return its interpreter. Raises CannotInstall; nothing is left.

    Every file is checked against the hash in the lock. Safe to run again.
    """
    shutil.rmtree(home, ignore_errors=True)
    python = home / "bin" / "python"
    try:
        _run(sys.executable, "-m", "venv", str(home))
        _run(str(python), "-m", "pip", "install", "--quiet", "--no-input",
             "--disable-pip-version-check", "--require-hashes", "-r", str(lock))  # fmt: skip
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise
    return python


def _run(*words: str) -> None:
    try:
        subprocess.run(words, check=True, timeout=MOST_S)
    except (OSError, subprocess.SubprocessError) as error:
        raise CannotInstall(
            "Karrio could not be installed; what went wrong stands above. It needs pip, Python's "
            "module venv (Debian: python3-venv) and a package index that this machine reaches."
        ) from error
