from django.db import migrations, models

APPEND_ONLY = """
create function privacy_disclosure_stays() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.position is null and new.position is not null
        and to_jsonb(new) - 'position' - 'mac' = to_jsonb(old) - 'position' - 'mac' then
        return new;
    end if;
    raise exception 'A record of a look is neither changed nor deleted.';
end $$;
create trigger disclosure_stays before update or delete on privacy_disclosure
    for each row execute function privacy_disclosure_stays();
"""
FREE = """
drop trigger disclosure_stays on privacy_disclosure;
drop function privacy_disclosure_stays();
"""


class Migration(migrations.Migration):

    dependencies = [("privacy", "0005_keys_elsewhere")]

    operations = [
        migrations.AddField("disclosure", "position", models.BigIntegerField(null=True)),
        migrations.AddField("disclosure", "mac", models.BinaryField(max_length=32, null=True)),
        migrations.AddConstraint(
            "disclosure",
            models.UniqueConstraint(
                fields=("workspace_id", "position"), name="look_in_its_place"
            ),
        ),
        migrations.AddIndex(
            "disclosure",
            models.Index(
                fields=["workspace_id", "id"],
                name="look_unchained",
                condition=models.Q(("position__isnull", True)),
            ),
        ),
        migrations.RunSQL(APPEND_ONLY, FREE),
    ]
