from django.db import migrations, models
from django.core.validators import MaxValueValidator, MinValueValidator

APPEND_ONLY = """
create function privacy_sanitization_stays() returns trigger language plpgsql as $$
begin
    raise exception 'A record of an erasure is neither changed nor deleted.';
end $$;
create trigger sanitization_stays before update or delete on privacy_sanitization
    for each row execute function privacy_sanitization_stays();
"""
FREE = """
drop trigger sanitization_stays on privacy_sanitization;
drop function privacy_sanitization_stays();
"""


def days(label, most, least=1, default=None):
    return models.PositiveSmallIntegerField(
        default=most if default is None else default,
        validators=[MinValueValidator(least), MaxValueValidator(most)],
        verbose_name=label,
    )


class Migration(migrations.Migration):

    dependencies = [
        ('privacy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Retention',
            fields=[
                ('workspace_id', models.CharField(editable=False, max_length=32, primary_key=True, serialize=False)),
                ('not_shipped_days', days('Not shipped here: days after the import', 14)),
                ('delivered_days', days('Tracked: days after the delivery', 30)),
                ('shipped_days', days('Tracked: days after the ship date', 30)),
                ('labeled_days', days('Tracked: days after the label', 44)),
                ('untracked_days', days('Not tracked: days after the shipment was created', 30)),
                ('backup_days', days('Days that your backups live', 10, 0, 0)),
                ('reckoned_to', models.CharField(max_length=32, null=True)),
                ('changed_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('backup_days__lte', 10), ('delivered_days__lte', 30), ('labeled_days__lte', 44), ('not_shipped_days__lte', 14), ('shipped_days__lte', 30), ('untracked_days__lte', 30)), name='retention_within_policy')],
            },
        ),
        migrations.CreateModel(
            name='Sanitization',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('workspace_id', models.CharField(max_length=32)),
                ('order_id', models.CharField(db_index=True, max_length=32)),
                ('number', models.CharField(max_length=50)),
                ('key_id', models.CharField(max_length=32)),
                ('rule', models.CharField(max_length=24)),
                ('due_at', models.DateTimeField()),
                ('erased_at', models.DateTimeField()),
                ('items', models.PositiveIntegerField()),
                ('documents', models.PositiveIntegerField()),
                ('actor', models.CharField(max_length=64)),
            ],
            options={
                'indexes': [models.Index(fields=['workspace_id', '-id'], name='sanitization_of_workspace')],
            },
        ),
        migrations.CreateModel(
            name='Sweep',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('workspace_id', models.CharField(blank=True, max_length=32)),
                ('began_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField()),
                ('erased', models.PositiveIntegerField(default=0)),
                ('steady_since', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['workspace_id', '-id'], name='sweep_of_workspace')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('workspace_id', '')), fields=('workspace_id',), name='sweep_heartbeat_once')],
            },
        ),
        migrations.RunSQL(APPEND_ONLY, FREE),
    ]
