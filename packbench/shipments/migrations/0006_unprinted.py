from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):

    dependencies = [
        ("shipments", "0005_what_is_wished_of_rates"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="shipment",
            index=models.Index(
                fields=["workspace", "order"],
                name="shipment_unprinted",
                condition=Q(status="purchased"),
            ),
        ),
    ]
