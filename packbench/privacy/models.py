"""Rows: the data keys, who looked at what, how long data is kept, and what was erased."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from packbench.database.copying import copy_rows
from packbench.lib.ids import new_id
from packbench.privacy.fields import SealedField
from packbench.privacy.keystore import Stored, key_store
from packbench.privacy.sealing import KEY_BYTES, OpenKey, Unreadable

ROOT = "root"
WRAPPED_AT = "privacy_datakey.wrapped"
ALIVE = "SELECT 1 FROM privacy_datakey WHERE id = ANY(%s) AND wrapped IS NOT NULL FOR SHARE"


class KeyDestroyed(Exception):
    """The key was destroyed: what it sealed is gone for good."""


def new_key_id() -> str:
    return new_id("key")


class DataKey(models.Model):
    """A random 256-bit key, itself sealed by the workspace's key, which the root key seals.

    One for each order: destroying it makes everything that it sealed unreadable, in every backup.
    The row says that there is a key, and when it was made and destroyed. The key itself, of an
    order, is in the key store (`privacy.keystore`), never in the database; a workspace's own is
    here (`wrapped`). `make`, `keep`, `opened`, `is_alive`, `destroy` and `listed` are all that
    the rest knows of where keys are kept.
    """

    # What a list asks for beside its orders `o`, in the shape that `listed` takes.
    LISTED = "k.destroyed_at, k.parent_id"
    LISTED_FROM = "join privacy_datakey k on k.id = o.key_id"

    id = models.CharField(primary_key=True, max_length=32, default=new_key_id, editable=False)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    # Of a workspace's key that is being replaced: the one that wraps in its stead.
    successor = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    wrapped = models.BinaryField(null=True)  # a workspace's key only
    created_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True)

    fresh: bytes | None = None  # of a key that was made and is not kept yet

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | Q(wrapped__isnull=True),
                name="orders_keys_are_elsewhere",
            ),
        )

    def __str__(self) -> str:
        return self.id

    @classmethod
    def make(cls, parent: "DataKey | None", *, now: datetime) -> tuple["DataKey", OpenKey]:
        """Return an unsaved row and its key, ready for use."""
        secret = secrets.token_bytes(KEY_BYTES)
        row = cls(parent=parent, created_at=now)
        if parent is None:
            row.wrapped = wrap(secret, row.id, None)
        else:
            row.fresh = wrap(secret, row.id, parent)
        return row, OpenKey.of(row.id, secret)

    @staticmethod
    def keep(keys: Sequence["DataKey"]) -> None:
        """Save new orders' keys, within the transaction of what they seal.

        They are in the key store first: should the transaction fail, `privacy.tidying` removes
        them. Raises KeyDestroyed where a rotation has ended the key above them meanwhile.
        """
        if not keys:
            return
        stored = [Stored(key.pk, str(key.parent_id), key.fresh or b"") for key in keys]
        key_store().put(stored, now=keys[0].created_at)
        for key in keys:
            key.fresh = None
        copy_rows(keys)
        above = {key.parent_id for key in keys if key.parent_id}
        with connection.cursor() as cursor:
            cursor.execute(ALIVE, [list(above)])
            if cursor.rowcount < len(above):
                raise KeyDestroyed("The workspace's key was replaced.")

    def opened(self) -> OpenKey:
        """Return the key ready for use. Raises KeyDestroyed, sealing.Unreadable."""
        return OpenKey.of(self.id, self.secret())

    def secret(self) -> bytes:
        """The key itself, for wrapping it anew. Raises as `opened`."""
        if self.parent_id is None:
            if self.wrapped is None:
                raise KeyDestroyed(self.id)
            return _opened_by_root(self.id, bytes(self.wrapped))
        stored = None if self.destroyed_at else self._stored()
        if stored is None:
            raise KeyDestroyed(self.id)
        return self.unwrapped(stored)

    def _stored(self) -> Stored | None:
        if self.fresh is not None:  # what it seals is read before it is kept
            return Stored(self.pk, str(self.parent_id), self.fresh)
        return key_store().get(self.id)

    def unwrapped(self, stored: Stored) -> bytes:
        """The key from what the store holds, which a rotation may have wrapped anew already."""
        above = self.parent
        if above is None or above.pk != stored.parent_id:
            above = DataKey.objects.get(pk=stored.parent_id)
        parent = _opened_parent(above.pk, bytes(above.wrapped or b""))
        return parent.open(stored.wrapped, place=_place(self.id))

    @property
    def is_alive(self) -> bool:
        return self.destroyed_at is None

    @classmethod
    def listed(cls, key_id: str, columns: tuple[Any, ...], parent: "DataKey") -> "DataKey":
        """Return the key of a list's row; the parent that is given spares a query for each."""
        destroyed_at, parent_id = columns
        key = cls(id=key_id, destroyed_at=destroyed_at, parent_id=parent_id)
        if parent_id == parent.pk:
            key.parent = parent
        return key

    @staticmethod
    def destroy(key_ids: Iterable[str], *, now: datetime) -> int:
        """Forget the keys for good. Safe to run again; returns how many were still there.

        Comes before whatever else an erasure does: what fails after it is done again. The key
        store knows no transaction of the database: what it destroyed does not come back.
        """
        ids = list(key_ids)
        key_store().destroy(ids)
        alive = DataKey.objects.filter(pk__in=ids, destroyed_at__isnull=True)
        return alive.update(wrapped=None, destroyed_at=now)


