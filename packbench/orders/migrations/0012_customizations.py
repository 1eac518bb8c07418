import django.db.models.deletion
from django.db import migrations, models

import packbench.orders.customizations
import packbench.privacy.fields

WANT = """
insert into orders_customization (item_id, state, next_try_at, tries)
select i.id, 'waiting', now(), 0
from orders_orderitem i join orders_order o on o.id = i.order_id
where i.is_customized and i.notes is not null and o.status in (
    'awaiting_shipment', 'partially_shipped', 'awaiting_payment', 'on_hold', 'pending_fulfillment'
)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0011_address_findings'),
    ]

    operations = [
        migrations.CreateModel(
            name='Customization',
            fields=[
                ('item', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='customization', serialize=False, to='orders.orderitem')),
                ('state', models.CharField(choices=[('waiting', 'Being fetched'), ('fetched', 'Fetched'), ('expired', 'Link expired'), ('failed', 'Not fetched'), ('erased', 'Erased')], default='waiting', max_length=8)),
                ('next_try_at', models.DateTimeField(null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('problem', models.JSONField(null=True)),
                ('fetched_at', models.DateTimeField(null=True)),
                ('details', packbench.privacy.fields.SealedField(editable=False, null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('next_try_at__isnull', False)), fields=['next_try_at'], name='customization_due')],
            },
        ),
        migrations.CreateModel(
            name='CustomPicture',
            fields=[
                ('id', models.CharField(default=packbench.orders.customizations.new_custom_picture_id, editable=False, max_length=32, primary_key=True, serialize=False)),
                ('position', models.PositiveSmallIntegerField()),
                ('width', models.PositiveSmallIntegerField()),
                ('height', models.PositiveSmallIntegerField()),
                ('is_preview', models.BooleanField(default=False)),
                ('content', packbench.privacy.fields.SealedField(editable=False, null=True)),
                ('customization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pictures', to='orders.customization')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('customization', 'position'), name='custom_picture_once')],
            },
        ),
        migrations.RunSQL(WANT, migrations.RunSQL.noop),
    ]
