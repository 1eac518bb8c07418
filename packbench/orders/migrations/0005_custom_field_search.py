import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0004_reopened'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='order',
            index=models.Index(django.db.models.functions.text.Upper('custom_field1'), condition=models.Q(('custom_field1', ''), _negated=True), name='order_custom_field1'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(django.db.models.functions.text.Upper('custom_field2'), condition=models.Q(('custom_field2', ''), _negated=True), name='order_custom_field2'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(django.db.models.functions.text.Upper('custom_field3'), condition=models.Q(('custom_field3', ''), _negated=True), name='order_custom_field3'),
        ),
    ]
