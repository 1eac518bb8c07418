"""Who may open a backup: holders of an age identity, which need not be on this machine."""

import os
from pathlib import Path

from pyrage import IdentityError, RecipientError, x25519

from packbench.backup.errors import BackupError
from packbench.config.environment import Environment


def recipients(environment: Environment) -> list[x25519.Recipient]:
    """The recipients that the operator named, else this machine's own. Raises BackupError."""
    if not environment.backup_recipients:
        return [own_identity(environment).to_public()]
    try:
        return [x25519.Recipient.from_str(text) for text in environment.backup_recipients]
    except RecipientError:
        raise BackupError(
            "PACKBENCH_BACKUP_RECIPIENTS must be age recipients, such as age1…, with commas between"
        ) from None


def own_identity(environment: Environment) -> x25519.Identity:
    """The identity in `keys/backup.key`, made where there is none yet."""
    path = environment.home / "keys" / "backup.key"
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        with os.fdopen(file, "w") as kept:
            kept.write(f"{x25519.Identity.generate()}\n")
    return read_identity(path)


def read_identity(path: Path) -> x25519.Identity:
    """The first identity in the file. Raises BackupError."""
    try:
        lines = path.read_text().splitlines()
        return x25519.Identity.from_str(next(line for line in lines if line.startswith("AGE-")))
    except (OSError, StopIteration, IdentityError):
        raise BackupError(f"{path} holds no age identity (AGE-SECRET-KEY-1…).") from None
