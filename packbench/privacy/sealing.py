"""Sealing: personal data is ciphertext before it reaches the database (design §5.4).

AES-256-GCM with a random 96-bit nonce. The place (table and field) and the key's id are bound
in, so a ciphertext that is moved elsewhere does not open.
"""

import os
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
KEY_BYTES = 32


class Unreadable(Exception):
    """The ciphertext was damaged, moved, or made with another key."""


@dataclass(frozen=True, slots=True)
class OpenKey:
    """A data key ready for use. It lives in memory only, and shows nothing of itself."""

    id: str
    _cipher: AESGCM

    @classmethod
    def of(cls, key_id: str, secret: bytes) -> "OpenKey":
        return cls(key_id, AESGCM(secret))

    def seal(self, plain: bytes, *, place: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, self._bound(place))

    def open(self, sealed: bytes, *, place: str) -> bytes:
        """Return the plain bytes. Raises Unreadable."""
        try:
            return self._cipher.decrypt(
                sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._bound(place)
            )
        except (InvalidTag, ValueError) as error:
            raise Unreadable(f"What is sealed at {place} cannot be opened.") from error

    def _bound(self, place: str) -> bytes:
        return f"{place}|{self.id}".encode()

    def __repr__(self) -> str:
        return f"OpenKey({self.id})"


@dataclass(frozen=True, slots=True)
class Sealed:
    """Ciphertext of one field. It opens only with its key, through `privacy.revealing`."""

    ciphertext: bytes
    place: str
    kind: Any

    def __repr__(self) -> str:
        return f"Sealed({self.place})"

    __str__ = __repr__
