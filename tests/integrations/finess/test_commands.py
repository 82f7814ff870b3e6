from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from distrilog.domain.facilities.models import (
    Category,
    Department,
    Facility,
    FacilityImport,
    Region,
    Zone,
)
from distrilog.domain.facilities.rules import finess_number


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("land")]


@pytest.fixture
def land():
    zone = Zone.objects.create(code="metropole", name="Métropole")
    region = Region.objects.create(code="76", name="Occitanie")
    Department.objects.create(code="31", name="Haute-Garonne", region=region, zone=zone)
    Category.objects.create(code="500", name="EHPAD", group="nursing_home")


@pytest.fixture
def file(tmp_path):
    def file(ranks, *, scope="pays", places=80):
        path = tmp_path / "stock.csv"
        rows = [
            f"{finess_number(prefix='96', rank=rank)};Foyer {rank};500;31;{places}\n"
            for rank in ranks
        ]
        first = f"distrilog;etablissements;1;2020-11-02;{scope};{len(rows)}\n"
        path.write_text(first + "numero;nom;categorie;departement;places\n" + "".join(rows))
        return str(path)

    return file


def said(*arguments):
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


class TestImportFacilities:
    def test_applies_and_then_has_nothing_to_do(self, file):
        assert "3 ajout(s)" in said("import_facilities", file([1, 2, 3]))
        assert "déjà à jour" in said("import_facilities", file([1, 2, 3]))
        assert Facility.objects.count() == 3

    def test_shows_the_delta_and_writes_nothing_when_dry(self, file):
        said("import_facilities", file([1, 2]))
        told = said("import_facilities", file([1, 3], places=90), "--dry-run")
        assert "places.places : 80 → 90" in told
        assert f"{finess_number(prefix='96', rank=3)} ajout" in told
        assert f"{finess_number(prefix='96', rank=2)} fermeture" in told
        assert "À signer : Le fichier fermerait 1 établissements sur 2" in told
        assert Facility.objects.count() == 2
        assert FacilityImport.objects.count() == 1

    def test_tells_every_fault_with_its_line_and_remedy(self, file, tmp_path):
        path = tmp_path / "bad.csv"
        with open(file([1, 2, 3])) as stream:  # noqa: PTH123
            text = stream.read()
        path.write_text(text.replace("Foyer 1", "=Foyer").replace(";31;80\n960", ";99;80\n960", 1))
        with pytest.raises(CommandError) as refused:
            said("import_facilities", str(path))
        assert str(refused.value).count("ligne 3") == 2
        assert "Retirez le signe" in str(refused.value)
        assert not Facility.objects.exists()


class TestSignImport:
    def test_applies_by_another_person_only(self, file):
        said("import_facilities", file(range(10)), "--by", "Ada")
        told = said("import_facilities", file(range(5)), "--by", "Ada")
        waiting = FacilityImport.objects.get(state="waiting").pk
        assert f"sign_import {waiting}" in told
        with pytest.raises(CommandError, match="ne peut pas le signer"):
            said("sign_import", str(waiting), "--by", "ada")
        assert "appliqué" in said("sign_import", str(waiting), "--by", "Grace")
        assert Facility.objects.filter(closed_on__isnull=False).count() == 5

    def test_can_refuse(self, file):
        said("import_facilities", file(range(10)))
        said("import_facilities", file(range(5)))
        waiting = FacilityImport.objects.get(state="waiting").pk
        assert "refusé" in said("sign_import", str(waiting), "--by", "Grace", "--refuse")
        assert not Facility.objects.filter(closed_on__isnull=False).exists()


class TestExportFacilities:
    def test_writes_what_the_import_reads_back_unchanged(self, file, tmp_path):
        said("import_facilities", file(range(10)))
        path = tmp_path / "out.csv"
        assert "10 établissements" in said("export_facilities", str(path))
        assert "déjà à jour" in said("import_facilities", str(path))

    def test_writes_no_formula(self, file, tmp_path):
        said("import_facilities", file([1]))
        Facility.objects.update(name="=HYPERLINK(1)", commune="@x")
        path = tmp_path / "out.csv"
        said("export_facilities", str(path), "--scope", "departement:31")
        cells = path.read_text().splitlines()[2].split(";")
        assert "HYPERLINK(1)" in cells
        assert not [cell for cell in cells if cell[:1] in {"=", "@", "+", "-"}]

    def test_refuses_an_unknown_scope(self, tmp_path):
        with pytest.raises(CommandError):
            said("export_facilities", str(tmp_path / "x"), "--scope", "lune")
