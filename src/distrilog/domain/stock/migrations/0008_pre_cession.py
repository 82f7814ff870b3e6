"""Stock may change owner where it lies."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stock", "0007_pre_requisition"),
    ]

    operations = [
        migrations.AlterField(
            model_name="entry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("opening", "stock d’ouverture"),
                    ("receipt", "entrée"),
                    ("allot", "affectation"),
                    ("issue", "expédition"),
                    ("transfer_out", "départ en transfert"),
                    ("transfer_in", "arrivée de transfert"),
                    ("delivery", "livraison"),
                    ("return", "retour"),
                    ("dispute", "litige"),
                    ("block", "mise en quarantaine"),
                    ("unblock", "levée de quarantaine"),
                    ("write_off", "sortie définitive"),
                    ("count", "écart d’inventaire"),
                    ("loan", "prêt entre établissements"),
                    ("give_back", "retour de prêt"),
                    ("gift", "don"),
                    ("cession", "cession"),
                ],
                max_length=12,
                verbose_name="nature",
            ),
        ),
    ]
