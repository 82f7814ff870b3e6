import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
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
        ("facilities", "0002_pre_referents_and_circuits"),
        ("pghistory", "0007_auto_20250421_0444"),
        ("stock", "0006_pre_platform_and_regional_places"),
    ]

    operations = [
        migrations.CreateModel(
            name="Override",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "family",
                    models.CharField(blank=True, default="", max_length=30, verbose_name="famille"),
                ),
                (
                    "per_mille",
                    models.PositiveIntegerField(verbose_name="besoin (‰ de la doctrine)"),
                ),
                (
                    "period",
                    django.contrib.postgres.fields.ranges.DateRangeField(verbose_name="période"),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="motif")),
                ("by", models.CharField(max_length=80, verbose_name="par")),
                ("at", models.DateTimeField(verbose_name="le")),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="overrides",
                        to="facilities.facility",
                    ),
                ),
            ],
            options={
                "verbose_name": "adaptation saisonnière",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("per_mille__lte", 10000)), name="override_within"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("period__lower_inf", False), ("period__upper_inf", False)
                        ),
                        name="override_ends",
                        violation_error_message="Une adaptation a un début et une fin.",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            (
                                models.Func(
                                    models.F("facility_id"),
                                    models.F("facility_id"),
                                    function="int8range",
                                    template="int8range(%(expressions)s, '[]')",
                                ),
                                "&&",
                            ),
                            (
                                models.Func(
                                    models.Func(
                                        models.F("family"),
                                        models.Value(0),
                                        function="hashtextextended",
                                    ),
                                    models.Func(
                                        models.F("family"),
                                        models.Value(0),
                                        function="hashtextextended",
                                    ),
                                    function="int8range",
                                    template="int8range(%(expressions)s, '[]')",
                                ),
                                "&&",
                            ),
                            ("period", "&&"),
                        ],
                        name="override_one_at_a_time",
                        violation_error_message="Une adaptation existe déjà sur cette période.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OverrideEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "family",
                    models.CharField(blank=True, default="", max_length=30, verbose_name="famille"),
                ),
                (
                    "per_mille",
                    models.PositiveIntegerField(verbose_name="besoin (‰ de la doctrine)"),
                ),
                (
                    "period",
                    django.contrib.postgres.fields.ranges.DateRangeField(verbose_name="période"),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="motif")),
                ("by", models.CharField(max_length=80, verbose_name="par")),
                ("at", models.DateTimeField(verbose_name="le")),
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
                        to="distribution.override",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Programme",
            fields=[
                (
                    "code",
                    models.SlugField(
                        max_length=30, primary_key=True, serialize=False, verbose_name="code"
                    ),
                ),
                ("title", models.CharField(max_length=120, verbose_name="intitulé")),
                (
                    "rule",
                    models.CharField(
                        choices=[
                            ("per_site", "unités par site"),
                            ("per_size", "unités par personne, place ou patient du site"),
                            ("named", "unités dites site par site"),
                        ],
                        max_length=10,
                        verbose_name="règle",
                    ),
                ),
                ("units", models.PositiveIntegerField(default=0, verbose_name="unités")),
                ("starts_on", models.DateField(verbose_name="du")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="au")),
                (
                    "every_weeks",
                    models.PositiveSmallIntegerField(
                        default=1, verbose_name="toutes les (semaines)"
                    ),
                ),
                ("once", models.BooleanField(default=False, verbose_name="une seule fois")),
                ("source", models.CharField(max_length=300, verbose_name="texte")),
                ("decided_by", models.CharField(max_length=80, verbose_name="décidé par")),
                ("decided_at", models.DateTimeField(verbose_name="décidé le")),
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
                "verbose_name": "programme",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__isnull", True),
                            ("ends_on__gte", models.F("starts_on")),
                            _connector="OR",
                        ),
                        name="programme_ends_after_it_starts",
                        violation_error_message="Le programme finit avant de commencer.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("every_weeks__gte", 1)), name="programme_has_a_step"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Plan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("week", models.CharField(max_length=8, verbose_name="semaine")),
                ("number", models.PositiveSmallIntegerField(default=1, verbose_name="rang")),
                ("fallback", models.BooleanField(default=False, verbose_name="continuité")),
                (
                    "regions",
                    models.JSONField(blank=True, default=dict, verbose_name="régions servies"),
                ),
                ("title", models.CharField(blank=True, max_length=120, verbose_name="intitulé")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "brouillon"),
                            ("shared", "transmis aux ARS"),
                            ("frozen", "arrêté"),
                            ("sent", "envoyé"),
                            ("abandoned", "abandonné"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                ("volumes", models.JSONField(verbose_name="volumes")),
                ("floors", models.JSONField(blank=True, default=dict, verbose_name="planchers")),
                ("excluded", models.JSONField(blank=True, default=list, verbose_name="non servis")),
                ("requests_until", models.DateTimeField(verbose_name="demandes jusqu’au")),
                ("freezes_at", models.DateTimeField(verbose_name="arrêté le")),
                ("delivers_on", models.DateField(verbose_name="livraison à partir du")),
                ("reason", models.TextField(blank=True, max_length=2000, verbose_name="motif")),
                ("prepared_by", models.CharField(max_length=80, verbose_name="préparé par")),
                ("prepared_at", models.DateTimeField(verbose_name="préparé le")),
                (
                    "shared_by",
                    models.CharField(blank=True, max_length=80, verbose_name="transmis par"),
                ),
                (
                    "shared_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="transmis le"),
                ),
                ("frozen_at", models.DateTimeField(blank=True, null=True, verbose_name="figé le")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="envoyé le")),
                (
                    "doctrine",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plans",
                        to="doctrines.doctrineversion",
                    ),
                ),
                (
                    "zone",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plans",
                        to="facilities.zone",
                    ),
                ),
                (
                    "programme",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plans",
                        to="distribution.programme",
                    ),
                ),
            ],
            options={
                "verbose_name": "plan de répartition",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "abandoned"), _negated=True),
                        fields=("week", "zone", "number", "programme"),
                        name="plan_once_a_rank",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("shared_by", ""),
                            models.Q(("shared_by", models.F("prepared_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="plan_shared_by_another",
                        violation_error_message="Deux personnes différentes doivent préparer et transmettre.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Incident",
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
                            ("not_arrived", "livraison non arrivée"),
                            ("short", "quantités manquantes"),
                            ("quality", "produits non conformes"),
                            ("not_collected", "dotation non retirée"),
                            ("other", "autre"),
                        ],
                        max_length=14,
                        verbose_name="nature",
                    ),
                ),
                ("words", models.CharField(max_length=500, verbose_name="description")),
                ("owner", models.CharField(max_length=20, verbose_name="traité par")),
                ("due_at", models.DateTimeField(verbose_name="à traiter avant")),
                ("told_by", models.CharField(max_length=80, verbose_name="signalé par")),
                ("told_at", models.DateTimeField(verbose_name="signalé le")),
                (
                    "answer",
                    models.CharField(blank=True, max_length=500, verbose_name="suite donnée"),
                ),
                ("closed_by", models.CharField(blank=True, max_length=80, verbose_name="clos par")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="clos le")),
                (
                    "territory",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="incidents",
                        to="facilities.territory",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="incidents",
                        to="distribution.plan",
                    ),
                ),
            ],
            options={
                "verbose_name": "incident de plateforme",
            },
        ),
        migrations.CreateModel(
            name="IncidentEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("not_arrived", "livraison non arrivée"),
                            ("short", "quantités manquantes"),
                            ("quality", "produits non conformes"),
                            ("not_collected", "dotation non retirée"),
                            ("other", "autre"),
                        ],
                        max_length=14,
                        verbose_name="nature",
                    ),
                ),
                ("words", models.CharField(max_length=500, verbose_name="description")),
                ("owner", models.CharField(max_length=20, verbose_name="traité par")),
                ("due_at", models.DateTimeField(verbose_name="à traiter avant")),
                ("told_by", models.CharField(max_length=80, verbose_name="signalé par")),
                ("told_at", models.DateTimeField(verbose_name="signalé le")),
                (
                    "answer",
                    models.CharField(blank=True, max_length=500, verbose_name="suite donnée"),
                ),
                ("closed_by", models.CharField(blank=True, max_length=80, verbose_name="clos par")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="clos le")),
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
                        to="distribution.incident",
                    ),
                ),
                (
                    "territory",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="facilities.territory",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="distribution.plan",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Flow",
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
                    "state",
                    models.CharField(
                        choices=[("sent", "en route"), ("received", "reçu")],
                        default="sent",
                        max_length=8,
                        verbose_name="état",
                    ),
                ),
                ("sent_by", models.CharField(max_length=80, verbose_name="envoyé par")),
                ("sent_at", models.DateTimeField(verbose_name="envoyé le")),
                (
                    "received_by",
                    models.CharField(blank=True, max_length=80, verbose_name="reçu par"),
                ),
                (
                    "received_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="reçu le"),
                ),
                ("words", models.CharField(blank=True, max_length=500, verbose_name="remarques")),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.place",
                    ),
                ),
                (
                    "territory",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="flows",
                        to="facilities.territory",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="flows",
                        to="distribution.plan",
                    ),
                ),
            ],
            options={
                "verbose_name": "flux vers une plateforme",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("plan", "territory", "source"), name="flow_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Endowment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("units", models.BigIntegerField(verbose_name="unités")),
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
                    "territory",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="endowments",
                        to="facilities.territory",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="endowments",
                        to="distribution.plan",
                    ),
                ),
            ],
            options={
                "verbose_name": "dotation de plateforme",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("plan", "territory", "family", "source"), name="endowment_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("units__gt", 0)), name="endowment_gives_something"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Adjustment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("changes", models.JSONField(verbose_name="changements")),
                ("reason", models.CharField(max_length=500, verbose_name="motif")),
                ("by", models.CharField(max_length=80, verbose_name="par")),
                ("at", models.DateTimeField(verbose_name="le")),
                (
                    "family",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.family",
                    ),
                ),
                (
                    "territory",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.territory",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="adjustments",
                        to="distribution.plan",
                    ),
                ),
            ],
            options={
                "verbose_name": "ajustement",
            },
        ),
        migrations.CreateModel(
            name="PlanLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "need_doctrine",
                    models.BigIntegerField(default=0, verbose_name="besoin selon la doctrine"),
                ),
                ("need", models.BigIntegerField(verbose_name="besoin")),
                ("given", models.BigIntegerField(default=0, verbose_name="reçu de donateurs")),
                ("floor", models.BigIntegerField(default=0, verbose_name="plancher")),
                ("computed", models.BigIntegerField(verbose_name="calculé")),
                ("changed", models.BigIntegerField(default=0, verbose_name="ajusté")),
                ("reason", models.PositiveSmallIntegerField(verbose_name="motif")),
                ("carried", models.BigIntegerField(default=0, verbose_name="reporté (millièmes)")),
                (
                    "facility",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plan_lines",
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
                    "plan",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="distribution.plan",
                    ),
                ),
                (
                    "territory",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.territory",
                    ),
                ),
            ],
            options={
                "verbose_name": "ligne de plan",
                "indexes": [
                    models.Index(fields=["facility", "plan"], name="plan_line_by_facility")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("plan", "territory", "family", "facility"), name="plan_line_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "computed__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("changed"), "*", models.Value(-1)
                                ),
                            )
                        ),
                        name="plan_line_never_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HandOut",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=60, unique=True, verbose_name="clé")),
                ("units", models.BigIntegerField(verbose_name="unités")),
                (
                    "owed",
                    models.BigIntegerField(default=0, verbose_name="dont avancé par la plateforme"),
                ),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("collected", "retiré sur place"),
                            ("delivered", "livré en tournée"),
                        ],
                        default="collected",
                        max_length=10,
                        verbose_name="mode",
                    ),
                ),
                ("by", models.CharField(max_length=80, verbose_name="remis par")),
                ("at", models.DateTimeField(verbose_name="remis le")),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hand_outs",
                        to="distribution.planline",
                    ),
                ),
            ],
            options={
                "verbose_name": "remise",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("owed__gte", 0), ("owed__lte", models.F("units")), ("units__gt", 0)
                        ),
                        name="hand_out_owes_within",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PlanShare",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("box_units", models.PositiveIntegerField(verbose_name="unités par boîte")),
                ("envelope", models.BigIntegerField(verbose_name="volume")),
                ("need", models.BigIntegerField(verbose_name="besoin")),
                ("shared", models.BigIntegerField(verbose_name="réparti")),
                ("level_numerator", models.BigIntegerField(verbose_name="niveau (numérateur)")),
                ("level_denominator", models.BigIntegerField(verbose_name="niveau (dénominateur)")),
                (
                    "floors_short",
                    models.BooleanField(default=False, verbose_name="planchers partagés"),
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
                    "plan",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shares",
                        to="distribution.plan",
                    ),
                ),
            ],
            options={
                "verbose_name": "famille d’un plan",
                "constraints": [
                    models.UniqueConstraint(fields=("plan", "family"), name="plan_share_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="PlanEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("week", models.CharField(max_length=8, verbose_name="semaine")),
                ("number", models.PositiveSmallIntegerField(default=1, verbose_name="rang")),
                ("fallback", models.BooleanField(default=False, verbose_name="continuité")),
                (
                    "regions",
                    models.JSONField(blank=True, default=dict, verbose_name="régions servies"),
                ),
                ("title", models.CharField(blank=True, max_length=120, verbose_name="intitulé")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "brouillon"),
                            ("shared", "transmis aux ARS"),
                            ("frozen", "arrêté"),
                            ("sent", "envoyé"),
                            ("abandoned", "abandonné"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                ("volumes", models.JSONField(verbose_name="volumes")),
                ("floors", models.JSONField(blank=True, default=dict, verbose_name="planchers")),
                ("excluded", models.JSONField(blank=True, default=list, verbose_name="non servis")),
                ("requests_until", models.DateTimeField(verbose_name="demandes jusqu’au")),
                ("freezes_at", models.DateTimeField(verbose_name="arrêté le")),
                ("delivers_on", models.DateField(verbose_name="livraison à partir du")),
                ("reason", models.TextField(blank=True, max_length=2000, verbose_name="motif")),
                ("prepared_by", models.CharField(max_length=80, verbose_name="préparé par")),
                ("prepared_at", models.DateTimeField(verbose_name="préparé le")),
                (
                    "shared_by",
                    models.CharField(blank=True, max_length=80, verbose_name="transmis par"),
                ),
                (
                    "shared_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="transmis le"),
                ),
                ("frozen_at", models.DateTimeField(blank=True, null=True, verbose_name="figé le")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="envoyé le")),
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
                        to="distribution.plan",
                    ),
                ),
                (
                    "zone",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="facilities.zone",
                    ),
                ),
                (
                    "programme",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="distribution.programme",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ProgrammeEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "code",
                    models.SlugField(
                        db_index=False, max_length=30, serialize=False, verbose_name="code"
                    ),
                ),
                ("title", models.CharField(max_length=120, verbose_name="intitulé")),
                (
                    "rule",
                    models.CharField(
                        choices=[
                            ("per_site", "unités par site"),
                            ("per_size", "unités par personne, place ou patient du site"),
                            ("named", "unités dites site par site"),
                        ],
                        max_length=10,
                        verbose_name="règle",
                    ),
                ),
                ("units", models.PositiveIntegerField(default=0, verbose_name="unités")),
                ("starts_on", models.DateField(verbose_name="du")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="au")),
                (
                    "every_weeks",
                    models.PositiveSmallIntegerField(
                        default=1, verbose_name="toutes les (semaines)"
                    ),
                ),
                ("once", models.BooleanField(default=False, verbose_name="une seule fois")),
                ("source", models.CharField(max_length=300, verbose_name="texte")),
                ("decided_by", models.CharField(max_length=80, verbose_name="décidé par")),
                ("decided_at", models.DateTimeField(verbose_name="décidé le")),
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
                        to="distribution.programme",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ProgrammeSite",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("size", models.PositiveIntegerField(default=1, verbose_name="taille")),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="programmes",
                        to="facilities.facility",
                    ),
                ),
                (
                    "programme",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sites",
                        to="distribution.programme",
                    ),
                ),
            ],
            options={
                "verbose_name": "site d’un programme",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("programme", "facility"), name="programme_site_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Residual",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("units", models.BigIntegerField(verbose_name="unités")),
                ("reason", models.CharField(max_length=500, verbose_name="explication")),
                ("by", models.CharField(max_length=80, verbose_name="par")),
                ("at", models.DateTimeField(verbose_name="le")),
                (
                    "family",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.family",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="residuals",
                        to="distribution.plan",
                    ),
                ),
                (
                    "territory",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="residuals",
                        to="facilities.territory",
                    ),
                ),
            ],
            options={
                "verbose_name": "reliquat",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("plan", "territory", "family"), name="residual_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Settlement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("units", models.BigIntegerField(verbose_name="unités")),
                ("reason", models.CharField(max_length=500, verbose_name="motif")),
                ("by", models.CharField(max_length=80, verbose_name="par")),
                ("at", models.DateTimeField(verbose_name="le")),
                (
                    "family",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.family",
                    ),
                ),
                (
                    "territory",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="settlements",
                        to="facilities.territory",
                    ),
                ),
            ],
            options={
                "verbose_name": "compensation",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("units__gt", 0)), name="settlement_gives"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Situation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("week", models.CharField(max_length=8, verbose_name="semaine")),
                ("stock", models.BigIntegerField(verbose_name="stock")),
                (
                    "risk",
                    models.CharField(
                        choices=[
                            ("none", "aucun"),
                            ("week", "sous une semaine"),
                            ("now", "immédiat"),
                        ],
                        default="none",
                        max_length=4,
                        verbose_name="risque de rupture",
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=500, verbose_name="précisions")),
                ("by", models.CharField(max_length=80, verbose_name="par")),
                ("at", models.DateTimeField(verbose_name="le")),
                (
                    "family",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.family",
                    ),
                ),
                (
                    "territory",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="situations",
                        to="facilities.territory",
                    ),
                ),
            ],
            options={
                "verbose_name": "situation de plateforme",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("territory", "week", "family"), name="situation_once_a_week"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("stock__gte", 0)), name="situation_not_negative"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Trainees",
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
                        choices=[("intern", "internes"), ("student", "étudiants")],
                        max_length=8,
                        verbose_name="nature",
                    ),
                ),
                ("cohort", models.CharField(max_length=80, verbose_name="promotion")),
                ("headcount", models.PositiveIntegerField(verbose_name="effectif")),
                (
                    "every_weeks",
                    models.PositiveSmallIntegerField(
                        default=1, verbose_name="toutes les (semaines)"
                    ),
                ),
                (
                    "period",
                    django.contrib.postgres.fields.ranges.DateRangeField(verbose_name="période"),
                ),
                ("by", models.CharField(max_length=80, verbose_name="par")),
                ("at", models.DateTimeField(verbose_name="le")),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="trainees",
                        to="facilities.facility",
                    ),
                ),
            ],
            options={
                "verbose_name": "personnes en formation",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("every_weeks__gte", 1), ("every_weeks__lte", 3)),
                        name="trainees_every_one_to_three_weeks",
                        violation_error_message="La fréquence est d’une, deux ou trois semaines.",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            (
                                models.Func(
                                    models.Func(
                                        models.F("cohort"),
                                        models.Value(0),
                                        function="hashtextextended",
                                    ),
                                    models.Func(
                                        models.F("cohort"),
                                        models.Value(0),
                                        function="hashtextextended",
                                    ),
                                    function="int8range",
                                    template="int8range(%(expressions)s, '[]')",
                                ),
                                "&&",
                            ),
                            ("period", "&&"),
                        ],
                        name="trainees_counted_once",
                        violation_error_message="Cette promotion est déjà comptée sur cette période.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TraineesEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("intern", "internes"), ("student", "étudiants")],
                        max_length=8,
                        verbose_name="nature",
                    ),
                ),
                ("cohort", models.CharField(max_length=80, verbose_name="promotion")),
                ("headcount", models.PositiveIntegerField(verbose_name="effectif")),
                (
                    "every_weeks",
                    models.PositiveSmallIntegerField(
                        default=1, verbose_name="toutes les (semaines)"
                    ),
                ),
                (
                    "period",
                    django.contrib.postgres.fields.ranges.DateRangeField(verbose_name="période"),
                ),
                ("by", models.CharField(max_length=80, verbose_name="par")),
                ("at", models.DateTimeField(verbose_name="le")),
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
                        to="distribution.trainees",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ChangeRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("week", models.CharField(max_length=8, verbose_name="semaine")),
                ("units", models.BigIntegerField(verbose_name="unités demandées")),
                ("reason", models.CharField(max_length=500, verbose_name="motif")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "demandée"),
                            ("taken", "retenue"),
                            ("refused", "refusée"),
                        ],
                        default="asked",
                        max_length=8,
                        verbose_name="état",
                    ),
                ),
                ("answer", models.CharField(blank=True, max_length=500, verbose_name="réponse")),
                ("asked_by", models.CharField(max_length=80, verbose_name="demandée par")),
                ("asked_at", models.DateTimeField(verbose_name="demandée le")),
                (
                    "answered_by",
                    models.CharField(blank=True, max_length=80, verbose_name="répondue par"),
                ),
                (
                    "answered_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="répondue le"),
                ),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="change_requests",
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
                "verbose_name": "demande d’évolution",
                "indexes": [
                    models.Index(fields=["week", "facility"], name="change_request_by_week")
                ],
            },
        ),
        migrations.CreateModel(
            name="EmergencyPush",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=60, unique=True, verbose_name="clé")),
                ("units", models.BigIntegerField(verbose_name="unités")),
                ("motive", models.CharField(max_length=300, verbose_name="motif")),
                ("by", models.CharField(max_length=80, verbose_name="par")),
                ("at", models.DateTimeField(verbose_name="le")),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="emergency_pushes",
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
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.place",
                    ),
                ),
            ],
            options={
                "verbose_name": "envoi d’urgence",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("units__gt", 0)), name="emergency_push_gives"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FlowLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sent", models.BigIntegerField(verbose_name="envoyé")),
                ("received", models.BigIntegerField(blank=True, null=True, verbose_name="reçu")),
                (
                    "family",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.family",
                    ),
                ),
                (
                    "flow",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="distribution.flow",
                    ),
                ),
                (
                    "lot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.lot",
                    ),
                ),
            ],
            options={
                "verbose_name": "ligne de flux",
                "constraints": [
                    models.UniqueConstraint(fields=("flow", "lot"), name="flow_line_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("sent__gt", 0),
                            models.Q(
                                ("received__isnull", True),
                                models.Q(("received__gte", 0), ("received__lte", models.F("sent"))),
                                _connector="OR",
                            ),
                        ),
                        name="flow_receives_within",
                        violation_error_message="On ne reçoit pas plus que ce qui a été envoyé.",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="override",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "distribution_overrideevent" ("at", "by", "facility_id", "family", "id", "per_mille", "period", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (NEW."at", NEW."by", NEW."facility_id", NEW."family", NEW."id", NEW."per_mille", NEW."period", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reason"); RETURN NULL;',
                    hash="86008291bb3514e3123e0af29b4bbb750c85d941",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_97bbe",
                    table="distribution_override",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="override",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "distribution_overrideevent" ("at", "by", "facility_id", "family", "id", "per_mille", "period", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (NEW."at", NEW."by", NEW."facility_id", NEW."family", NEW."id", NEW."per_mille", NEW."period", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reason"); RETURN NULL;',
                    hash="ff9d746182ed7d760ff9c7bfd9acef5081b5caa3",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_16675",
                    table="distribution_override",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="override",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "distribution_overrideevent" ("at", "by", "facility_id", "family", "id", "per_mille", "period", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (OLD."at", OLD."by", OLD."facility_id", OLD."family", OLD."id", OLD."per_mille", OLD."period", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."reason"); RETURN NULL;',
                    hash="be3c1402a8292006104024d572a8049b27a21bf1",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_2c127",
                    table="distribution_override",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="overrideevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="d767337455ecd6f6badb659e7316d8128bef2ff6",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_193d5",
                    table="distribution_overrideevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="incidentevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="3e33c3f145b4ef16f70e74cba47582b5127116d6",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_a10d2",
                    table="distribution_incidentevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="incident",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "distribution_incidentevent" ("answer", "closed_at", "closed_by", "due_at", "id", "kind", "owner", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "territory_id", "told_at", "told_by", "words") VALUES (NEW."answer", NEW."closed_at", NEW."closed_by", NEW."due_at", NEW."id", NEW."kind", NEW."owner", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."plan_id", NEW."territory_id", NEW."told_at", NEW."told_by", NEW."words"); RETURN NULL;',
                    hash="642fbce6d4fe49d008fabfb5fc4516515d10070e",
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
                    func='INSERT INTO "distribution_incidentevent" ("answer", "closed_at", "closed_by", "due_at", "id", "kind", "owner", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "territory_id", "told_at", "told_by", "words") VALUES (NEW."answer", NEW."closed_at", NEW."closed_by", NEW."due_at", NEW."id", NEW."kind", NEW."owner", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."plan_id", NEW."territory_id", NEW."told_at", NEW."told_by", NEW."words"); RETURN NULL;',
                    hash="7e8b7d60701094492f9ccb57ced572e267a1853e",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_165c9",
                    table="distribution_incident",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="programme",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "distribution_programmeevent" ("code", "decided_at", "decided_by", "ends_on", "every_weeks", "family_id", "once", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rule", "source", "starts_on", "title", "units") VALUES (NEW."code", NEW."decided_at", NEW."decided_by", NEW."ends_on", NEW."every_weeks", NEW."family_id", NEW."once", _pgh_attach_context(), NOW(), \'insert\', NEW."code", NEW."rule", NEW."source", NEW."starts_on", NEW."title", NEW."units"); RETURN NULL;',
                    hash="19d6a6d8e5b9b654e8254c7902a1a254fe71eb3b",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_6d91a",
                    table="distribution_programme",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="programme",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "distribution_programmeevent" ("code", "decided_at", "decided_by", "ends_on", "every_weeks", "family_id", "once", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rule", "source", "starts_on", "title", "units") VALUES (NEW."code", NEW."decided_at", NEW."decided_by", NEW."ends_on", NEW."every_weeks", NEW."family_id", NEW."once", _pgh_attach_context(), NOW(), \'update\', NEW."code", NEW."rule", NEW."source", NEW."starts_on", NEW."title", NEW."units"); RETURN NULL;',
                    hash="2bd51f62ba7ea6f2acb8db7f09e32173b058ee75",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_b47fa",
                    table="distribution_programme",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="planevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="89c3751adb8079516a71310c4d180efea55bc766",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_77df8",
                    table="distribution_planevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="plan",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "distribution_planevent" ("delivers_on", "doctrine_id", "excluded", "fallback", "floors", "freezes_at", "frozen_at", "id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prepared_at", "prepared_by", "programme_id", "reason", "regions", "requests_until", "sent_at", "shared_at", "shared_by", "state", "title", "volumes", "week", "zone_id") VALUES (NEW."delivers_on", NEW."doctrine_id", NEW."excluded", NEW."fallback", NEW."floors", NEW."freezes_at", NEW."frozen_at", NEW."id", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."prepared_at", NEW."prepared_by", NEW."programme_id", NEW."reason", NEW."regions", NEW."requests_until", NEW."sent_at", NEW."shared_at", NEW."shared_by", NEW."state", NEW."title", NEW."volumes", NEW."week", NEW."zone_id"); RETURN NULL;',
                    hash="7b1d226e6bfdb970ead88bb870fefccbaabd24b4",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_30f1e",
                    table="distribution_plan",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="plan",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "distribution_planevent" ("delivers_on", "doctrine_id", "excluded", "fallback", "floors", "freezes_at", "frozen_at", "id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prepared_at", "prepared_by", "programme_id", "reason", "regions", "requests_until", "sent_at", "shared_at", "shared_by", "state", "title", "volumes", "week", "zone_id") VALUES (NEW."delivers_on", NEW."doctrine_id", NEW."excluded", NEW."fallback", NEW."floors", NEW."freezes_at", NEW."frozen_at", NEW."id", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."prepared_at", NEW."prepared_by", NEW."programme_id", NEW."reason", NEW."regions", NEW."requests_until", NEW."sent_at", NEW."shared_at", NEW."shared_by", NEW."state", NEW."title", NEW."volumes", NEW."week", NEW."zone_id"); RETURN NULL;',
                    hash="56ae5bd8c250d5b0f097235e8c3e2ed5743de5c9",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_d8e40",
                    table="distribution_plan",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="programmeevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e5cc4032d23d3aae809bc0e1cd3ec194d76056f7",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_c0f68",
                    table="distribution_programmeevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="trainees",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "distribution_traineesevent" ("at", "by", "cohort", "every_weeks", "facility_id", "headcount", "id", "kind", "period", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."at", NEW."by", NEW."cohort", NEW."every_weeks", NEW."facility_id", NEW."headcount", NEW."id", NEW."kind", NEW."period", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;',
                    hash="e1a121d1f76513d7ac0e6979e4fefd8057f22729",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_badc5",
                    table="distribution_trainees",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="trainees",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "distribution_traineesevent" ("at", "by", "cohort", "every_weeks", "facility_id", "headcount", "id", "kind", "period", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."at", NEW."by", NEW."cohort", NEW."every_weeks", NEW."facility_id", NEW."headcount", NEW."id", NEW."kind", NEW."period", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;',
                    hash="bb8ad3104608a4d0914b5403ed9e2a916690cf3a",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_b0ac9",
                    table="distribution_trainees",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="trainees",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "distribution_traineesevent" ("at", "by", "cohort", "every_weeks", "facility_id", "headcount", "id", "kind", "period", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."at", OLD."by", OLD."cohort", OLD."every_weeks", OLD."facility_id", OLD."headcount", OLD."id", OLD."kind", OLD."period", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;',
                    hash="28ac28692b6d5c2eded8f3ebea0ac1e69f686605",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_223be",
                    table="distribution_trainees",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="traineesevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="59a87fb247e4152cdd697d8a056e345c4252fb57",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_c6ae8",
                    table="distribution_traineesevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
