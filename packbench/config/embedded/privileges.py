"""Whom PostgreSQL runs as. It refuses root, so root lends it an account without rights.

No permission of any folder is loosened for it. Where a parent folder is closed to that account
(`/root` usually is), the programs get the one capability that lets them pass, and nothing else.
"""

import os
import pwd
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packbench.config.embedded.errors import EmbeddedError

CAPABILITIES = {"dac_read_search": 2, "dac_override": 1}  # name -> bit, the lesser right first


class NotPermitted(EmbeddedError):
    """The account that PostgreSQL needs cannot reach its files."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who owns the data folder, and the words that start a command as that user."""

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()

    def own(self, folder: Path) -> None:
        if os.geteuid() == 0:
            os.chown(folder, self.uid, self.gid)


def account_for(owned: Iterable[Path], reached: Iterable[Path]) -> Account:
    """Ourselves; as root, the owner of the first of `owned` that is not root's, else `nobody`.

    `reached` are the files that the account must be able to reach. Raises NotPermitted.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    owners = [folder.stat() for folder in owned if folder.exists()]
    uid, gid = next(((o.st_uid, o.st_gid) for o in owners if o.st_uid != 0), _nobody())
    return Account(uid, gid, _setpriv(uid, gid, _capability(list(reached))))


def _nobody() -> tuple[int, int]:
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _setpriv(uid: int, gid: int, capability: str) -> tuple[str, ...]:
    words = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
    if not capability:
        return (*words, "--inh-caps=-all")
    # access(2) drops the capabilities of anyone but root unless this bit is set, and initdb
    # looks for its programs by access(2).
    words.append("--securebits=+no_setuid_fixup")
    return (*words, f"--inh-caps=-all,+{capability}", f"--ambient-caps=-all,+{capability}")


def _capability(paths: list[Path]) -> str:
    """The least capability with which anybody can reach these paths; "" if none is needed."""
    if all(_is_open(path) for path in paths):
        return ""
    usable = ["dac_override"] if any(map(_is_closed_program, paths)) else list(CAPABILITIES)
    for name in usable:
        if _permitted() >> CAPABILITIES[name] & 1:
            return name
    raise NotPermitted(
        "PostgreSQL does not run as root, and this system does not let another user reach "
        f"{paths[0]}. Run Packbench as a user other than root, or set DATABASE_URL."
    )


def _is_open(path: Path) -> bool:
    parents = all(parent.stat().st_mode & stat.S_IXOTH for parent in path.parents)
    return parents and not _is_closed_program(path)


def _is_closed_program(path: Path) -> bool:
    return path.is_file() and not path.stat().st_mode & stat.S_IXOTH


def _permitted() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1], 16) for line in lines if line.startswith("CapPrm:"))
