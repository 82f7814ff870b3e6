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
            name="Order",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reference",
                    models.CharField(max_length=40, unique=True, verbose_name="référence"),
                ),
                ("week", models.CharField(max_length=8, verbose_name="semaine")),
                (
                    "charge",
                    models.CharField(
                        choices=[
                            ("quota", "contingent de l’établissement"),
                            ("pot", "pot commun de l’ARS"),
                        ],
                        default="quota",
                        max_length=6,
                        verbose_name="imputation",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("placed", "enregistrée"),
                            ("cancelled", "annulée"),
                            ("released", "transmise pour préparation"),
                        ],
                        default="placed",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                ("route", models.CharField(max_length=12, verbose_name="circuit")),
                ("promised_on", models.DateField(verbose_name="livraison prévue le")),
                ("cut_off_at", models.DateTimeField(verbose_name="modifiable jusqu’au")),
                ("placed_by", models.CharField(max_length=80, verbose_name="passée par")),
                ("placed_at", models.DateTimeField(verbose_name="passée le")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
                (
                    "address",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.address",
                    ),
                ),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="facilities.facility",
                    ),
                ),
            ],
            options={
                "verbose_name": "commande",
                "indexes": [
                    models.Index(fields=["facility", "week"], name="order_by_facility_week")
                ],
            },
        ),
        migrations.CreateModel(
            name="Line",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("units", models.PositiveIntegerField(verbose_name="unités")),
                ("box_units", models.PositiveIntegerField(verbose_name="unités par boîte")),
                (
                    "amount_cents",
                    models.PositiveIntegerField(default=0, verbose_name="montant (centimes)"),
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
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "verbose_name": "ligne de commande",
                "constraints": [
                    models.UniqueConstraint(fields=("order", "family"), name="line_once_a_family"),
                    models.CheckConstraint(
                        condition=models.Q(("units__gt", 0)), name="line_asks_something"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LineEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("units", models.PositiveIntegerField(verbose_name="unités")),
                ("box_units", models.PositiveIntegerField(verbose_name="unités par boîte")),
                (
                    "amount_cents",
                    models.PositiveIntegerField(default=0, verbose_name="montant (centimes)"),
                ),
                (
                    "family",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="catalogue.family",
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
                        to="orders.line",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="OrderEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("reference", models.CharField(max_length=40, verbose_name="référence")),
                ("week", models.CharField(max_length=8, verbose_name="semaine")),
                (
                    "charge",
                    models.CharField(
                        choices=[
                            ("quota", "contingent de l’établissement"),
                            ("pot", "pot commun de l’ARS"),
                        ],
                        default="quota",
                        max_length=6,
                        verbose_name="imputation",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("placed", "enregistrée"),
                            ("cancelled", "annulée"),
                            ("released", "transmise pour préparation"),
                        ],
                        default="placed",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                ("route", models.CharField(max_length=12, verbose_name="circuit")),
                ("promised_on", models.DateField(verbose_name="livraison prévue le")),
                ("cut_off_at", models.DateTimeField(verbose_name="modifiable jusqu’au")),
                ("placed_by", models.CharField(max_length=80, verbose_name="passée par")),
                ("placed_at", models.DateTimeField(verbose_name="passée le")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
                (
                    "address",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="facilities.address",
                    ),
                ),
                (
                    "facility",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="facilities.facility",
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
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="OrderKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("owner", models.CharField(max_length=80, verbose_name="porteur")),
                ("key", models.CharField(max_length=120, verbose_name="clé")),
                ("digest", models.CharField(max_length=64, verbose_name="empreinte du contenu")),
                (
                    "facility",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="facilities.facility",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="keys",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "verbose_name": "clé d’idempotence",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("owner", "facility", "key"), name="order_key_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RefusedDemand",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("week", models.CharField(max_length=8, verbose_name="semaine")),
                ("units_asked", models.BigIntegerField(verbose_name="demandé")),
                ("units_left", models.BigIntegerField(verbose_name="restant")),
                ("cause", models.CharField(max_length=40, verbose_name="cause")),
                ("by", models.CharField(max_length=80, verbose_name="par")),
                ("at", models.DateTimeField(verbose_name="le")),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="refused_demands",
                        to="facilities.facility",
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
            ],
            options={
                "verbose_name": "demande refusée",
                "indexes": [models.Index(fields=["week", "family"], name="refused_by_week_family")],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="order",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "orders_orderevent" ("address_id", "charge", "cut_off_at", "facility_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "placed_at", "placed_by", "promised_on", "reference", "route", "status", "version", "week") VALUES (NEW."address_id", NEW."charge", NEW."cut_off_at", NEW."facility_id", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."placed_at", NEW."placed_by", NEW."promised_on", NEW."reference", NEW."route", NEW."status", NEW."version", NEW."week"); RETURN NULL;',
                    hash="b768445b504655dd2f567af924cf1c9f2ee5d4fd",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_d4b84",
                    table="orders_order",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="order",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "orders_orderevent" ("address_id", "charge", "cut_off_at", "facility_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "placed_at", "placed_by", "promised_on", "reference", "route", "status", "version", "week") VALUES (OLD."address_id", OLD."charge", OLD."cut_off_at", OLD."facility_id", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."placed_at", OLD."placed_by", OLD."promised_on", OLD."reference", OLD."route", OLD."status", OLD."version", OLD."week"); RETURN NULL;',
                    hash="3565bfe383f707792e559004752dd7ac5e4560ad",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_709b4",
                    table="orders_order",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lineevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="8f524c5f14f3bd2b75a75b14bef4430cf487c2a6",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_6506b",
                    table="orders_lineevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="line",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "orders_lineevent" ("amount_cents", "box_units", "family_id", "id", "order_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "units") VALUES (NEW."amount_cents", NEW."box_units", NEW."family_id", NEW."id", NEW."order_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."units"); RETURN NULL;',
                    hash="3f5da888e50bc8b3e0b2012aed839e6ca4f6fd0a",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_de8c6",
                    table="orders_line",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="line",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "orders_lineevent" ("amount_cents", "box_units", "family_id", "id", "order_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "units") VALUES (OLD."amount_cents", OLD."box_units", OLD."family_id", OLD."id", OLD."order_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."units"); RETURN NULL;',
                    hash="5314b00edfb73c66a3dd32de60bdd986972ba41e",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_4a99b",
                    table="orders_line",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="orderevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="7d910be96f697ed8c0d24b8d8a9b6e268d3d09ae",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_39cdb",
                    table="orders_orderevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
