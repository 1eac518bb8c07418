"""Karrio's environment: made from the lock, or not at all."""

import re
import tomllib
from pathlib import Path

import pytest

from packbench.connectors.karrio.installing import LOCK, CannotInstall, install_karrio

PROJECT = Path(__file__).resolve().parents[3] / "pyproject.toml"


def test_the_lock_pins_what_the_group_names_and_checks_every_file():
    group = tomllib.loads(PROJECT.read_text())["dependency-groups"]["karrio"]
    lock = LOCK.read_text()

    assert all(f"\n{wanted} " in lock for wanted in group)
    pinned = re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE)
    assert lock.count("--hash=sha256:") >= len(pinned) > len(group)


def test_none_of_it_is_among_our_own_packages():
    root = PROJECT.parent
    for name in ("requirements.lock", "requirements-dev.lock"):
        assert "karrio" not in (root / name).read_text()
    assert "karrio" not in str(tomllib.loads(PROJECT.read_text())["project"])


@pytest.mark.proof
def test_an_environment_is_made_anew_or_nothing_is_left(tmp_path):
    home, lock = tmp_path / "karrio", tmp_path / "lock"
    lock.write_text("# nothing\n")

    python = install_karrio(home, lock=lock)
    assert python.exists()

    lock.write_text("== no requirement\n")
    with pytest.raises(CannotInstall):
        install_karrio(home, lock=lock)
    assert not home.exists()
