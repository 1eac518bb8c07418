from django.db import migrations, models
from django.db.models.functions import Upper

# What a GIN index has not sorted in yet is read at each search: little of it.
INDEXES = (
    "order_number_search",
    "order_city_search",
)
SMALL = ";".join(f"alter index {name} set (gin_pending_list_limit = 512)" for name in INDEXES)
USUAL = ";".join(f"alter index {name} reset (gin_pending_list_limit)" for name in INDEXES)
# As in 0007, of the columns that came since.
DROP_UNUSED = r"""
do $$
declare unused text;
begin
    for unused in
        select indexname from pg_indexes
        where schemaname = current_schema() and indexname like '%\_like'
            and tablename in ('orders_order', 'orders_orderitem')
    loop
        execute format('drop index %I', unused);
    end loop;
end
$$
"""


class Migration(migrations.Migration):

    dependencies = [("orders", "0013_uploads_and_own_shops")]

    operations = [
        # SKUs are few, items are many: the ones are searched, and the others found by them.
        migrations.RemoveIndex(model_name="orderitem", name="item_sku_search"),
        migrations.AddIndex(
            model_name="orderitem", index=models.Index(Upper("sku"), name="item_sku")
        ),
        migrations.RemoveIndex(model_name="order", name="order_problems"),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["workspace", "status", "due_at", "id"],
                name="order_problems",
                condition=models.Q(has_problems=True),
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["workspace", "status", "-placed_at", "id"], name="order_status_date"
            ),
        ),
        migrations.RunSQL(SMALL, USUAL),
        migrations.RunSQL(DROP_UNUSED, migrations.RunSQL.noop),
    ]
