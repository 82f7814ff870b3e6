"""Which lot a facility was handed, hand-outs that undo others, and who took an incident."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("distribution", "0002_pre_carried_needs"),
        ("stock", "0001_initial"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="incident",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="incident",
            name="update_update",
        ),
        migrations.RemoveConstraint(
            model_name="handout",
            name="hand_out_owes_within",
        ),
        migrations.AddField(
            model_name="handout",
            name="cancels",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cancelled_by",
                to="distribution.handout",
            ),
        ),
        migrations.AddField(
            model_name="handout",
            name="lot",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="hand_outs",
                to="stock.lot",
            ),
        ),
        migrations.AddField(
            model_name="handout",
            name="words",
            field=models.CharField(blank=True, max_length=500, verbose_name="motif"),
        ),
        migrations.AddField(
            model_name="incident",
            name="taken_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="pris en charge le"),
        ),
        migrations.AddField(
            model_name="incident",
            name="taken_by",
            field=models.CharField(blank=True, max_length=80, verbose_name="pris en charge par"),
        ),
        migrations.AddField(
            model_name="incidentevent",
            name="taken_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="pris en charge le"),
        ),
        migrations.AddField(
            model_name="incidentevent",
            name="taken_by",
            field=models.CharField(blank=True, max_length=80, verbose_name="pris en charge par"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="incident",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "distribution_incidentevent" ("answer", "closed_at", "closed_by", "due_at", "id", "kind", "owner", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "taken_at", "taken_by", "territory_id", "told_at", "told_by", "words") VALUES (NEW."answer", NEW."closed_at", NEW."closed_by", NEW."due_at", NEW."id", NEW."kind", NEW."owner", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."plan_id", NEW."taken_at", NEW."taken_by", NEW."territory_id", NEW."told_at", NEW."told_by", NEW."words"); RETURN NULL;',
                    hash="82907f09a9032b9d1576a0d1df1c0da757d2b3f9",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_0c1dc",
                    table="distribution_incident",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="incident",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "distribution_incidentevent" ("answer", "closed_at", "closed_by", "due_at", "id", "kind", "owner", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "taken_at", "taken_by", "territory_id", "told_at", "told_by", "words") VALUES (NEW."answer", NEW."closed_at", NEW."closed_by", NEW."due_at", NEW."id", NEW."kind", NEW."owner", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."plan_id", NEW."taken_at", NEW."taken_by", NEW."territory_id", NEW."told_at", NEW."told_by", NEW."words"); RETURN NULL;',
                    hash="9665091a97119337f2a79c6136151195dc9c60cd",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_165c9",
                    table="distribution_incident",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="handout",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("cancels__isnull", True),
                        ("owed__gte", 0),
                        ("owed__lte", models.F("units")),
                        ("units__gt", 0),
                    ),
                    models.Q(
                        ("cancels__isnull", False),
                        ("owed__gte", models.F("units")),
                        ("owed__lte", 0),
                        ("units__lt", 0),
                    ),
                    _connector="OR",
                ),
                name="hand_out_owes_within",
            ),
        ),
    ]
