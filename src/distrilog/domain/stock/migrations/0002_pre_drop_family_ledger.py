"""The ledger by family goes; the one by lot comes with the next migration."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("quotas", "0004_pre_drop_reservation"),
        ("stock", "0001_initial"),
    ]

    operations = [
        migrations.DeleteModel("Entry"),
        migrations.DeleteModel("Account"),
    ]
