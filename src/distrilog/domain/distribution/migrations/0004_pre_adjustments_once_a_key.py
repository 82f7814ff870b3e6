"""An adjustment sent twice is made once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("distribution", "0003_pre_hand_outs_by_lot"),
    ]

    operations = [
        migrations.AddField(
            model_name="adjustment",
            name="key",
            field=models.CharField(
                blank=True, max_length=60, null=True, unique=True, verbose_name="clé"
            ),
        ),
    ]
