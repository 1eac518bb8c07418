"""Secrets of the installation: made at the first start, kept in files that only we can read."""

import base64
import binascii
import os
import secrets
from pathlib import Path

KEY_BYTES = 32
NEW_ROOT = "root.key.new"


def root_keys(home: Path, given: str | None, given_old: str | None) -> tuple[bytes, ...]:
    """The 256-bit keys that wrap all others, the newest first; two while it is being replaced.

    From `PACKBENCH_ROOT_KEY` and `PACKBENCH_ROOT_KEY_OLD`, else `keys/root.key` and
    `keys/root.key.new`. Read anew at each call: a rotation changes the files under running desks.
    """
    if given:
        return tuple(_decoded(text) for text in (given, given_old) if text)
    current = _kept(home / "keys" / "root.key")
    try:
        return _decoded((home / "keys" / NEW_ROOT).read_text().strip()), _decoded(current)
    except FileNotFoundError:
        # A rotation may have ended since the first look: then the file is another one now.
        return (_decoded(_kept(home / "keys" / "root.key")),)


def begin_root_rotation(home: Path) -> None:
    """Make `keys/root.key.new`, unless a rotation that was cut short left it there."""
    _kept(home / "keys" / NEW_ROOT)


def end_root_rotation(home: Path) -> None:
    """The new root key takes the old one's place, which is gone with it."""
    (home / "keys" / NEW_ROOT).replace(home / "keys" / "root.key")


def django_key(home: Path, given: str | None) -> str:
    """Return the key that signs sessions: `PACKBENCH_SECRET_KEY`, or `keys/session.key`."""
    return given or _kept(home / "keys" / "session.key")


def _kept(path: Path) -> str:
    """Read the key file; make it first where it is missing. First starts at once agree on one."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        _make(path)
    return path.read_text().strip()


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")  # threads have one each
    draft.write_text(text)
    draft.chmod(0o400)
    try:
        os.link(draft, path)  # fails where another one was first
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _decoded(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise SystemExit("PACKBENCH_ROOT_KEY must be 32 bytes in base64 (openssl rand -base64 32).")
    return key
