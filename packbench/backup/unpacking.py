"""Unpacking files of the cold archive, where their secret key is; needs no desk and no database."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pyrage

from packbench.backup.errors import BackupError
from packbench.backup.recipients import read_identity


def unpack_archive(
    files: Sequence[Path], identity_file: Path, *, number: str | None = None
) -> Iterator[str]:
    """One JSON line an order, each order once. Raises BackupError."""
    identity, seen = read_identity(identity_file), set[str]()
    for path in files:
        try:
            lines = pyrage.decrypt(path.read_bytes(), [identity]).splitlines()
        except OSError:
            raise BackupError(f"{path} cannot be read.") from None
        except pyrage.DecryptError:
            raise BackupError(f"This secret key does not open {path}.") from None
        for line in lines:
            order = msgspec.json.decode(line)
            if order["order_id"] in seen or (number and order["number"] != number):
                continue
            seen.add(order["order_id"])
            yield line.decode()
