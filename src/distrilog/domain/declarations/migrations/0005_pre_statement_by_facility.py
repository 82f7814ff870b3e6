from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("declarations", "0004_pre_target_state"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="statement",
            index=models.Index(
                condition=models.Q(("current", True)),
                fields=["facility", "week", "family"],
                name="statement_by_facility",
            ),
        ),
    ]
