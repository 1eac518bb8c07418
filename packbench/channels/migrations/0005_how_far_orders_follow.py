from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('channels', '0004_sold_categories'),
    ]

    operations = [
        migrations.AddField(
            model_name='store',
            name='slots_filled_to',
            field=models.CharField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name='store',
            name='products_matched_to',
            field=models.CharField(max_length=32, null=True),
        ),
    ]
