"""Secrets of the installation: made at the first start, kept in files that only we can read."""

import base64
import binascii
import os
import secrets
from pathlib import Path

KEY_BYTES = 32


def root_key(home: Path, given: str | None) -> bytes:
    """Return the 256-bit key that wraps all others: `PACKBENCH_ROOT_KEY`, or `keys/root.key`."""
    return _decoded(given or _kept(home / "keys" / "root.key"))


def django_key(home: Path, given: str | None) -> str:
    """Return the key that signs sessions: `PACKBENCH_SECRET_KEY`, or `keys/session.key`."""
    return given or _kept(home / "keys" / "session.key")


def _kept(path: Path) -> str:
    """Read the key file; make it first where it is missing. Two first starts agree on one key."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(text)
    draft.chmod(0o400)
    try:
        os.link(draft, path)  # fails where another process was first
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().strip()


def _decoded(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise SystemExit("PACKBENCH_ROOT_KEY must be 32 bytes in base64 (openssl rand -base64 32).")
    return key
