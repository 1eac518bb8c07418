"""Run as a program: `fill` an empty database as it was before the orders' keys had a store of
their own, or `move` the keys there by the migrations, to be killed on the way or to say what is.
"""

import json
import os
import signal
import sys

PLACE = "orders_order.recipient"
BEFORE = "0004"
AT_ONCE = 10  # keys in a slice, so that there are several


def main(word, *more):
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "packbench.config.settings")
    import django

    django.setup()
    print(json.dumps({"fill": fill, "move": move}[word](*more)))


def fill(count):
    """Workspace keys under the root key, and orders' keys under them, all in the database."""
    import secrets

    from django.core.management import call_command
    from django.db import connection

    from packbench.privacy.models import DataKey, wrap
    from packbench.privacy.sealing import KEY_BYTES, OpenKey
    from tests.making import NOW

    def add(secret, parent):
        key = DataKey(parent=parent, created_at=NOW)
        key.wrapped = wrap(secret, key.pk, parent)
        cursor.execute(
            "insert into privacy_datakey (id, parent_id, wrapped, created_at)"
            " values (%s, %s, %s, %s)",
            [key.pk, parent and parent.pk, key.wrapped, NOW],
        )
        return key

    call_command("migrate", "privacy", BEFORE, verbosity=0)
    sealed = {}
    with connection.cursor() as cursor:
        for _ in range(2):
            workspace = add(secrets.token_bytes(KEY_BYTES), None)
            for number in range(int(count)):
                secret = secrets.token_bytes(KEY_BYTES)
                key = add(secret, workspace)
                plain = f"Xanthippe {number}".encode()
                words = OpenKey.of(key.pk, secret).seal(plain, place=PLACE)
                sealed[key.pk] = [plain.decode(), words.hex(), key.wrapped.hex()]
        gone = add(secrets.token_bytes(KEY_BYTES), workspace)
        cursor.execute(
            "update privacy_datakey set wrapped = null, destroyed_at = %s where id = %s",
            [NOW, gone.pk],
        )
    return sealed


def move(after):
    """Migrate forward in small slices; the so manyth `put` or `update` is where it is killed."""
    from importlib import import_module

    from django.core.management import call_command
    from django.db.backends.utils import CursorWrapper

    from packbench.privacy.keystore import KeyStore

    import_module("packbench.privacy.migrations.0005_keys_elsewhere").AT_ONCE = AT_ONCE
    what, _, number = after.partition(":")
    left, put, execute = [int(number or 0)], KeyStore.put, CursorWrapper.execute

    def count():
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    def putting(*args, **named):
        put(*args, **named)
        if what == "put":
            count()

    def executing(cursor, sql, *args):
        answer = execute(cursor, sql, *args)
        if what == "update" and sql.startswith('UPDATE "privacy_datakey"'):
            count()
        return answer

    KeyStore.put, CursorWrapper.execute = putting, executing
    call_command("migrate", "privacy", verbosity=0)
    return opened()


def opened():
    """What the keys of now are, and where they are kept."""
    from packbench.privacy.keystore import key_store
    from packbench.privacy.models import DataKey

    rows = DataKey.objects.filter(parent__isnull=False).select_related("parent")
    return {
        "secrets": {row.pk: row.secret().hex() for row in rows if row.is_alive},
        "in_rows": sum(row.wrapped is not None for row in rows),
        "destroyed": sum(not row.is_alive for row in rows),
        "in_store": key_store().count(),
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
