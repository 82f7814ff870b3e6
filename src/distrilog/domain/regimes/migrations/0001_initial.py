import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalogue", "0001_initial"),
        ("facilities", "0001_initial"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.CreateModel(
            name="Window",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("week", models.CharField(blank=True, max_length=8, verbose_name="semaine")),
                ("starts_on", models.DateField(blank=True, null=True, verbose_name="à partir du")),
                (
                    "opens_weekday",
                    models.PositiveSmallIntegerField(
                        default=1, verbose_name="ouvre le (1 = lundi)"
                    ),
                ),
                ("opens_clock", models.TimeField(verbose_name="ouvre à")),
                (
                    "closes_weekday",
                    models.PositiveSmallIntegerField(
                        default=7, verbose_name="ferme le (7 = dimanche)"
                    ),
                ),
                ("closes_clock", models.TimeField(verbose_name="ferme à")),
                ("closed", models.BooleanField(default=False, verbose_name="fermée")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="motif")),
                (
                    "zone",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="windows",
                        to="facilities.zone",
                    ),
                ),
            ],
            options={
                "verbose_name": "fenêtre de commande",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("zone", "week", "starts_on"),
                        name="window_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("opens_weekday__lt", models.F("closes_weekday")),
                            models.Q(
                                ("opens_weekday", models.F("closes_weekday")),
                                ("opens_clock__lt", models.F("closes_clock")),
                            ),
                            _connector="OR",
                        ),
                        name="window_opens_before_it_closes",
                        violation_error_message="La fenêtre se ferme avant de s’ouvrir.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RegimeDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "regime",
                    models.CharField(
                        choices=[("routine", "achat libre"), ("tension", "tension")],
                        max_length=10,
                        verbose_name="régime",
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("pull", "commande sous contingent"),
                            ("push", "dotation poussée"),
                        ],
                        default="pull",
                        max_length=6,
                        verbose_name="mode",
                    ),
                ),
                ("starts_at", models.DateTimeField(verbose_name="à partir du")),
                ("reason", models.TextField(max_length=2000, verbose_name="motif")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "à signer"),
                            ("signed", "signée"),
                            ("withdrawn", "retirée"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                ("preview", models.JSONField(blank=True, default=dict, verbose_name="effet prévu")),
                ("prepared_by", models.CharField(max_length=80, verbose_name="préparée par")),
                ("prepared_at", models.DateTimeField(verbose_name="préparée le")),
                (
                    "signed_by",
                    models.CharField(blank=True, max_length=80, verbose_name="signée par"),
                ),
                (
                    "signed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="signée le"),
                ),
            ],
            options={
                "verbose_name": "décision de régime",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "signed"), _negated=True),
                            models.Q(
                                ("signed_at__isnull", False),
                                models.Q(("signed_by", ""), _negated=True),
                                models.Q(("signed_by", models.F("prepared_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="regime_signed_by_another",
                        violation_error_message="Deux personnes différentes doivent préparer et signer.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RegimeDecisionEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "regime",
                    models.CharField(
                        choices=[("routine", "achat libre"), ("tension", "tension")],
                        max_length=10,
                        verbose_name="régime",
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("pull", "commande sous contingent"),
                            ("push", "dotation poussée"),
                        ],
                        default="pull",
                        max_length=6,
                        verbose_name="mode",
                    ),
                ),
                ("starts_at", models.DateTimeField(verbose_name="à partir du")),
                ("reason", models.TextField(max_length=2000, verbose_name="motif")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "à signer"),
                            ("signed", "signée"),
                            ("withdrawn", "retirée"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                ("preview", models.JSONField(blank=True, default=dict, verbose_name="effet prévu")),
                ("prepared_by", models.CharField(max_length=80, verbose_name="préparée par")),
                ("prepared_at", models.DateTimeField(verbose_name="préparée le")),
                (
                    "signed_by",
                    models.CharField(blank=True, max_length=80, verbose_name="signée par"),
                ),
                (
                    "signed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="signée le"),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="regimes.regimedecision",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RegimeLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="regimes.regimedecision",
                    ),
                ),
                (
                    "family",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.family",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.region",
                    ),
                ),
            ],
            options={
                "verbose_name": "ligne de décision",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("decision", "family", "region"), name="regime_line_once"
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="regimedecision",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "regimes_regimedecisionevent" ("id", "mode", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prepared_at", "prepared_by", "preview", "reason", "regime", "signed_at", "signed_by", "starts_at", "state") VALUES (NEW."id", NEW."mode", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."prepared_at", NEW."prepared_by", NEW."preview", NEW."reason", NEW."regime", NEW."signed_at", NEW."signed_by", NEW."starts_at", NEW."state"); RETURN NULL;',
                    hash="793d6deebd6b25032eeb8864b3d98e6336a05927",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_dcde1",
                    table="regimes_regimedecision",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="regimedecision",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "regimes_regimedecisionevent" ("id", "mode", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prepared_at", "prepared_by", "preview", "reason", "regime", "signed_at", "signed_by", "starts_at", "state") VALUES (NEW."id", NEW."mode", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."prepared_at", NEW."prepared_by", NEW."preview", NEW."reason", NEW."regime", NEW."signed_at", NEW."signed_by", NEW."starts_at", NEW."state"); RETURN NULL;',
                    hash="b6ff75ddab514f1efb099120ab04d36739a80873",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_8d9fa",
                    table="regimes_regimedecision",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="regimedecisionevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="de2b4264413c1fe992c72f10ba68e7a7b2fdf801",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_7619a",
                    table="regimes_regimedecisionevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
