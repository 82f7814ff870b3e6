import django.db.models.deletion
import django.db.models.expressions
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalogue", "0001_initial"),
        ("doctrines", "0001_initial"),
        ("facilities", "0001_initial"),
        ("pghistory", "0007_auto_20250421_0444"),
        ("stock", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="QuotaRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("week", models.CharField(max_length=8, verbose_name="semaine")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "brouillon"),
                            ("signed", "signé"),
                            ("published", "publié"),
                            ("superseded", "remplacé"),
                            ("abandoned", "abandonné"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                ("inputs", models.JSONField(verbose_name="données d’entrée")),
                ("fairness", models.JSONField(blank=True, default=dict, verbose_name="équité")),
                (
                    "previous_head",
                    models.CharField(
                        blank=True, max_length=64, verbose_name="empreinte précédente"
                    ),
                ),
                ("head", models.CharField(blank=True, max_length=64, verbose_name="empreinte")),
                ("reason", models.TextField(blank=True, max_length=2000, verbose_name="motif")),
                ("prepared_by", models.CharField(max_length=80, verbose_name="préparé par")),
                ("prepared_at", models.DateTimeField(verbose_name="préparé le")),
                (
                    "previewed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="prévisualisé le"),
                ),
                (
                    "signed_by",
                    models.CharField(blank=True, max_length=80, verbose_name="signé par"),
                ),
                ("signed_at", models.DateTimeField(blank=True, null=True, verbose_name="signé le")),
                (
                    "published_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="publié le"),
                ),
                (
                    "doctrine",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="doctrines.doctrineversion",
                    ),
                ),
                (
                    "supersedes",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="superseded_by",
                        to="quotas.quotarun",
                    ),
                ),
            ],
            options={
                "verbose_name": "calcul des contingents",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "published")),
                        fields=("week",),
                        name="run_one_published_a_week",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state__in", ["signed", "published", "superseded"]), _negated=True
                            ),
                            models.Q(
                                models.Q(("signed_by", ""), _negated=True),
                                models.Q(("signed_by", models.F("prepared_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="run_signed_by_another",
                        violation_error_message="Deux personnes différentes doivent préparer et signer.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Quota",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("week", models.CharField(max_length=8, verbose_name="semaine")),
                ("need", models.BigIntegerField(verbose_name="besoin")),
                ("cap", models.BigIntegerField(verbose_name="contingent")),
                ("ordered", models.BigIntegerField(default=0, verbose_name="commandé")),
                ("reason", models.PositiveSmallIntegerField(verbose_name="raison")),
                ("carried", models.BigIntegerField(default=0, verbose_name="report entrant")),
                ("carried_next", models.BigIntegerField(default=0, verbose_name="report sortant")),
                ("floor", models.BigIntegerField(default=0, verbose_name="plancher")),
                ("ceiling", models.BigIntegerField(default=0, verbose_name="plafond")),
                (
                    "facility",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="quotas",
                        to="facilities.facility",
                    ),
                ),
                (
                    "family",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.family",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.place",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="quotas",
                        to="quotas.quotarun",
                    ),
                ),
            ],
            options={
                "verbose_name": "contingent",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("facility", "week", "family"), name="quota_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ordered__gte", 0), ("ordered__lte", models.F("cap"))),
                        name="quota_never_exceeded",
                        violation_error_message="Le contingent est dépassé.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Pot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("week", models.CharField(max_length=8, verbose_name="semaine")),
                ("cap", models.BigIntegerField(verbose_name="pot commun")),
                ("ordered", models.BigIntegerField(default=0, verbose_name="commandé")),
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
                        related_name="pots",
                        to="facilities.region",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.place",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pots",
                        to="quotas.quotarun",
                    ),
                ),
            ],
            options={
                "verbose_name": "pot commun",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("region", "week", "family", "source"), name="pot_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ordered__gte", 0), ("ordered__lte", models.F("cap"))),
                        name="pot_never_exceeded",
                        violation_error_message="Le pot commun est dépassé.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="QuotaRunEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("week", models.CharField(max_length=8, verbose_name="semaine")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "brouillon"),
                            ("signed", "signé"),
                            ("published", "publié"),
                            ("superseded", "remplacé"),
                            ("abandoned", "abandonné"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                ("inputs", models.JSONField(verbose_name="données d’entrée")),
                ("fairness", models.JSONField(blank=True, default=dict, verbose_name="équité")),
                (
                    "previous_head",
                    models.CharField(
                        blank=True, max_length=64, verbose_name="empreinte précédente"
                    ),
                ),
                ("head", models.CharField(blank=True, max_length=64, verbose_name="empreinte")),
                ("reason", models.TextField(blank=True, max_length=2000, verbose_name="motif")),
                ("prepared_by", models.CharField(max_length=80, verbose_name="préparé par")),
                ("prepared_at", models.DateTimeField(verbose_name="préparé le")),
                (
                    "previewed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="prévisualisé le"),
                ),
                (
                    "signed_by",
                    models.CharField(blank=True, max_length=80, verbose_name="signé par"),
                ),
                ("signed_at", models.DateTimeField(blank=True, null=True, verbose_name="signé le")),
                (
                    "published_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="publié le"),
                ),
                (
                    "doctrine",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="doctrines.doctrineversion",
                    ),
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
                        to="quotas.quotarun",
                    ),
                ),
                (
                    "supersedes",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="quotas.quotarun",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="QuotaRunFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40, verbose_name="nom")),
                ("content", models.BinaryField(verbose_name="contenu")),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="quotas.quotarun",
                    ),
                ),
            ],
            options={
                "verbose_name": "fichier scellé",
                "constraints": [
                    models.UniqueConstraint(fields=("run", "name"), name="run_file_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Share",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("envelope", models.BigIntegerField(verbose_name="enveloppe (unités)")),
                ("need", models.BigIntegerField(default=0, verbose_name="besoin (unités)")),
                ("shared", models.BigIntegerField(default=0, verbose_name="réparti (unités)")),
                ("pots", models.BigIntegerField(default=0, verbose_name="pots communs (unités)")),
                ("box_units", models.PositiveIntegerField(verbose_name="unités par boîte")),
                (
                    "level_numerator",
                    models.DecimalField(decimal_places=0, default=0, max_digits=40),
                ),
                (
                    "level_denominator",
                    models.DecimalField(decimal_places=0, default=1, max_digits=40),
                ),
                (
                    "floors_short",
                    models.BooleanField(default=False, verbose_name="planchers réduits"),
                ),
                ("fairness", models.JSONField(blank=True, default=dict, verbose_name="équité")),
                (
                    "family",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.family",
                    ),
                ),
                (
                    "reservation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.entry",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shares",
                        to="quotas.quotarun",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.place",
                    ),
                ),
            ],
            options={
                "verbose_name": "répartition",
                "constraints": [
                    models.UniqueConstraint(fields=("run", "family", "source"), name="share_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "envelope__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("shared"), "+", models.F("pots")
                                ),
                            )
                        ),
                        name="share_within_envelope",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="quotarun",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "quotas_quotarunevent" ("doctrine_id", "fairness", "head", "id", "inputs", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prepared_at", "prepared_by", "previewed_at", "previous_head", "published_at", "reason", "signed_at", "signed_by", "state", "supersedes_id", "week") VALUES (NEW."doctrine_id", NEW."fairness", NEW."head", NEW."id", NEW."inputs", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."prepared_at", NEW."prepared_by", NEW."previewed_at", NEW."previous_head", NEW."published_at", NEW."reason", NEW."signed_at", NEW."signed_by", NEW."state", NEW."supersedes_id", NEW."week"); RETURN NULL;',
                    hash="56d73a3581958fbdef70c84cd84fbdc871174f98",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_63dd0",
                    table="quotas_quotarun",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="quotarun",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "quotas_quotarunevent" ("doctrine_id", "fairness", "head", "id", "inputs", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prepared_at", "prepared_by", "previewed_at", "previous_head", "published_at", "reason", "signed_at", "signed_by", "state", "supersedes_id", "week") VALUES (NEW."doctrine_id", NEW."fairness", NEW."head", NEW."id", NEW."inputs", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."prepared_at", NEW."prepared_by", NEW."previewed_at", NEW."previous_head", NEW."published_at", NEW."reason", NEW."signed_at", NEW."signed_by", NEW."state", NEW."supersedes_id", NEW."week"); RETURN NULL;',
                    hash="a9f6c842e3c078fb6c691fd620ecfbfcd522f756",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_2096c",
                    table="quotas_quotarun",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="quotarunevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="1add7468245dbe10582864bbcd923754a0ccd695",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_cc8e5",
                    table="quotas_quotarunevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
