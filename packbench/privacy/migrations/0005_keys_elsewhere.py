from django.db import connection as default
from django.db import migrations, models

AT_ONCE = 1000
# What the database held of the keys is gone from its tables with this, dead rows included.
REWRITE = "vacuum (full, analyze) privacy_datakey"


def move_keys(apps, schema_editor):
    """Bring the orders' keys into the key store, in slices; safe to be cut short and run again."""
    from packbench.privacy.keystore import Stored, key_store

    DataKey = apps.get_model("privacy", "DataKey")
    moved = False
    while rows := list(
        DataKey.objects.filter(parent__isnull=False, wrapped__isnull=False)
        .order_by("pk")
        .values_list("pk", "parent_id", "wrapped", "created_at")[:AT_ONCE]
    ):
        stored = [Stored(pk, parent_id, bytes(wrapped)) for pk, parent_id, wrapped, _ in rows]
        key_store().put(stored, now=min(row[3] for row in rows))
        DataKey.objects.filter(pk__in=[row[0] for row in rows]).update(wrapped=None)
        moved = True
    if moved:
        with default.cursor() as cursor:
            cursor.execute(REWRITE)


class Migration(migrations.Migration):
    atomic = False  # the keys are moved slice by slice, and VACUUM needs to be alone

    dependencies = [("privacy", "0004_blinding_key")]

    operations = [
        migrations.RunPython(move_keys, migrations.RunPython.noop, elidable=False),
        migrations.AddConstraint(
            model_name="datakey",
            constraint=models.CheckConstraint(
                condition=models.Q(("parent__isnull", True), ("wrapped__isnull", True), _connector="OR"),
                name="orders_keys_are_elsewhere",
            ),
        ),
    ]
