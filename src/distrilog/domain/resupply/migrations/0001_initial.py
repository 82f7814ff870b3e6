import django.db.models.deletion
import django.db.models.expressions
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalogue", "0001_initial"),
        ("facilities", "0001_initial"),
        ("orders", "0004_pre_resupply"),
        ("pghistory", "0007_auto_20250421_0444"),
        ("stock", "0005_pre_stores_and_loans"),
    ]

    operations = [
        migrations.CreateModel(
            name="Lender",
            fields=[
                (
                    "facility",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="lender",
                        serialize=False,
                        to="facilities.facility",
                    ),
                ),
                ("families", models.JSONField(blank=True, default=list, verbose_name="familles")),
                (
                    "kilometres",
                    models.PositiveSmallIntegerField(default=50, verbose_name="rayon (km)"),
                ),
                ("contact", models.CharField(blank=True, max_length=160, verbose_name="contact")),
                ("agreed_by", models.CharField(max_length=80, verbose_name="accord de")),
                ("agreed_at", models.DateTimeField(verbose_name="accord le")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="fin")),
            ],
            options={
                "verbose_name": "établissement prêteur",
            },
        ),
        migrations.CreateModel(
            name="LenderEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("families", models.JSONField(blank=True, default=list, verbose_name="familles")),
                (
                    "kilometres",
                    models.PositiveSmallIntegerField(default=50, verbose_name="rayon (km)"),
                ),
                ("contact", models.CharField(blank=True, max_length=160, verbose_name="contact")),
                ("agreed_by", models.CharField(max_length=80, verbose_name="accord de")),
                ("agreed_at", models.DateTimeField(verbose_name="accord le")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="fin")),
                (
                    "facility",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        serialize=False,
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
                        to="resupply.lender",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Request",
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
                ("key", models.UUIDField(blank=True, null=True, unique=True, verbose_name="clé")),
                ("procedure", models.CharField(max_length=10, verbose_name="procédure")),
                (
                    "urgency",
                    models.CharField(
                        choices=[
                            ("today", "rupture aujourd’hui"),
                            ("days", "rupture sous trois jours"),
                            ("week", "rupture sous une semaine"),
                        ],
                        max_length=6,
                        verbose_name="urgence",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "à décider"),
                            ("under_way", "en cours"),
                            ("closed", "soldée"),
                            ("refused", "refusée"),
                            ("cancelled", "retirée"),
                        ],
                        default="asked",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                ("words", models.CharField(max_length=500, verbose_name="situation")),
                ("contact", models.CharField(blank=True, max_length=160, verbose_name="contact")),
                ("answer", models.CharField(blank=True, max_length=500, verbose_name="réponse")),
                ("asked_by", models.CharField(max_length=80, verbose_name="demandée par")),
                ("asked_at", models.DateTimeField(verbose_name="demandée le")),
                (
                    "decided_by",
                    models.CharField(blank=True, max_length=80, verbose_name="décidée par"),
                ),
                (
                    "decided_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="décidée le"),
                ),
                (
                    "closed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="soldée le"),
                ),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="resupply_requests",
                        to="facilities.facility",
                    ),
                ),
            ],
            options={
                "verbose_name": "demande de dépannage",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["asked", "under_way"])),
                        fields=["facility", "asked_at"],
                        name="request_open",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RequestEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("reference", models.CharField(max_length=40, verbose_name="référence")),
                ("key", models.UUIDField(blank=True, null=True, verbose_name="clé")),
                ("procedure", models.CharField(max_length=10, verbose_name="procédure")),
                (
                    "urgency",
                    models.CharField(
                        choices=[
                            ("today", "rupture aujourd’hui"),
                            ("days", "rupture sous trois jours"),
                            ("week", "rupture sous une semaine"),
                        ],
                        max_length=6,
                        verbose_name="urgence",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "à décider"),
                            ("under_way", "en cours"),
                            ("closed", "soldée"),
                            ("refused", "refusée"),
                            ("cancelled", "retirée"),
                        ],
                        default="asked",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                ("words", models.CharField(max_length=500, verbose_name="situation")),
                ("contact", models.CharField(blank=True, max_length=160, verbose_name="contact")),
                ("answer", models.CharField(blank=True, max_length=500, verbose_name="réponse")),
                ("asked_by", models.CharField(max_length=80, verbose_name="demandée par")),
                ("asked_at", models.DateTimeField(verbose_name="demandée le")),
                (
                    "decided_by",
                    models.CharField(blank=True, max_length=80, verbose_name="décidée par"),
                ),
                (
                    "decided_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="décidée le"),
                ),
                (
                    "closed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="soldée le"),
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
                        to="resupply.request",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RequestLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("units", models.PositiveIntegerField(verbose_name="demandé")),
                ("box_units", models.PositiveIntegerField(verbose_name="unités par boîte")),
                (
                    "stock",
                    models.BigIntegerField(blank=True, null=True, verbose_name="stock déclaré"),
                ),
                (
                    "need",
                    models.BigIntegerField(blank=True, null=True, verbose_name="besoin de crise"),
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
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="resupply.request",
                    ),
                ),
            ],
            options={
                "verbose_name": "ligne de demande",
                "constraints": [
                    models.UniqueConstraint(fields=("request", "family"), name="request_line_once"),
                    models.CheckConstraint(
                        condition=models.Q(("units__gt", 0), ("box_units__gt", 0)),
                        name="request_line_whole_boxes",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Part",
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
                            ("neighbour", "entraide d’un établissement voisin"),
                            ("department", "stock d’urgence du département"),
                            ("pot", "pot commun de l’ARS"),
                            ("state", "stock de l’État"),
                        ],
                        max_length=10,
                        verbose_name="source",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "proposé au voisin"),
                            ("offered", "offert"),
                            ("declined", "décliné"),
                            ("to_validate", "à valider"),
                            ("chosen", "accordé"),
                            ("sent", "envoyé"),
                            ("received", "reçu"),
                            ("refused", "refusé"),
                            ("cancelled", "annulé"),
                        ],
                        max_length=12,
                        verbose_name="état",
                    ),
                ),
                ("units", models.PositiveIntegerField(verbose_name="unités")),
                (
                    "metres",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="distance (m)"),
                ),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="motif")),
                ("changed_by", models.CharField(max_length=80, verbose_name="par")),
                ("changed_at", models.DateTimeField(verbose_name="le")),
                (
                    "lender",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lent_parts",
                        to="facilities.facility",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="resupply_parts",
                        to="orders.order",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.place",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parts",
                        to="resupply.requestline",
                    ),
                ),
            ],
            options={
                "verbose_name": "part de dépannage",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("units__gt", 0)), name="part_gives_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "neighbour"), ("lender__isnull", False)),
                            models.Q(
                                models.Q(("kind", "neighbour"), _negated=True),
                                ("lender__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="part_neighbour_has_lender",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("state__in", ["proposed", "offered", "chosen", "sent"])
                        ),
                        fields=("line", "lender"),
                        name="part_one_live_a_lender",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Clock",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("answer", "réponse du voisin"),
                            ("decide", "décision de l’ARS"),
                            ("validate", "validation du centre de crise"),
                            ("send", "envoi"),
                            ("receive", "réception"),
                        ],
                        max_length=10,
                        verbose_name="étape",
                    ),
                ),
                ("started_at", models.DateTimeField(verbose_name="depuis le")),
                ("due_at", models.DateTimeField(verbose_name="avant le")),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="faite le")),
                (
                    "escalated_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="signalée le"),
                ),
                (
                    "part",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="clocks",
                        to="resupply.part",
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="clocks",
                        to="resupply.request",
                    ),
                ),
            ],
            options={
                "verbose_name": "échéance de dépannage",
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_at__isnull", True)),
                        fields=["due_at"],
                        name="clock_late",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("done_at__isnull", True)),
                        fields=("request", "part", "step"),
                        name="clock_one_running",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Loan",
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
                (
                    "terms",
                    models.CharField(
                        choices=[("loan", "prêt"), ("gift", "don")],
                        default="loan",
                        max_length=4,
                        verbose_name="nature",
                    ),
                ),
                (
                    "return_by",
                    models.DateField(blank=True, null=True, verbose_name="à rendre avant le"),
                ),
                ("handed", models.PositiveIntegerField(default=0, verbose_name="remis")),
                ("received", models.PositiveIntegerField(default=0, verbose_name="reçu")),
                ("returned", models.PositiveIntegerField(default=0, verbose_name="rendu")),
                ("given", models.PositiveIntegerField(default=0, verbose_name="donné")),
                (
                    "handed_by",
                    models.CharField(blank=True, max_length=80, verbose_name="remis par"),
                ),
                ("handed_at", models.DateTimeField(blank=True, null=True, verbose_name="remis le")),
                (
                    "received_by",
                    models.CharField(blank=True, max_length=80, verbose_name="reçu par"),
                ),
                (
                    "received_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="reçu le"),
                ),
                (
                    "settled_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="soldé le"),
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
                    "part",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="loan",
                        to="resupply.part",
                    ),
                ),
            ],
            options={
                "verbose_name": "prêt entre établissements",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("handed__gte", models.F("received"))),
                        name="loan_receives_within",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "received__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("returned"), "+", models.F("given")
                                ),
                            )
                        ),
                        name="loan_returns_within",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LoanEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("reference", models.CharField(max_length=40, verbose_name="référence")),
                (
                    "terms",
                    models.CharField(
                        choices=[("loan", "prêt"), ("gift", "don")],
                        default="loan",
                        max_length=4,
                        verbose_name="nature",
                    ),
                ),
                (
                    "return_by",
                    models.DateField(blank=True, null=True, verbose_name="à rendre avant le"),
                ),
                ("handed", models.PositiveIntegerField(default=0, verbose_name="remis")),
                ("received", models.PositiveIntegerField(default=0, verbose_name="reçu")),
                ("returned", models.PositiveIntegerField(default=0, verbose_name="rendu")),
                ("given", models.PositiveIntegerField(default=0, verbose_name="donné")),
                (
                    "handed_by",
                    models.CharField(blank=True, max_length=80, verbose_name="remis par"),
                ),
                ("handed_at", models.DateTimeField(blank=True, null=True, verbose_name="remis le")),
                (
                    "received_by",
                    models.CharField(blank=True, max_length=80, verbose_name="reçu par"),
                ),
                (
                    "received_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="reçu le"),
                ),
                (
                    "settled_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="soldé le"),
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
                        to="resupply.loan",
                    ),
                ),
                (
                    "part",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="resupply.part",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PartEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("neighbour", "entraide d’un établissement voisin"),
                            ("department", "stock d’urgence du département"),
                            ("pot", "pot commun de l’ARS"),
                            ("state", "stock de l’État"),
                        ],
                        max_length=10,
                        verbose_name="source",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "proposé au voisin"),
                            ("offered", "offert"),
                            ("declined", "décliné"),
                            ("to_validate", "à valider"),
                            ("chosen", "accordé"),
                            ("sent", "envoyé"),
                            ("received", "reçu"),
                            ("refused", "refusé"),
                            ("cancelled", "annulé"),
                        ],
                        max_length=12,
                        verbose_name="état",
                    ),
                ),
                ("units", models.PositiveIntegerField(verbose_name="unités")),
                (
                    "metres",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="distance (m)"),
                ),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="motif")),
                ("changed_by", models.CharField(max_length=80, verbose_name="par")),
                ("changed_at", models.DateTimeField(verbose_name="le")),
                (
                    "lender",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="facilities.facility",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
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
                        to="resupply.part",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="stock.place",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="resupply.requestline",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lender",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "resupply_lenderevent" ("agreed_at", "agreed_by", "contact", "ended_at", "facility_id", "families", "kilometres", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."agreed_at", NEW."agreed_by", NEW."contact", NEW."ended_at", NEW."facility_id", NEW."families", NEW."kilometres", _pgh_attach_context(), NOW(), \'insert\', NEW."facility_id"); RETURN NULL;',
                    hash="af3552dc09431bf9881bf10798a0000f851a528e",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_f6a79",
                    table="resupply_lender",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lender",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "resupply_lenderevent" ("agreed_at", "agreed_by", "contact", "ended_at", "facility_id", "families", "kilometres", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."agreed_at", NEW."agreed_by", NEW."contact", NEW."ended_at", NEW."facility_id", NEW."families", NEW."kilometres", _pgh_attach_context(), NOW(), \'update\', NEW."facility_id"); RETURN NULL;',
                    hash="37a9ea6cf5b6d45804d9ba254177dddb0c473e7a",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_c01c0",
                    table="resupply_lender",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lenderevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="381206ee369543d4f3952f6699cf7b6aacbd1f2f",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_2da96",
                    table="resupply_lenderevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="loanevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="58ec818de6e82af540a60eace4cee16790922a73",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_d7b51",
                    table="resupply_loanevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="loan",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "resupply_loanevent" ("given", "handed", "handed_at", "handed_by", "id", "lot_id", "part_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "received", "received_at", "received_by", "reference", "return_by", "returned", "settled_at", "terms") VALUES (NEW."given", NEW."handed", NEW."handed_at", NEW."handed_by", NEW."id", NEW."lot_id", NEW."part_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."received", NEW."received_at", NEW."received_by", NEW."reference", NEW."return_by", NEW."returned", NEW."settled_at", NEW."terms"); RETURN NULL;',
                    hash="d90549e621aab235ad022d54725d10551278b0b4",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_b68a7",
                    table="resupply_loan",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="loan",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "resupply_loanevent" ("given", "handed", "handed_at", "handed_by", "id", "lot_id", "part_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "received", "received_at", "received_by", "reference", "return_by", "returned", "settled_at", "terms") VALUES (NEW."given", NEW."handed", NEW."handed_at", NEW."handed_by", NEW."id", NEW."lot_id", NEW."part_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."received", NEW."received_at", NEW."received_by", NEW."reference", NEW."return_by", NEW."returned", NEW."settled_at", NEW."terms"); RETURN NULL;',
                    hash="de1ea2178e203574b14a44fff66052681b829992",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_fdafe",
                    table="resupply_loan",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="request",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "resupply_requestevent" ("answer", "asked_at", "asked_by", "closed_at", "contact", "decided_at", "decided_by", "facility_id", "id", "key", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "procedure", "reference", "state", "urgency", "words") VALUES (NEW."answer", NEW."asked_at", NEW."asked_by", NEW."closed_at", NEW."contact", NEW."decided_at", NEW."decided_by", NEW."facility_id", NEW."id", NEW."key", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."procedure", NEW."reference", NEW."state", NEW."urgency", NEW."words"); RETURN NULL;',
                    hash="0d8fc3f32092543bb551121637b223b77b3f14dc",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_d928a",
                    table="resupply_request",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="request",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "resupply_requestevent" ("answer", "asked_at", "asked_by", "closed_at", "contact", "decided_at", "decided_by", "facility_id", "id", "key", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "procedure", "reference", "state", "urgency", "words") VALUES (NEW."answer", NEW."asked_at", NEW."asked_by", NEW."closed_at", NEW."contact", NEW."decided_at", NEW."decided_by", NEW."facility_id", NEW."id", NEW."key", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."procedure", NEW."reference", NEW."state", NEW."urgency", NEW."words"); RETURN NULL;',
                    hash="25c5c98a475df26368ea2bba0e8526d28874524f",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_ad238",
                    table="resupply_request",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="requestevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="c28d22f0eefe19b6b47ea9b0cc6375f8648a8cc5",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_55f7d",
                    table="resupply_requestevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="partevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="ca1c9cc63e3ee31dee52d1b93594c449f768129c",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_35972",
                    table="resupply_partevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="part",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "resupply_partevent" ("changed_at", "changed_by", "id", "kind", "lender_id", "line_id", "metres", "order_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place_id", "reason", "state", "units") VALUES (NEW."changed_at", NEW."changed_by", NEW."id", NEW."kind", NEW."lender_id", NEW."line_id", NEW."metres", NEW."order_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."place_id", NEW."reason", NEW."state", NEW."units"); RETURN NULL;',
                    hash="d8f82ebab8fa982a97b3fea508e6a59cec656d67",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_dd17d",
                    table="resupply_part",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="part",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "resupply_partevent" ("changed_at", "changed_by", "id", "kind", "lender_id", "line_id", "metres", "order_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place_id", "reason", "state", "units") VALUES (NEW."changed_at", NEW."changed_by", NEW."id", NEW."kind", NEW."lender_id", NEW."line_id", NEW."metres", NEW."order_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."place_id", NEW."reason", NEW."state", NEW."units"); RETURN NULL;',
                    hash="688fac9775226ca78724a20510886893421575cb",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_d4fb7",
                    table="resupply_part",
                    when="AFTER",
                ),
            ),
        ),
    ]
