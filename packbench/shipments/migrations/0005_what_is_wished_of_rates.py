"""What a shipment wishes of the rates, until a job has chosen among them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shipments", "0004_script_of_the_address")]

    operations = [
        migrations.AddField(model_name="shipment", name="wish", field=models.JSONField(null=True)),
    ]
