from django.db import migrations

# Django gives keys of text a second index for LIKE. Nobody asks so, and imports pay for each.
DROP_UNUSED = r"""
do $$
declare unused text;
begin
    for unused in
        select indexname from pg_indexes
        where schemaname = current_schema() and indexname like '%\_like'
            and tablename in ('orders_order', 'orders_orderitem', 'orders_searchentry',
                'privacy_datakey')
    loop
        execute format('drop index %I', unused);
    end loop;
end
$$
"""


class Migration(migrations.Migration):

    dependencies = [
        ("orders", "0006_grid_and_search"),
        ("privacy", "0003_key_successor"),
    ]

    operations = [migrations.RunSQL(DROP_UNUSED, migrations.RunSQL.noop)]
