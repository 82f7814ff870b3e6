"""What the plans before left unserved, and what those of the same week give already; a programme may be older than any doctrine."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("distribution", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="planline",
            name="already",
            field=models.BigIntegerField(
                db_default=0, default=0, verbose_name="déjà prévu cette semaine"
            ),
        ),
        migrations.AddField(
            model_name="planline",
            name="missing",
            field=models.BigIntegerField(db_default=0, default=0, verbose_name="non servi reporté"),
        ),
        migrations.AlterField(
            model_name="plan",
            name="doctrine",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="plans",
                to="doctrines.doctrineversion",
            ),
        ),
        migrations.AlterField(
            model_name="plan",
            name="excluded",
            field=models.JSONField(blank=True, default=dict, verbose_name="non servis"),
        ),
        migrations.AlterField(
            model_name="planevent",
            name="doctrine",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="doctrines.doctrineversion",
            ),
        ),
        migrations.AlterField(
            model_name="planevent",
            name="excluded",
            field=models.JSONField(blank=True, default=dict, verbose_name="non servis"),
        ),
    ]
