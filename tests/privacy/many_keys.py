"""Run as a program: make many orders' keys, or `check` that every key opens."""

import json
import os
import sys


def main(word):
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "packbench.config.settings")
    import django

    django.setup()
    print(json.dumps(check() if word == "check" else make(int(word))))


def make(count):
    from packbench.accounts.models import Workspace
    from packbench.privacy.models import DataKey
    from tests.making import NOW

    workspace = Workspace.objects.select_related("key").first()
    for _ in range(count // 1000):
        DataKey.keep([DataKey.make(workspace.key, now=NOW)[0] for _ in range(1000)])
    return count


def check():
    from packbench.privacy.models import DataKey
    from packbench.privacy.rotating import replaced_keys
    from packbench.privacy.sealing import Unreadable

    unreadable = opened = 0
    living = DataKey.objects.filter(destroyed_at__isnull=True)
    for key in living.select_related("parent").iterator(chunk_size=5000):
        try:
            key.opened()
            opened += 1
        except Unreadable:
            unreadable += 1
    below = living.filter(parent__in=replaced_keys()).count()
    return {"opened": opened, "unreadable": unreadable, "below_replaced": below}


if __name__ == "__main__":
    main(sys.argv[1])
