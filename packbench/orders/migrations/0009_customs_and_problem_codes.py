import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0008_order_life'),
    ]

    operations = [
        migrations.AddField(
            model_name='order',
            name='lacks_customs',
            field=models.BooleanField(default=False),
        ),
        migrations.AddIndex(
            model_name='order',
            index=django.contrib.postgres.indexes.GinIndex(condition=models.Q(('has_problems', True)), fields=['problems'], name='order_problem_codes'),
        ),
    ]
