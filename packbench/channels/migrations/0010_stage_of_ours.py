from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("channels", "0009_leads_and_surveys"),
    ]

    operations = [
        migrations.AlterField(
            model_name="importrun",
            name="stage",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "All orders"),
                    ("urgent", "What waits for a parcel"),
                    ("rest", "The rest"),
                    ("ours", "The rest that the seller ships"),
                ],
                max_length=8,
            ),
        ),
    ]
