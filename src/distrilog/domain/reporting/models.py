"""What is kept of the proofs of the books."""

import pgtrigger
from django.db import models


class BooksProof(models.Model):
    """
    One proof of the books: what was read, how long it took, and every figure that did not hold.

    `last_entry` and `digest` are the newest seal then: who kept them can tell whether the books read
    today still begin with the same entries. `discrepancies` are their French sentences, the first
    `services.KEPT` of `found`.
    """

    at = models.DateTimeField("le")
    seconds = models.DecimalField("durée (secondes)", max_digits=9, decimal_places=3)
    entries = models.BigIntegerField("écritures relues")
    found = models.PositiveIntegerField("écarts", default=0)
    discrepancies = models.JSONField("écarts constatés", default=list, blank=True)
    last_entry = models.BigIntegerField("dernière écriture scellée", default=0)
    digest = models.CharField("empreinte de tête", max_length=64, blank=True)

    class Meta:
        verbose_name = "preuve des comptes"
        indexes = [models.Index(fields=["-at"], name="books_proof_latest")]
        triggers = [
            pgtrigger.Protect(
                name="books_proof_is_final", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.found}"
