from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("declarations", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="rollup",
            name="told_need",
            field=models.BigIntegerField(
                db_default=0, default=0, verbose_name="besoin de ceux qui disent leur consommation"
            ),
        ),
    ]
