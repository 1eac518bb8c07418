from django.db import migrations, models
from django.db.models.functions import Upper


class Migration(migrations.Migration):

    dependencies = [("orders", "0014_quick_text_search")]

    operations = [
        migrations.RemoveConstraint(model_name="orderitem", name="order_item_once"),
        migrations.AddConstraint(
            model_name="orderitem",
            constraint=models.UniqueConstraint(
                fields=("order", "external_id"), include=("sku", "asin"), name="order_item_once"
            ),
        ),
        migrations.RemoveIndex(model_name="orderitem", name="item_sku"),
        migrations.AddIndex(
            model_name="orderitem",
            index=models.Index(Upper("sku"), include=("sku", "order"), name="item_sku"),
        ),
    ]
