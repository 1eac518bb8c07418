from django.db import migrations

import packbench.privacy.fields


class Migration(migrations.Migration):

    dependencies = [
        ('channels', '0005_how_far_orders_follow'),
    ]

    operations = [
        migrations.AddField(
            model_name='authorizationattempt',
            name='client_secret',
            field=packbench.privacy.fields.SealedField(editable=False, null=True),
        ),
    ]
