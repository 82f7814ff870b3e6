import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0002_pre_widen_perimeter"),
        ("catalogue", "0001_initial"),
        ("facilities", "0001_initial"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.CreateModel(
            name="RollUpState",
            fields=[
                (
                    "week",
                    models.CharField(
                        max_length=8, primary_key=True, serialize=False, verbose_name="semaine"
                    ),
                ),
                (
                    "built_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="calculé le"),
                ),
                (
                    "stale_since",
                    models.DateTimeField(blank=True, null=True, verbose_name="à refaire depuis"),
                ),
            ],
            options={
                "verbose_name": "état des cumuls",
            },
        ),
        migrations.CreateModel(
            name="Wave",
            fields=[
                ("code", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120, verbose_name="nom")),
                ("starts_on", models.DateField(verbose_name="à partir du")),
                ("position", models.PositiveSmallIntegerField(verbose_name="rang")),
            ],
            options={
                "verbose_name": "vague de déploiement",
            },
        ),
        migrations.CreateModel(
            name="WaveEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("code", models.CharField(max_length=20, serialize=False)),
                ("name", models.CharField(max_length=120, verbose_name="nom")),
                ("starts_on", models.DateField(verbose_name="à partir du")),
                ("position", models.PositiveSmallIntegerField(verbose_name="rang")),
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
                        to="declarations.wave",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="AlertThreshold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "group",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("hospital", "établissement de santé"),
                            ("home_hospital", "hospitalisation à domicile"),
                            ("nursing_home", "établissement pour personnes âgées"),
                            ("disability_home", "établissement pour personnes handicapées"),
                            ("shelter", "hébergement, LHSS, LAM"),
                            ("covid_site", "site temporaire COVID"),
                            ("home_care", "service d’aide ou de soins à domicile"),
                            ("ambulance", "transporteur sanitaire"),
                            ("fire", "service d’incendie et de secours"),
                            ("laboratory", "laboratoire"),
                            ("pharmacy", "officine"),
                            ("other", "autre"),
                        ],
                        default="",
                        max_length=16,
                        verbose_name="catégorie",
                    ),
                ),
                (
                    "watch_days",
                    models.PositiveSmallIntegerField(verbose_name="à surveiller sous (jours)"),
                ),
                (
                    "alert_days",
                    models.PositiveSmallIntegerField(verbose_name="alerte sous (jours)"),
                ),
                ("starts_on", models.DateField(verbose_name="à partir du")),
                ("reason", models.CharField(max_length=300, verbose_name="motif")),
                ("set_by", models.CharField(max_length=80, verbose_name="fixé par")),
                ("set_at", models.DateTimeField(verbose_name="fixé le")),
                (
                    "family",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.family",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alert_thresholds",
                        to="facilities.region",
                    ),
                ),
            ],
            options={
                "verbose_name": "seuil d’alerte",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("watch_days__gte", models.F("alert_days"))),
                        name="threshold_watches_before_alert",
                        violation_error_message="L’alerte ne peut pas précéder la surveillance.",
                    ),
                    models.UniqueConstraint(
                        fields=("group", "region", "family", "starts_on"),
                        name="alert_threshold_once",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AlertThresholdEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "group",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("hospital", "établissement de santé"),
                            ("home_hospital", "hospitalisation à domicile"),
                            ("nursing_home", "établissement pour personnes âgées"),
                            ("disability_home", "établissement pour personnes handicapées"),
                            ("shelter", "hébergement, LHSS, LAM"),
                            ("covid_site", "site temporaire COVID"),
                            ("home_care", "service d’aide ou de soins à domicile"),
                            ("ambulance", "transporteur sanitaire"),
                            ("fire", "service d’incendie et de secours"),
                            ("laboratory", "laboratoire"),
                            ("pharmacy", "officine"),
                            ("other", "autre"),
                        ],
                        default="",
                        max_length=16,
                        verbose_name="catégorie",
                    ),
                ),
                (
                    "watch_days",
                    models.PositiveSmallIntegerField(verbose_name="à surveiller sous (jours)"),
                ),
                (
                    "alert_days",
                    models.PositiveSmallIntegerField(verbose_name="alerte sous (jours)"),
                ),
                ("starts_on", models.DateField(verbose_name="à partir du")),
                ("reason", models.CharField(max_length=300, verbose_name="motif")),
                ("set_by", models.CharField(max_length=80, verbose_name="fixé par")),
                ("set_at", models.DateTimeField(verbose_name="fixé le")),
                (
                    "family",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
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
                        to="declarations.alertthreshold",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
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
            name="Declaration",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("week", models.CharField(max_length=8, verbose_name="semaine")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
                (
                    "facility",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="declarations",
                        to="facilities.facility",
                    ),
                ),
            ],
            options={
                "verbose_name": "déclaration de stock",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("facility", "week"), name="declaration_once_a_week"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Delegate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("named_by", models.CharField(max_length=80, verbose_name="désigné par")),
                ("named_at", models.DateTimeField(verbose_name="désigné le")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="fin")),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="delegates",
                        to="facilities.facility",
                    ),
                ),
                (
                    "profile",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="delegations",
                        to="accounts.profile",
                    ),
                ),
            ],
            options={
                "verbose_name": "délégation de déclaration",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("facility", "profile"),
                        name="delegate_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DelegateEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("named_by", models.CharField(max_length=80, verbose_name="désigné par")),
                ("named_at", models.DateTimeField(verbose_name="désigné le")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="fin")),
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
                        to="declarations.delegate",
                    ),
                ),
                (
                    "profile",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="accounts.profile",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Difficulty",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(verbose_name="version")),
                ("week", models.CharField(max_length=8, verbose_name="semaine")),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("shortage", "rupture ou risque de rupture"),
                            ("quality", "produit inadapté ou défectueux"),
                            ("size", "taille manquante"),
                            ("delivery", "livraison non reçue"),
                            ("outbreak", "foyer épidémique"),
                            ("other", "autre"),
                        ],
                        max_length=10,
                        verbose_name="nature",
                    ),
                ),
                (
                    "urgency",
                    models.CharField(
                        choices=[
                            ("today", "aujourd’hui"),
                            ("week", "cette semaine"),
                            ("later", "plus tard"),
                        ],
                        max_length=6,
                        verbose_name="urgence",
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=500, verbose_name="précisions")),
                ("seen_by", models.CharField(blank=True, max_length=80, verbose_name="vue par")),
                ("seen_at", models.DateTimeField(blank=True, null=True, verbose_name="vue le")),
                (
                    "declaration",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="difficulties",
                        to="declarations.declaration",
                    ),
                ),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.facility",
                    ),
                ),
                (
                    "family",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.family",
                    ),
                ),
            ],
            options={
                "verbose_name": "difficulté signalée",
                "indexes": [models.Index(fields=["week", "facility"], name="difficulty_by_week")],
            },
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("week", models.CharField(max_length=8, verbose_name="semaine")),
                ("rank", models.PositiveSmallIntegerField(default=1, verbose_name="rang")),
                ("recipients", models.PositiveSmallIntegerField(verbose_name="destinataires")),
                ("sent_by", models.CharField(max_length=80, verbose_name="envoyée par")),
                ("sent_at", models.DateTimeField(verbose_name="envoyée le")),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reminders",
                        to="facilities.facility",
                    ),
                ),
            ],
            options={
                "verbose_name": "relance",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("facility", "week", "rank"), name="reminder_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RollUp",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("week", models.CharField(max_length=8, verbose_name="semaine")),
                ("facilities", models.IntegerField(verbose_name="établissements")),
                ("asked", models.IntegerField(verbose_name="enrôlés")),
                ("declared", models.IntegerField(verbose_name="ont déclaré")),
                ("stock", models.BigIntegerField(verbose_name="stock")),
                ("consumption", models.BigIntegerField(verbose_name="consommation")),
                ("need", models.BigIntegerField(verbose_name="besoin de crise")),
                ("alert", models.IntegerField(verbose_name="en alerte")),
                ("watch", models.IntegerField(verbose_name="à surveiller")),
                ("covered", models.IntegerField(verbose_name="couverts")),
                ("empty", models.IntegerField(verbose_name="sans stock")),
                ("questioned", models.IntegerField(verbose_name="confirmés")),
                (
                    "department",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.department",
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
                    "region",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.region",
                    ),
                ),
                (
                    "territory",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.territory",
                    ),
                ),
            ],
            options={
                "verbose_name": "cumul de couverture",
                "indexes": [models.Index(fields=["region", "week"], name="roll_up_by_region")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("week", "family", "department", "territory"),
                        name="roll_up_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Statement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(verbose_name="version")),
                ("week", models.CharField(max_length=8, verbose_name="semaine")),
                ("stock", models.BigIntegerField(verbose_name="stock")),
                (
                    "consumption",
                    models.BigIntegerField(blank=True, null=True, verbose_name="consommation"),
                ),
                ("need", models.BigIntegerField(verbose_name="besoin de crise hebdomadaire")),
                (
                    "band",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("none", "plus rien"),
                            ("days", "moins d’une semaine"),
                            ("weeks", "d’une à trois semaines"),
                            ("plenty", "trois semaines ou plus"),
                        ],
                        default="",
                        max_length=12,
                        verbose_name="tranche",
                    ),
                ),
                (
                    "questioned",
                    models.BooleanField(default=False, verbose_name="confirmée après question"),
                ),
                ("current", models.BooleanField(default=True, verbose_name="en vigueur")),
                (
                    "declaration",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statements",
                        to="declarations.declaration",
                    ),
                ),
                (
                    "facility",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
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
            ],
            options={
                "verbose_name": "ligne de déclaration",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("declaration", "family", "version"), name="statement_once_a_version"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("current", True)),
                        fields=("week", "family", "facility"),
                        name="statement_one_current",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("stock__gte", 0),
                            ("need__gte", 0),
                            models.Q(
                                ("consumption__isnull", True),
                                ("consumption__gte", 0),
                                _connector="OR",
                            ),
                        ),
                        name="statement_not_negative",
                        violation_error_message="Un stock ou une consommation n’est jamais négatif.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Submission",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(verbose_name="version")),
                ("key", models.UUIDField(blank=True, null=True, unique=True, verbose_name="clé")),
                ("digest", models.CharField(blank=True, max_length=64, verbose_name="empreinte")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("screen", "écran"),
                            ("offline", "écran, hors ligne"),
                            ("api", "API"),
                            ("file", "fichier"),
                            ("fhir", "FHIR"),
                        ],
                        max_length=8,
                        verbose_name="voie",
                    ),
                ),
                ("declared_by", models.CharField(max_length=80, verbose_name="déclarée par")),
                (
                    "responsible",
                    models.CharField(
                        blank=True, max_length=80, verbose_name="sous la responsabilité de"
                    ),
                ),
                ("declared_at", models.DateTimeField(verbose_name="déclarée le")),
                (
                    "declaration",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="submissions",
                        to="declarations.declaration",
                    ),
                ),
            ],
            options={
                "verbose_name": "version de déclaration",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("declaration", "version"), name="submission_once_a_version"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Target",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("need", models.BigIntegerField(verbose_name="besoin de crise hebdomadaire")),
                (
                    "facility",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="targets",
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
            ],
            options={
                "verbose_name": "cible de stock",
                "constraints": [
                    models.UniqueConstraint(fields=("facility", "family"), name="target_once"),
                    models.CheckConstraint(
                        condition=models.Q(("need__gt", 0)), name="target_positive"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Enrolment",
            fields=[
                (
                    "facility",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="enrolment",
                        serialize=False,
                        to="facilities.facility",
                    ),
                ),
                ("since", models.DateField(verbose_name="demandé depuis le")),
                ("until", models.DateField(blank=True, null=True, verbose_name="jusqu’au")),
                (
                    "wave",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="enrolments",
                        to="declarations.wave",
                    ),
                ),
            ],
            options={
                "verbose_name": "enrôlement",
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="wave",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "declarations_waveevent" ("code", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "starts_on") VALUES (NEW."code", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."code", NEW."position", NEW."starts_on"); RETURN NULL;',
                    hash="0ab031ae47ecfebf4f1d93d4229274633f415963",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_046d3",
                    table="declarations_wave",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="wave",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "declarations_waveevent" ("code", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "starts_on") VALUES (NEW."code", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."code", NEW."position", NEW."starts_on"); RETURN NULL;',
                    hash="9be266e51f1591318f60130200c58d0c567d1a51",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_0b20e",
                    table="declarations_wave",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="alertthreshold",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "declarations_alertthresholdevent" ("alert_days", "family_id", "group", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "region_id", "set_at", "set_by", "starts_on", "watch_days") VALUES (NEW."alert_days", NEW."family_id", NEW."group", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reason", NEW."region_id", NEW."set_at", NEW."set_by", NEW."starts_on", NEW."watch_days"); RETURN NULL;',
                    hash="f1866548b36bac53a5f3fdf45b9e2e15d82eac98",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_83639",
                    table="declarations_alertthreshold",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="alertthreshold",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "declarations_alertthresholdevent" ("alert_days", "family_id", "group", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "region_id", "set_at", "set_by", "starts_on", "watch_days") VALUES (NEW."alert_days", NEW."family_id", NEW."group", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reason", NEW."region_id", NEW."set_at", NEW."set_by", NEW."starts_on", NEW."watch_days"); RETURN NULL;',
                    hash="fd24a446e9ff4d78161bbaecc4d3a88d530b642b",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_5617a",
                    table="declarations_alertthreshold",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="alertthresholdevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="45fff0d366fd41bba3228afc75fc6d2dabf283d2",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_ea2d2",
                    table="declarations_alertthresholdevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="delegate",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "declarations_delegateevent" ("ended_at", "facility_id", "id", "named_at", "named_by", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "profile_id") VALUES (NEW."ended_at", NEW."facility_id", NEW."id", NEW."named_at", NEW."named_by", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."profile_id"); RETURN NULL;',
                    hash="398c7e986c0f60ff6ed767e019bd35cb01faf412",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_0c17e",
                    table="declarations_delegate",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="delegate",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "declarations_delegateevent" ("ended_at", "facility_id", "id", "named_at", "named_by", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "profile_id") VALUES (NEW."ended_at", NEW."facility_id", NEW."id", NEW."named_at", NEW."named_by", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."profile_id"); RETURN NULL;',
                    hash="b84d096b312e3b581adc8beb390c00added22377",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_68fde",
                    table="declarations_delegate",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="delegateevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="4ca5673ece8674dd8bed8bfae021da1372cd9c16",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_e566b",
                    table="declarations_delegateevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="submission",
            trigger=pgtrigger.compiler.Trigger(
                name="submission_is_final",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="6730146e6cd7163050bea6a1f9c9c9ba19e9ac2a",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_submission_is_final_eaf4c",
                    table="declarations_submission",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="waveevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="9011c71e6bb5cdc19d1057f92819ae1fbd708443",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_7ed2f",
                    table="declarations_waveevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
