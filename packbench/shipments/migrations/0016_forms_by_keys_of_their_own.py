import secrets

from django.db import migrations

PLACE = "shipments_manifest.form"


def seal_anew(apps, schema_editor):
    """Give each form that is kept a key of its own; what it was sealed by, the workspace's, stays.

    Forms live two weeks, so there are few. The keys are in the key store before the rows say so:
    cut short, it is run again and makes others.
    """
    from packbench.privacy.keystore import Stored, key_store
    from packbench.privacy.models import DataKey as Living
    from packbench.privacy.models import new_key_id, wrap
    from packbench.privacy.sealing import KEY_BYTES, OpenKey, Sealed, Unreadable

    Manifest, DataKey = apps.get_model("shipments", "Manifest"), apps.get_model("privacy", "DataKey")
    rows = Manifest.objects.filter(form__isnull=False, key__isnull=True)
    for row in rows.select_related("workspace__key"):
        above = row.workspace.key
        parent = Living(id=above.id, wrapped=above.wrapped)
        try:
            plain = parent.opened().open(row.form.ciphertext, place=PLACE)
        except Unreadable:
            Manifest.objects.filter(pk=row.pk).update(form=None, form_ends_at=None)
            continue
        key_id, secret = new_key_id(), secrets.token_bytes(KEY_BYTES)
        kept = Stored(key_id, above.id, wrap(secret, key_id, parent))
        key_store().put([kept], now=row.made_at)
        key = DataKey.objects.create(id=key_id, parent=above, created_at=row.made_at)
        words = OpenKey.of(key_id, secret).seal(plain, place=PLACE)
        Manifest.objects.filter(pk=row.pk).update(key=key, form=Sealed(words, PLACE, bytes))


class Migration(migrations.Migration):
    dependencies = [("shipments", "0015_keys_of_forms_and_returns")]

    operations = [
        migrations.RunPython(seal_anew, migrations.RunPython.noop, elidable=False),
    ]
