import django.contrib.postgres.fields
import packbench.privacy.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0010_tags_and_customers'),
    ]

    operations = [
        migrations.AddField(
            model_name='order',
            name='address_findings',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), default=list, size=None),
        ),
        migrations.AddField(
            model_name='order',
            name='address_stops',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), default=list, size=None),
        ),
        migrations.AddField(
            model_name='order',
            name='address_script',
            field=models.CharField(blank=True, choices=[('latin', 'In Latin letters'), ('native', 'As it came')], max_length=8),
        ),
        migrations.AddField(
            model_name='order',
            name='latin_address',
            field=packbench.privacy.fields.SealedField(null=True),
        ),
        # The orders that are here already were never checked: the sweep takes them up.
        migrations.AddField(
            model_name='order',
            name='is_address_unchecked',
            field=models.BooleanField(default=True),
        ),
        migrations.AlterField(
            model_name='order',
            name='is_address_unchecked',
            field=models.BooleanField(default=False),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('is_address_unchecked', True)), fields=['id'], name='order_to_check'),
        ),
    ]
