"""Tidying: what the key store and the database say of a key is made one again.

The store is written first and knows no transaction: what fails in between leaves a key that
nothing needs, or one that was to be destroyed.
"""

from datetime import datetime, timedelta

from packbench.privacy.keystore import key_store
from packbench.privacy.models import DataKey

AT_ONCE = 5000
# So long an unknown key may belong to a transaction that goes on, or to a desk that was started
# on the wrong database. It opens nothing that was saved.
UNKNOWN_FOR = timedelta(days=4)


def tidy_keys(*, now: datetime, most: int = AT_ONCE) -> int:
    """Destroy in the store what the database destroyed or, for days, did not know.

    Safe to run again; returns how many keys were destroyed. Where the database knows none of the
    store's keys, it is another store's database, and nothing is done.
    """
    store, number, count, unknown = key_store(), 0, 0, list[str]()
    is_ours = False
    while page := store.after(number, most=most):
        number = page[-1].number
        ids = [each.id for each in page]
        rows = dict(DataKey.objects.filter(pk__in=ids).values_list("pk", "destroyed_at"))
        is_ours = is_ours or bool(rows)
        count += store.destroy(key_id for key_id, gone_at in rows.items() if gone_at)
        old = [each.id for each in page if each.made_at < now - UNKNOWN_FOR]
        unknown += [key_id for key_id in old if key_id not in rows]
    if is_ours:
        count += store.destroy(unknown)
    store.settle()
    return count
