from django.db import migrations


class Migration(migrations.Migration):
    """Rewrite the table of the keys once more, whatever became of the migration that moved them.

    Cut short between its last slice and its own rewriting, that one found nothing left to move
    when it was run again, and the keys stayed in the rows that PostgreSQL had put aside.
    """

    atomic = False  # VACUUM needs to be alone

    dependencies = [("privacy", "0007_archive")]

    operations = [
        migrations.RunSQL("vacuum (full, analyze) privacy_datakey", migrations.RunSQL.noop),
    ]
