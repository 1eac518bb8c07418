"""Run as a program on a restored database: how many buyers does any key that is left open?"""

import os
import sys


def main(mark):
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "packbench.config.settings")
    import django

    django.setup()
    print(count(mark))


def count(mark):
    from packbench.orders.models import Order, OrderItem
    from packbench.shipments.models import Document

    keys = _keys()
    found = set()
    for field in ("recipient", "buyer", "details", "own_address", "latin_address"):
        rows = Order.objects.exclude(**{field: None}).values_list("pk", "key_id", field)
        found |= {pk for pk, key_id, sealed in rows.iterator() if _opens(sealed, key_id, keys)}
    notes = OrderItem.objects.exclude(notes=None).values_list("order_id", "order__key_id", "notes")
    found |= {pk for pk, key_id, sealed in notes.iterator() if _opens(sealed, key_id, keys)}
    files = Document.objects.exclude(content=None).values_list(
        "label__shipment__order_id", "label__shipment__order__key_id", "content"
    )
    found |= {pk for pk, key_id, sealed in files.iterator() if _opens(sealed, key_id, keys)}
    return len(found)


def _keys():
    """Every key that lives in the store, whatever the database says of it."""
    from packbench.privacy.keystore import key_store
    from packbench.privacy.models import DataKey
    from packbench.privacy.sealing import OpenKey

    store, number, keys = key_store(), 0, {}
    while page := store.after(number, most=1000):
        number = page[-1].number
        for key_id, stored in store.living(each.id for each in page).items():
            keys[key_id] = OpenKey.of(key_id, DataKey(id=key_id).unwrapped(stored))
    return keys


def _opens(sealed, key_id, keys):
    from packbench.privacy.fields import unseal
    from packbench.privacy.sealing import Unreadable

    if key_id not in keys:
        return False
    try:
        unseal(sealed, keys[key_id])
    except Unreadable:
        return False
    return True


if __name__ == "__main__":
    main(sys.argv[1])
