import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalogue", "0001_initial"),
        ("facilities", "0002_pre_referents_and_circuits"),
        ("pghistory", "0007_auto_20250421_0444"),
        ("stock", "0006_pre_platform_and_regional_places"),
    ]

    operations = [
        migrations.CreateModel(
            name="LotPlan",
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
                ("title", models.CharField(max_length=160, verbose_name="intitulé")),
                ("units", models.BigIntegerField(verbose_name="unités")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "brouillon"),
                            ("decided", "décidé"),
                            ("done", "exécuté"),
                            ("abandoned", "abandonné"),
                        ],
                        default="draft",
                        max_length=9,
                        verbose_name="état",
                    ),
                ),
                ("made_by", models.CharField(max_length=80, verbose_name="préparé par")),
                ("made_at", models.DateTimeField(verbose_name="préparé le")),
                (
                    "decided_by",
                    models.CharField(blank=True, max_length=80, verbose_name="décidé par"),
                ),
                (
                    "decided_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="décidé le"),
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
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.owner",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.place",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lot_plans",
                        to="facilities.region",
                    ),
                ),
            ],
            options={
                "verbose_name": "plan de répartition d’un lot",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("units__gt", 0)), name="lot_plan_gives"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LotPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("compensation", "compensation des plateformes"),
                            ("reinforcement", "renfort des dotations"),
                            ("programme", "programme dédié"),
                            ("reserve", "stock d’urgence des délégations"),
                            ("direct", "livraison directe"),
                            ("kept", "gardé en stock régional"),
                        ],
                        max_length=14,
                        verbose_name="destination",
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=300, verbose_name="précisions")),
                ("units", models.BigIntegerField(verbose_name="unités")),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parts",
                        to="regional.lotplan",
                    ),
                ),
            ],
            options={
                "verbose_name": "part d’un lot",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("units__gt", 0)), name="lot_part_gives"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LotPlanEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("reference", models.CharField(max_length=40, verbose_name="référence")),
                ("title", models.CharField(max_length=160, verbose_name="intitulé")),
                ("units", models.BigIntegerField(verbose_name="unités")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "brouillon"),
                            ("decided", "décidé"),
                            ("done", "exécuté"),
                            ("abandoned", "abandonné"),
                        ],
                        default="draft",
                        max_length=9,
                        verbose_name="état",
                    ),
                ),
                ("made_by", models.CharField(max_length=80, verbose_name="préparé par")),
                ("made_at", models.DateTimeField(verbose_name="préparé le")),
                (
                    "decided_by",
                    models.CharField(blank=True, max_length=80, verbose_name="décidé par"),
                ),
                (
                    "decided_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="décidé le"),
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
                    "owner",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="stock.owner",
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
                        to="regional.lotplan",
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
                (
                    "region",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="facilities.region",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Receiver",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=160, verbose_name="nom")),
                ("kind", models.CharField(max_length=80, verbose_name="nature")),
                ("sites", models.PositiveIntegerField(default=1, verbose_name="nombre de sites")),
                (
                    "department",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receivers",
                        to="facilities.department",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receivers",
                        to="facilities.region",
                    ),
                ),
            ],
            options={
                "verbose_name": "destinataire direct",
            },
        ),
        migrations.CreateModel(
            name="LotShare",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("units", models.BigIntegerField(verbose_name="unités")),
                (
                    "done_by",
                    models.CharField(blank=True, max_length=80, verbose_name="exécuté par"),
                ),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="exécuté le")),
                (
                    "facility",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.facility",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.owner",
                    ),
                ),
                (
                    "part",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shares",
                        to="regional.lotpart",
                    ),
                ),
                (
                    "territory",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.territory",
                    ),
                ),
                (
                    "receiver",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shares",
                        to="regional.receiver",
                    ),
                ),
            ],
            options={
                "verbose_name": "part d’un destinataire",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("units__gt", 0)), name="lot_share_gives"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("facility__isnull", True),
                                ("receiver__isnull", True),
                                ("territory__isnull", False),
                            ),
                            models.Q(
                                ("facility__isnull", False),
                                ("receiver__isnull", True),
                                ("territory__isnull", True),
                            ),
                            models.Q(
                                ("facility__isnull", True),
                                ("receiver__isnull", False),
                                ("territory__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="lot_share_for_one",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Issue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=60, unique=True, verbose_name="clé")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("urgent", "urgence non couverte"),
                            ("release", "déstockage par la délégation"),
                            ("direct", "livraison directe"),
                            ("planned", "plan de répartition"),
                        ],
                        max_length=8,
                        verbose_name="nature",
                    ),
                ),
                ("units", models.BigIntegerField(verbose_name="unités")),
                ("motive", models.CharField(max_length=300, verbose_name="motif")),
                (
                    "outbreak_on",
                    models.DateField(blank=True, null=True, verbose_name="foyer signalé le"),
                ),
                ("by", models.CharField(max_length=80, verbose_name="par")),
                ("at", models.DateTimeField(verbose_name="le")),
                (
                    "facility",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="regional_issues",
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
                ("lots", models.ManyToManyField(blank=True, related_name="+", to="stock.lot")),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="issues",
                        to="stock.owner",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.place",
                    ),
                ),
                (
                    "share",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="issues",
                        to="regional.lotshare",
                    ),
                ),
                (
                    "receiver",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="issues",
                        to="regional.receiver",
                    ),
                ),
            ],
            options={
                "verbose_name": "sortie de stock régional",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("units__gt", 0)), name="issue_gives"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("facility__isnull", False), ("receiver__isnull", True)),
                            models.Q(("facility__isnull", True), ("receiver__isnull", False)),
                            _connector="OR",
                        ),
                        name="issue_for_one",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Supply",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("donation", "don"),
                            ("purchase", "achat"),
                            ("found", "stock recensé"),
                        ],
                        max_length=8,
                        verbose_name="nature",
                    ),
                ),
                ("donor", models.CharField(max_length=120, verbose_name="donateur ou fournisseur")),
                ("units", models.BigIntegerField(verbose_name="unités commandées ou promises")),
                ("arrived", models.BigIntegerField(default=0, verbose_name="unités arrivées")),
                (
                    "quality",
                    models.CharField(
                        choices=[
                            ("unchecked", "à contrôler"),
                            ("accepted", "conforme"),
                            ("refused", "non conforme"),
                        ],
                        default="unchecked",
                        max_length=9,
                        verbose_name="qualité",
                    ),
                ),
                (
                    "quality_words",
                    models.CharField(blank=True, max_length=300, verbose_name="contrôle"),
                ),
                ("expected_on", models.DateField(blank=True, null=True, verbose_name="attendu le")),
                (
                    "cancelled_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="reste annulé le"),
                ),
                ("made_by", models.CharField(max_length=80, verbose_name="saisi par")),
                ("made_at", models.DateTimeField(verbose_name="saisi le")),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.article",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.owner",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.place",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supplies",
                        to="facilities.region",
                    ),
                ),
            ],
            options={
                "verbose_name": "apport régional",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("arrived__gte", 0),
                            ("arrived__lte", models.F("units")),
                            ("units__gt", 0),
                        ),
                        name="supply_arrives_within",
                        violation_error_message="Il arrive plus que ce qui était commandé.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SupplyEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("reference", models.CharField(max_length=40, verbose_name="référence")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("donation", "don"),
                            ("purchase", "achat"),
                            ("found", "stock recensé"),
                        ],
                        max_length=8,
                        verbose_name="nature",
                    ),
                ),
                ("donor", models.CharField(max_length=120, verbose_name="donateur ou fournisseur")),
                ("units", models.BigIntegerField(verbose_name="unités commandées ou promises")),
                ("arrived", models.BigIntegerField(default=0, verbose_name="unités arrivées")),
                (
                    "quality",
                    models.CharField(
                        choices=[
                            ("unchecked", "à contrôler"),
                            ("accepted", "conforme"),
                            ("refused", "non conforme"),
                        ],
                        default="unchecked",
                        max_length=9,
                        verbose_name="qualité",
                    ),
                ),
                (
                    "quality_words",
                    models.CharField(blank=True, max_length=300, verbose_name="contrôle"),
                ),
                ("expected_on", models.DateField(blank=True, null=True, verbose_name="attendu le")),
                (
                    "cancelled_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="reste annulé le"),
                ),
                ("made_by", models.CharField(max_length=80, verbose_name="saisi par")),
                ("made_at", models.DateTimeField(verbose_name="saisi le")),
                (
                    "article",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="catalogue.article",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="stock.owner",
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
                        to="regional.supply",
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
                (
                    "region",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="facilities.region",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lotplan",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "regional_lotplanevent" ("decided_at", "decided_by", "family_id", "id", "made_at", "made_by", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place_id", "reference", "region_id", "state", "title", "units") VALUES (NEW."decided_at", NEW."decided_by", NEW."family_id", NEW."id", NEW."made_at", NEW."made_by", NEW."owner_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."place_id", NEW."reference", NEW."region_id", NEW."state", NEW."title", NEW."units"); RETURN NULL;',
                    hash="4eb69e16c5199a33ce45e0d362f30682a8eb2efb",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_2721d",
                    table="regional_lotplan",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lotplan",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "regional_lotplanevent" ("decided_at", "decided_by", "family_id", "id", "made_at", "made_by", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place_id", "reference", "region_id", "state", "title", "units") VALUES (NEW."decided_at", NEW."decided_by", NEW."family_id", NEW."id", NEW."made_at", NEW."made_by", NEW."owner_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."place_id", NEW."reference", NEW."region_id", NEW."state", NEW."title", NEW."units"); RETURN NULL;',
                    hash="547fdfea7a1e6b994134bd863fc45593cb108544",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_c3c80",
                    table="regional_lotplan",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lotplanevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="7234c816fd1eaa1d475aee12e45e948fc623ba8b",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_30a90",
                    table="regional_lotplanevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="supply",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "regional_supplyevent" ("arrived", "article_id", "cancelled_at", "donor", "expected_on", "id", "kind", "made_at", "made_by", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place_id", "quality", "quality_words", "reference", "region_id", "units") VALUES (NEW."arrived", NEW."article_id", NEW."cancelled_at", NEW."donor", NEW."expected_on", NEW."id", NEW."kind", NEW."made_at", NEW."made_by", NEW."owner_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."place_id", NEW."quality", NEW."quality_words", NEW."reference", NEW."region_id", NEW."units"); RETURN NULL;',
                    hash="810f8e89f842ec403093c16e3140765354cd08b1",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_4af4f",
                    table="regional_supply",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="supply",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "regional_supplyevent" ("arrived", "article_id", "cancelled_at", "donor", "expected_on", "id", "kind", "made_at", "made_by", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place_id", "quality", "quality_words", "reference", "region_id", "units") VALUES (NEW."arrived", NEW."article_id", NEW."cancelled_at", NEW."donor", NEW."expected_on", NEW."id", NEW."kind", NEW."made_at", NEW."made_by", NEW."owner_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."place_id", NEW."quality", NEW."quality_words", NEW."reference", NEW."region_id", NEW."units"); RETURN NULL;',
                    hash="327a6d8df298f9f584aa3b2727b576bb784f9564",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_f244a",
                    table="regional_supply",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="supplyevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="a9e91a0c6f8b0e63360147ba56c1b2bfbf5496e9",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_b8e75",
                    table="regional_supplyevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
