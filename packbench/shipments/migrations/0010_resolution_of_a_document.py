from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('shipments', '0009_feeds_and_codes'),
    ]

    operations = [
        migrations.AddField(
            model_name='document',
            name='dpi',
            field=models.PositiveSmallIntegerField(null=True),
        ),
    ]
