from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('shipments', '0003_parcels_prices_and_charges'),
    ]

    operations = [
        migrations.AddField(
            model_name='label',
            name='address_script',
            field=models.CharField(blank=True, max_length=8),
        ),
    ]
