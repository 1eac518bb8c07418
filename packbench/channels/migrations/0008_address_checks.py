import django.contrib.postgres.fields
import packbench.channels.models
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('channels', '0007_default_weights'),
    ]

    operations = [
        migrations.AddField(
            model_name='store',
            name='address_checks',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), default=packbench.channels.models.blocking_checks, size=None),
        ),
        migrations.AddField(
            model_name='store',
            name='addresses_judged_to',
            field=models.CharField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name='store',
            name='romanizes',
            field=models.BooleanField(default=False, verbose_name='Romanize Japanese addresses by itself'),
        ),
    ]
