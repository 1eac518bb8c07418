"""Rotating: new keys above the orders' keys, while the desk runs; safe to be killed anywhere.

The orders' own keys stay: what they seal need not be touched, they are only wrapped anew.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from packbench.privacy.fields import SealedField, unseal
from packbench.privacy.keystore import Stored, key_store
from packbench.privacy.models import DataKey, wrap
from packbench.privacy.sealing import Unreadable

AT_ONCE = 1000
# So long a worker may go on with a key that it loaded before: afterwards `DataKey.keep` refuses.
GRACE = timedelta(minutes=10)


@transaction.atomic
def replace_workspace_key(workspace: Any, *, now: datetime) -> DataKey:
    """Give the workspace a new key: what is new is wrapped by it, its secrets are sealed anew.

    The orders' keys follow by `rewrap_slice`. `workspace` is an accounts.Workspace.
    """
    row = type(workspace).objects.select_for_update().select_related("key").get(pk=workspace.pk)
    old = row.key
    new, _ = DataKey.make(None, now=now)
    new.save(force_insert=True)
    DataKey.objects.filter(pk=old.pk).update(successor=new)
    type(workspace).objects.filter(pk=row.pk).update(key=new)
    _reseal_secrets(row.pk, old, new)
    return new


def replaced_keys() -> models.QuerySet[DataKey]:
    """Workspaces' keys that were replaced and still live."""
    return DataKey.objects.filter(successor__isnull=False, wrapped__isnull=False).order_by("id")


@transaction.atomic
def rewrap_slice(old: DataKey, *, most: int = AT_ONCE) -> int:
    """Wrap some of the orders' keys below the replaced key by its successor; 0: none is left.

    Several may do it at once; a key that is destroyed meanwhile stays destroyed. The key store
    comes first: a slice that fails after it is done again and changes nothing there.
    """
    new = DataKey.objects.get(pk=old.successor_id)
    rows = list(
        DataKey.objects.select_for_update(skip_locked=True)
        .filter(parent=old, destroyed_at__isnull=True)
        .order_by("id")[:most]
    )
    store = key_store()
    living = store.living(row.pk for row in rows)
    changes = []
    for row in rows:
        row.parent = old  # spare a query for each
        if (stored := living.get(row.pk)) and stored.parent_id != new.pk:
            anew = Stored(row.pk, new.pk, wrap(row.unwrapped(stored), row.pk, new))
            changes.append((stored, anew))
    store.replace(changes)
    DataKey.objects.filter(pk__in=[row.pk for row in rows]).update(parent=new)
    return len(rows)


@transaction.atomic
def end_replaced_key(old: DataKey, *, now: datetime) -> bool:
    """Destroy a replaced key that nothing needs any more. False: it is too early."""
    row = DataKey.objects.select_for_update().get(pk=old.pk)
    new = DataKey.objects.get(pk=row.successor_id)
    if row.wrapped is None or now - new.created_at < GRACE:
        return False
    if DataKey.objects.filter(parent=row, destroyed_at__isnull=True).exists():
        return False
    for workspace_id in _workspaces_of(new):
        _reseal_secrets(workspace_id, row, new)
    DataKey.destroy([row.pk], now=now)
    return True


def follow_replaced_keys(*, now: datetime, most: int = AT_ONCE, slices: int = 100) -> int:
    """Wrap by the new keys what is still below replaced ones, then destroy those.

    Bounded; safe to run again and at once elsewhere. Returns how many keys were wrapped anew.
    """
    count = 0
    for old in replaced_keys():
        for _ in range(slices):
            done = rewrap_slice(old, most=most)
            count += done
            if not done:
                end_replaced_key(old, now=now)
                break
    return count


@transaction.atomic
def rewrap_by_root() -> int:
    """Wrap every workspace's key by the newest root key; returns how many there are.

    Nobody may make a workspace meanwhile: it could be wrapped by the old one.
    """
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE accounts_workspace IN SHARE ROW EXCLUSIVE MODE")
    rows = DataKey.objects.select_for_update().filter(parent__isnull=True, wrapped__isnull=False)
    for row in rows:
        row.wrapped = wrap(row.secret(), row.pk, None)
        row.save(update_fields=["wrapped"])
    return len(rows)


def _workspaces_of(key: DataKey) -> list[str]:
    model: Any = apps.get_model("accounts", "Workspace")
    return list(model.objects.filter(key=key).values_list("pk", flat=True))


def _reseal_secrets(workspace_id: str, old: DataKey, new: DataKey) -> None:
    """Seal anew whatever of the workspace the old key still opens."""
    old_key, new_key = old.opened(), new.opened()
    for model, field in _secret_fields():
        rows = model._default_manager.select_for_update().filter(
            workspace_id=workspace_id, **{f"{field.attname}__isnull": False}
        )
        for row in rows.only("pk", field.attname):
            try:
                plain = unseal(getattr(row, field.attname), old_key)
            except Unreadable:
                continue  # it is the new key's already
            model._default_manager.filter(pk=row.pk).update(
                **{field.attname: field.seal(plain, new_key)}
            )


def _secret_fields() -> Iterator[tuple[type[models.Model], SealedField]]:
    """Every column that workspaces' own keys seal."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedField) and field.is_workspaces:
                yield model, field
