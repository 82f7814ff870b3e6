from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("declarations", "0002_pre_roll_up_told_need"),
    ]

    operations = [
        migrations.AddField(
            model_name="rollupstate",
            name="taken_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="en cours depuis"),
        ),
    ]