def opened_if_alive(key: DataKey) -> OpenKey | None:
    """The key ready for use, or None where it was destroyed."""
    try:
        return key.opened()
    except KeyDestroyed:
        return None


class BlindingKey(models.Model):
    """A workspace's secret for blinding (`privacy.blinding`); it never leaves this row in plain."""

    workspace_id = models.CharField(primary_key=True, max_length=32, editable=False)
    secret = SealedField(kind=bytes, is_workspaces=True)

    def __str__(self) -> str:
        return self.workspace_id


class Disclosure(models.Model):
    """Personal data was shown to someone: who, what, when and why."""

    id = models.BigAutoField(primary_key=True)
    workspace_id = models.CharField(max_length=32, db_index=True)
    actor = models.CharField(max_length=64)
    fields = models.JSONField()
    order_ids = models.JSONField()
    reason = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)
    # Its place in the workspace's chain (`privacy.chaining`), given seconds after it was written.
    position = models.BigIntegerField(null=True)
    mac = models.BinaryField(max_length=32, null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["workspace_id", "position"], name="look_in_its_place"),
        )
        indexes = (
            models.Index(
                fields=["workspace_id", "id"],
                name="look_unchained",
                condition=Q(position__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.actor} {self.reason}"


MOST_DAYS = {
    "not_shipped_days": 14,  # SEED-79
    "delivered_days": 30,  # SEED-80, as the next two
    "shipped_days": 30,
    "labeled_days": 44,
    "untracked_days": 30,  # SEED-81
    "backup_days": 10,
}


def _days(label: Any, most: int, *, least: int = 1, default: int | None = None) -> Any:
    return models.PositiveSmallIntegerField(
        label,
        default=most if default is None else default,
        validators=[MinValueValidator(least), MaxValueValidator(most)],
    )


class Retention(models.Model):
    """How many days a workspace keeps buyers' data: never more than the policy allows.

    `backup_days` is how long its backups live (K); the policy's limits are brought forward by so
    many days, so that no backup can be opened later than allowed.
    """

    workspace_id = models.CharField(primary_key=True, max_length=32, editable=False)
    not_shipped_days = _days(_("Not shipped here: days after the import"), 14)
    delivered_days = _days(_("Tracked: days after the delivery"), 30)
    shipped_days = _days(_("Tracked: days after the ship date"), 30)
    labeled_days = _days(_("Tracked: days after the label"), 44)
    untracked_days = _days(_("Not tracked: days after the shipment was created"), 30)
    backup_days = _days(_("Days that your backups live"), 10, least=0, default=0)
    # The last order that was reckoned anew since the days changed; null: all of them were.
    reckoned_to = models.CharField(max_length=32, null=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(**{f"{name}__lte": most for name, most in MOST_DAYS.items()}),
                name="retention_within_policy",
            ),
        )

    def __str__(self) -> str:
        return self.workspace_id


class Sanitization(models.Model):
    """A buyer's data was erased: what, when, by which rule. The database lets nobody change it."""

    id = models.BigAutoField(primary_key=True)
    workspace_id = models.CharField(max_length=32)
    order_id = models.CharField(max_length=32, db_index=True)
    number = models.CharField(max_length=50)  # the store's number of the order
    key_id = models.CharField(max_length=32)  # the key that was destroyed
    rule = models.CharField(max_length=24)
    due_at = models.DateTimeField()
    erased_at = models.DateTimeField()
    items = models.PositiveIntegerField()  # whose notes were emptied
    documents = models.PositiveIntegerField()  # label files that were emptied
    actor = models.CharField(max_length=64)

    class Meta:
        indexes = (models.Index(fields=["workspace_id", "-id"], name="sanitization_of_workspace"),)

    def __str__(self) -> str:
        return f"{self.number} {self.rule}"


class Sweep(models.Model):
    """The erasing sweep looked: what it erased in one workspace, or, without one, that it ran."""

    id = models.BigAutoField(primary_key=True)
    workspace_id = models.CharField(max_length=32, blank=True)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    erased = models.PositiveIntegerField(default=0)
    # A clock that jumped is not believed at once: since when it has gone steadily.
    steady_since = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["workspace_id", "-id"], name="sweep_of_workspace"),)
        constraints = (
            models.UniqueConstraint(
                fields=["workspace_id"], condition=Q(workspace_id=""), name="sweep_heartbeat_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.workspace_id} {self.erased}"


def wrap(secret: bytes, key_id: str, parent: DataKey | None) -> bytes:
    """Seal a key with the one above it: the workspace's, or the newest root key."""
    if parent is None:
        root = OpenKey.of(ROOT, settings.ROOT_KEYS()[0])
        return root.seal(secret, place=_place(key_id))
    above = _opened_parent(parent.id, bytes(parent.wrapped or b""))
    return above.seal(secret, place=_place(key_id))


def _place(key_id: str) -> str:
    return f"{WRAPPED_AT}:{key_id}"


@lru_cache(maxsize=64)
def _opened_parent(key_id: str, wrapped: bytes) -> OpenKey:
    """Workspace keys are few and opened for every order: keep them for the process's life."""
    return OpenKey.of(key_id, _opened_by_root(key_id, wrapped))


def _opened_by_root(key_id: str, wrapped: bytes) -> bytes:
    """While the root key is replaced there are two; both are read anew each time: it is rare."""
    *others, last = settings.ROOT_KEYS()
    for root in others:
        try:
            return OpenKey.of(ROOT, root).open(wrapped, place=_place(key_id))
        except Unreadable:
            continue
    return OpenKey.of(ROOT, last).open(wrapped, place=_place(key_id))


class ArchivePlan(models.Model):
    """What a workspace keeps for the law beyond the policy's days, and who alone can open it.

    `recipient` is an age recipient whose identity is not on this machine. `purposes` are codes of
    `orders.archiving.PURPOSES`, `countries` ISO codes of where the parcel went.
    """

    workspace_id = models.CharField(primary_key=True, max_length=32, editable=False)
    recipient = models.CharField(max_length=100)
    purposes = models.JSONField(default=list)
    countries = models.JSONField(default=list)
    changed_by = models.CharField(max_length=32)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.workspace_id


class Archived(models.Model):
    """An order that went into the cold archive: for which purposes, and into which file."""

    order_id = models.CharField(primary_key=True, max_length=32, editable=False)
    workspace_id = models.CharField(max_length=32)
    purposes = models.JSONField(default=list)
    file = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["workspace_id", "-at"], name="archived_of_workspace"),)

    def __str__(self) -> str:
        return self.order_id
