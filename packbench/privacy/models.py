"""Rows: the data keys, and who looked at what."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.db import models

from packbench.lib.ids import new_id
from packbench.privacy.sealing import KEY_BYTES, OpenKey

ROOT = "root"
WRAPPED_AT = "privacy_datakey.wrapped"


class KeyDestroyed(Exception):
    """The key was destroyed: what it sealed is gone for good."""


def new_key_id() -> str:
    return new_id("key")


class DataKey(models.Model):
    """A random 256-bit key, itself sealed by the workspace's key, which the root key seals.

    One for each order: destroying it (`wrapped` becomes null) makes everything that it sealed
    unreadable, in every backup that does not hold the key.
    """

    id = models.CharField(primary_key=True, max_length=32, default=new_key_id, editable=False)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    wrapped = models.BinaryField(null=True)
    created_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.id

    @classmethod
    def make(cls, parent: "DataKey | None", *, now: datetime) -> tuple["DataKey", OpenKey]:
        """Return an unsaved row and its key, ready for use."""
        secret = secrets.token_bytes(KEY_BYTES)
        row = cls(parent=parent, created_at=now)
        row.wrapped = _wrapping_key(parent).seal(secret, place=_place(row.id))
        return row, OpenKey.of(row.id, secret)

    def opened(self) -> OpenKey:
        """Return the key ready for use. Raises KeyDestroyed, sealing.Unreadable."""
        if self.wrapped is None:
            raise KeyDestroyed(self.id)
        wrapping = _wrapping_key(self.parent if self.parent_id else None)
        return OpenKey.of(self.id, wrapping.open(bytes(self.wrapped), place=_place(self.id)))

    @staticmethod
    def destroy(key_ids: Iterable[str], *, now: datetime) -> int:
        """Forget the keys for good. Safe to run again; returns how many were still there."""
        alive = DataKey.objects.filter(pk__in=list(key_ids), wrapped__isnull=False)
        return alive.update(wrapped=None, destroyed_at=now)


def opened_if_alive(key: DataKey) -> OpenKey | None:
    """The key ready for use, or None where it was destroyed."""
    return key.opened() if key.wrapped is not None else None


class Disclosure(models.Model):
    """Personal data was shown to someone: who, what, when and why."""

    id = models.BigAutoField(primary_key=True)
    workspace_id = models.CharField(max_length=32, db_index=True)
    actor = models.CharField(max_length=64)
    fields = models.JSONField()
    order_ids = models.JSONField()
    reason = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.actor} {self.reason}"


def _place(key_id: str) -> str:
    return f"{WRAPPED_AT}:{key_id}"


def _wrapping_key(parent: DataKey | None) -> OpenKey:
    if parent is None:
        return OpenKey.of(ROOT, settings.ROOT_KEY)
    return _opened_parent(parent.id, bytes(parent.wrapped or b""))


@lru_cache(maxsize=64)
def _opened_parent(key_id: str, wrapped: bytes) -> OpenKey:
    """Workspace keys are few and opened for every order: keep them for the process's life."""
    root = OpenKey.of(ROOT, settings.ROOT_KEY)
    return OpenKey.of(key_id, root.open(wrapped, place=_place(key_id)))
