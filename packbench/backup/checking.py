"""Run as a program on a restored database: open sealed values, print `[opened, tried]`."""

import json
import os

SAMPLE = 200


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "packbench.config.settings")
    import django

    django.setup()
    print(json.dumps(count_opened()))


def count_opened() -> tuple[int, int]:
    """Open the recipients of some orders whose keys live, and every application's secret."""
    from packbench.channels.models import Application
    from packbench.orders.models import Order
    from packbench.privacy.fields import unseal
    from packbench.privacy.models import KeyDestroyed
    from packbench.privacy.sealing import Unreadable

    orders = Order.objects.filter(key__destroyed_at__isnull=True, recipient__isnull=False)
    applications = Application.objects.select_related("workspace__key")
    sealed = [
        *((row.recipient, row.key) for row in orders.select_related("key__parent")[:SAMPLE]),
        *((row.client_secret, row.workspace.key) for row in applications[:SAMPLE]),
    ]
    opened = 0
    for value, key in sealed:
        try:
            unseal(value, key.opened())
        except (Unreadable, KeyDestroyed):
            continue
        opened += 1
    return opened, len(sealed)


if __name__ == "__main__":
    main()
