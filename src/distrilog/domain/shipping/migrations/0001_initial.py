import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalogue", "0001_initial"),
        ("orders", "0003_pre_source_and_withdrawn"),
        ("pghistory", "0007_auto_20250421_0444"),
        ("stock", "0003_pre_ledger_by_lot"),
    ]

    operations = [
        migrations.CreateModel(
            name="Fulfilment",
            fields=[
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="fulfilment",
                        serialize=False,
                        to="orders.order",
                    ),
                ),
                (
                    "assignment",
                    models.PositiveSmallIntegerField(default=1, verbose_name="attribution"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "transmise"),
                            ("confirmed", "confirmée"),
                            ("partly", "expédiée en partie"),
                            ("despatched", "expédiée"),
                            ("delivered", "livrée"),
                            ("received", "reçue"),
                            ("given_up", "non servie"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                (
                    "by_platform",
                    models.BooleanField(default=False, verbose_name="par l’établissement support"),
                ),
                (
                    "despatch_on",
                    models.DateField(blank=True, null=True, verbose_name="expédition prévue le"),
                ),
                ("handed_at", models.DateTimeField(verbose_name="transmise le")),
                (
                    "answered_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="réponse le"),
                ),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.place",
                    ),
                ),
            ],
            options={
                "verbose_name": "exécution de commande",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["waiting", "confirmed", "partly"])),
                        fields=["place", "order"],
                        name="fulfilment_open_by_place",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Despatch",
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
                ("assignment", models.PositiveSmallIntegerField(verbose_name="attribution")),
                (
                    "carrier",
                    models.CharField(blank=True, max_length=60, verbose_name="transporteur"),
                ),
                ("packed_at", models.DateTimeField(verbose_name="préparée le")),
                (
                    "expected_on",
                    models.DateField(blank=True, null=True, verbose_name="attendue le"),
                ),
                ("digest", models.CharField(max_length=64, verbose_name="empreinte")),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.place",
                    ),
                ),
                (
                    "fulfilment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="despatches",
                        to="shipping.fulfilment",
                    ),
                ),
            ],
            options={
                "verbose_name": "expédition",
            },
        ),
        migrations.CreateModel(
            name="Parcel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sscc", models.CharField(max_length=18, unique=True, verbose_name="SSCC")),
                (
                    "tracking",
                    models.CharField(blank=True, max_length=20, verbose_name="numéro de suivi"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("in_transit", "en route"),
                            ("delivered", "livré"),
                            ("refused", "refusé"),
                            ("lost", "perdu"),
                            ("returned", "retourné"),
                        ],
                        default="in_transit",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                (
                    "ended_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="terminé le"),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="motif")),
                (
                    "looked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="suivi consulté le"),
                ),
                (
                    "despatch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parcels",
                        to="shipping.despatch",
                    ),
                ),
            ],
            options={
                "verbose_name": "colis",
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            ("state", "in_transit"), models.Q(("tracking", ""), _negated=True)
                        ),
                        fields=["looked_at"],
                        name="parcel_to_track",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("recorded", "déclarée par l’établissement"),
                            ("assumed", "réputée conforme, sans réponse"),
                        ],
                        max_length=10,
                        verbose_name="origine",
                    ),
                ),
                ("by", models.CharField(max_length=80, verbose_name="par")),
                ("at", models.DateTimeField(verbose_name="le")),
                (
                    "despatch",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipt",
                        to="shipping.despatch",
                    ),
                ),
            ],
            options={
                "verbose_name": "réception",
            },
        ),
        migrations.CreateModel(
            name="Remark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=1000, verbose_name="remarque")),
                ("photo", models.BinaryField(blank=True, null=True, verbose_name="photo")),
                (
                    "erased_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="effacée le"),
                ),
                (
                    "receipt",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="remark",
                        to="shipping.receipt",
                    ),
                ),
            ],
            options={
                "verbose_name": "remarque de réception",
            },
        ),
        migrations.CreateModel(
            name="TrackingEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=10, verbose_name="code")),
                ("status", models.CharField(blank=True, max_length=20, verbose_name="état")),
                ("label", models.CharField(max_length=300, verbose_name="libellé")),
                ("at", models.DateTimeField(verbose_name="le")),
                (
                    "parcel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="shipping.parcel",
                    ),
                ),
            ],
            options={
                "verbose_name": "événement de suivi",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("parcel", "code", "at"), name="tracking_event_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Claim",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("missing", "manquant"),
                            ("damaged", "abîmé"),
                            ("refused", "refusé"),
                            ("wrong", "autre article"),
                            ("extra", "en trop"),
                            ("lost", "colis perdu"),
                        ],
                        max_length=10,
                        verbose_name="nature",
                    ),
                ),
                ("units", models.PositiveIntegerField(verbose_name="unités")),
                ("owner", models.CharField(max_length=20, verbose_name="à traiter par")),
                ("due_on", models.DateField(verbose_name="à traiter avant le")),
                ("opened_by", models.CharField(max_length=80, verbose_name="ouverte par")),
                ("opened_at", models.DateTimeField(verbose_name="ouverte le")),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("found", "retrouvé, reçu"),
                            ("written_off", "perdu, sorti des comptes"),
                            ("sent_back", "retourné au stock, en quarantaine"),
                            ("kept", "gardé par l’établissement"),
                        ],
                        max_length=12,
                        verbose_name="issue",
                    ),
                ),
                (
                    "settled_by",
                    models.CharField(blank=True, max_length=80, verbose_name="close par"),
                ),
                (
                    "settled_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="close le"),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="motif")),
                (
                    "family",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.family",
                    ),
                ),
                (
                    "lot",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.lot",
                    ),
                ),
                (
                    "despatch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="claims",
                        to="shipping.despatch",
                    ),
                ),
                (
                    "parcel",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="claims",
                        to="shipping.parcel",
                    ),
                ),
            ],
            options={
                "verbose_name": "réclamation",
                "indexes": [
                    models.Index(
                        condition=models.Q(("outcome", "")), fields=["due_on"], name="claim_open"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", ""), ("settled_at__isnull", True)),
                            models.Q(
                                models.Q(("outcome", ""), _negated=True),
                                ("settled_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="claim_settled_with_an_outcome",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ClaimEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("missing", "manquant"),
                            ("damaged", "abîmé"),
                            ("refused", "refusé"),
                            ("wrong", "autre article"),
                            ("extra", "en trop"),
                            ("lost", "colis perdu"),
                        ],
                        max_length=10,
                        verbose_name="nature",
                    ),
                ),
                ("units", models.PositiveIntegerField(verbose_name="unités")),
                ("owner", models.CharField(max_length=20, verbose_name="à traiter par")),
                ("due_on", models.DateField(verbose_name="à traiter avant le")),
                ("opened_by", models.CharField(max_length=80, verbose_name="ouverte par")),
                ("opened_at", models.DateTimeField(verbose_name="ouverte le")),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("found", "retrouvé, reçu"),
                            ("written_off", "perdu, sorti des comptes"),
                            ("sent_back", "retourné au stock, en quarantaine"),
                            ("kept", "gardé par l’établissement"),
                        ],
                        max_length=12,
                        verbose_name="issue",
                    ),
                ),
                (
                    "settled_by",
                    models.CharField(blank=True, max_length=80, verbose_name="close par"),
                ),
                (
                    "settled_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="close le"),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="motif")),
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
                    "lot",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="stock.lot",
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
                        to="shipping.claim",
                    ),
                ),
                (
                    "despatch",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="shipping.despatch",
                    ),
                ),
                (
                    "parcel",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="shipping.parcel",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="FulfilmentEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "assignment",
                    models.PositiveSmallIntegerField(default=1, verbose_name="attribution"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "transmise"),
                            ("confirmed", "confirmée"),
                            ("partly", "expédiée en partie"),
                            ("despatched", "expédiée"),
                            ("delivered", "livrée"),
                            ("received", "reçue"),
                            ("given_up", "non servie"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                (
                    "by_platform",
                    models.BooleanField(default=False, verbose_name="par l’établissement support"),
                ),
                (
                    "despatch_on",
                    models.DateField(blank=True, null=True, verbose_name="expédition prévue le"),
                ),
                ("handed_at", models.DateTimeField(verbose_name="transmise le")),
                (
                    "answered_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="réponse le"),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        serialize=False,
                        to="orders.order",
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
                        to="shipping.fulfilment",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="stock.place",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="FulfilmentLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="rang")),
                ("asked", models.PositiveIntegerField(verbose_name="demandé")),
                (
                    "confirmed",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="confirmé"),
                ),
                ("withdrawn", models.PositiveIntegerField(default=0, verbose_name="retiré")),
                ("despatched", models.PositiveIntegerField(default=0, verbose_name="expédié")),
                ("failed", models.PositiveIntegerField(default=0, verbose_name="non remis")),
                ("delivered", models.PositiveIntegerField(default=0, verbose_name="livré")),
                ("disputed", models.PositiveIntegerField(default=0, verbose_name="en litige")),
                ("received", models.PositiveIntegerField(default=0, verbose_name="reçu")),
                (
                    "short_reason",
                    models.CharField(blank=True, max_length=200, verbose_name="motif du manque"),
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
                    "fulfilment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="shipping.fulfilment",
                    ),
                ),
            ],
            options={
                "verbose_name": "ligne d’exécution",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("fulfilment", "family"), name="fulfilment_line_once_a_family"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "asked__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("despatched"), "+", models.F("withdrawn")
                                ),
                            )
                        ),
                        name="line_ships_within",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "despatched__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("delivered"), "+", models.F("failed")
                                ),
                            )
                        ),
                        name="line_delivers_within",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "delivered__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("received"), "+", models.F("disputed")
                                ),
                            )
                        ),
                        name="line_receives_within",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Content",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("units", models.PositiveIntegerField(verbose_name="unités")),
                ("substitute", models.BooleanField(default=False, verbose_name="substitution")),
                (
                    "lot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.lot",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contents",
                        to="shipping.fulfilmentline",
                    ),
                ),
                (
                    "parcel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contents",
                        to="shipping.parcel",
                    ),
                ),
            ],
            options={
                "verbose_name": "contenu de colis",
                "constraints": [
                    models.UniqueConstraint(fields=("parcel", "line", "lot"), name="content_once"),
                    models.CheckConstraint(
                        condition=models.Q(("units__gt", 0)), name="content_holds_something"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Outage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "partner",
                    models.CharField(
                        choices=[("operator", "opérateur logistique"), ("portal", "portail")],
                        max_length=10,
                        verbose_name="partenaire",
                    ),
                ),
                ("drill", models.BooleanField(default=False, verbose_name="exercice")),
                ("reason", models.CharField(max_length=500, verbose_name="motif")),
                ("declared_by", models.CharField(max_length=80, verbose_name="déclarée par")),
                ("declared_at", models.DateTimeField(verbose_name="déclarée le")),
                ("ended_by", models.CharField(blank=True, max_length=80, verbose_name="levée par")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="levée le")),
                (
                    "moved",
                    models.PositiveIntegerField(default=0, verbose_name="commandes déplacées"),
                ),
                (
                    "waiting",
                    models.PositiveIntegerField(
                        default=0, verbose_name="commandes en attente de stock"
                    ),
                ),
                (
                    "returned",
                    models.PositiveIntegerField(default=0, verbose_name="commandes rendues"),
                ),
                (
                    "moved_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="déplacées le"),
                ),
                (
                    "returned_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="rendues le"),
                ),
                (
                    "weeks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
            ],
            options={
                "verbose_name": "panne déclarée",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("partner",),
                        name="outage_one_open",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OutageEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "partner",
                    models.CharField(
                        choices=[("operator", "opérateur logistique"), ("portal", "portail")],
                        max_length=10,
                        verbose_name="partenaire",
                    ),
                ),
                ("drill", models.BooleanField(default=False, verbose_name="exercice")),
                ("reason", models.CharField(max_length=500, verbose_name="motif")),
                ("declared_by", models.CharField(max_length=80, verbose_name="déclarée par")),
                ("declared_at", models.DateTimeField(verbose_name="déclarée le")),
                ("ended_by", models.CharField(blank=True, max_length=80, verbose_name="levée par")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="levée le")),
                (
                    "moved",
                    models.PositiveIntegerField(default=0, verbose_name="commandes déplacées"),
                ),
                (
                    "waiting",
                    models.PositiveIntegerField(
                        default=0, verbose_name="commandes en attente de stock"
                    ),
                ),
                (
                    "returned",
                    models.PositiveIntegerField(default=0, verbose_name="commandes rendues"),
                ),
                (
                    "moved_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="déplacées le"),
                ),
                (
                    "returned_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="rendues le"),
                ),
                (
                    "weeks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8),
                        blank=True,
                        default=list,
                        size=None,
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
                        to="shipping.outage",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="outage",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "shipping_outageevent" ("declared_at", "declared_by", "drill", "ended_at", "ended_by", "id", "moved", "moved_at", "partner", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "returned", "returned_at", "waiting", "weeks") VALUES (NEW."declared_at", NEW."declared_by", NEW."drill", NEW."ended_at", NEW."ended_by", NEW."id", NEW."moved", NEW."moved_at", NEW."partner", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reason", NEW."returned", NEW."returned_at", NEW."waiting", NEW."weeks"); RETURN NULL;',
                    hash="e23c4b135fc3f062cf707d19affe084c44c255b3",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_2144b",
                    table="shipping_outage",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="outage",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "shipping_outageevent" ("declared_at", "declared_by", "drill", "ended_at", "ended_by", "id", "moved", "moved_at", "partner", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "returned", "returned_at", "waiting", "weeks") VALUES (NEW."declared_at", NEW."declared_by", NEW."drill", NEW."ended_at", NEW."ended_by", NEW."id", NEW."moved", NEW."moved_at", NEW."partner", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reason", NEW."returned", NEW."returned_at", NEW."waiting", NEW."weeks"); RETURN NULL;',
                    hash="b181762a797d16a989f5b4e42a243571e1dff893",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_541ab",
                    table="shipping_outage",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="fulfilment",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "shipping_fulfilmentevent" ("answered_at", "assignment", "by_platform", "despatch_on", "handed_at", "order_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place_id", "state") VALUES (OLD."answered_at", OLD."assignment", OLD."by_platform", OLD."despatch_on", OLD."handed_at", OLD."order_id", _pgh_attach_context(), NOW(), \'update\', OLD."order_id", OLD."place_id", OLD."state"); RETURN NULL;',
                    hash="f8764ba0298d01e727168a79e3a54a3237d0432a",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_e4302",
                    table="shipping_fulfilment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="fulfilmentevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="8d5bf2239280cff761dae03f038ff7303458908e",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_fec75",
                    table="shipping_fulfilmentevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="outageevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="1497c5883c097c8bbfb33ad45b65ba4f978983dc",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_fdd7c",
                    table="shipping_outageevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="claimevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e7af17311acb2f05f2ed9a15b0d5edab952a1940",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_dd3e7",
                    table="shipping_claimevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="claim",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "shipping_claimevent" ("despatch_id", "due_on", "family_id", "id", "kind", "lot_id", "opened_at", "opened_by", "outcome", "owner", "parcel_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "settled_at", "settled_by", "units") VALUES (NEW."despatch_id", NEW."due_on", NEW."family_id", NEW."id", NEW."kind", NEW."lot_id", NEW."opened_at", NEW."opened_by", NEW."outcome", NEW."owner", NEW."parcel_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reason", NEW."settled_at", NEW."settled_by", NEW."units"); RETURN NULL;',
                    hash="cf5336b332f649969b88f2ee91f3c3b15b46ae87",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_79cf9",
                    table="shipping_claim",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="claim",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "shipping_claimevent" ("despatch_id", "due_on", "family_id", "id", "kind", "lot_id", "opened_at", "opened_by", "outcome", "owner", "parcel_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "settled_at", "settled_by", "units") VALUES (NEW."despatch_id", NEW."due_on", NEW."family_id", NEW."id", NEW."kind", NEW."lot_id", NEW."opened_at", NEW."opened_by", NEW."outcome", NEW."owner", NEW."parcel_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reason", NEW."settled_at", NEW."settled_by", NEW."units"); RETURN NULL;',
                    hash="d801c21619d9d442f9cd9fd8aa019105a5942dd3",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_cf383",
                    table="shipping_claim",
                    when="AFTER",
                ),
            ),
        ),
        # Serial numbers of the parcels and pallets that SPF and the overseas stores label themselves.
        migrations.RunSQL(
            sql="CREATE SEQUENCE shipping_parcel_serial MAXVALUE 999999999 CYCLE",
            reverse_sql="DROP SEQUENCE shipping_parcel_serial",
        ),
    ]
