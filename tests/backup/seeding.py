"""Run as a program: fill the database of DATABASE_URL with a shop that sold something."""

import os
import sys

ORDERS = 30


def main(backup_days):
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "packbench.config.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)

    from packbench.privacy.models import Retention
    from tests.making import NOW, make_order, make_store

    store = make_store()
    for number in range(ORDERS):
        make_order(store, external_id=f"402-0000001-{number:07}")
    Retention.objects.create(
        workspace_id=store.workspace_id, backup_days=backup_days, changed_at=NOW
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
