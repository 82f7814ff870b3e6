"""Every layout with small files of our own making: facilities here are invented."""

from datetime import date
from pathlib import Path

import pytest

from distrilog.domain.facilities.rules import Record, finess_number, registry_fault
from distrilog.integrations.finess import files
from distrilog.integrations.finess.files import UnreadableFile
from distrilog.integrations.finess.layouts import read_offer
from distrilog.integrations.finess.readers.own_csv import COLUMNS
from distrilog.kernel.refusals import Fault
from distrilog.kernel.scopes import ScopeKind


TODAY = date(2020, 11, 2)
HOME, ISLE = finess_number(prefix="31", rank=1), finess_number(prefix="97", rank=400_001)
HEADER = "numero;nom;categorie;departement;places;latitude;statut;ouvert_le"
OWN = [
    "distrilog;etablissements;1;2020-11-02;pays;2",
    HEADER,
    f'{HOME};"Les Tilleuls; annexe";500;31;80;43,6;prive_non_lucratif;02/01/1999',
    f"{ISLE};L’Étang;500;974;;;;",
]
STRUCTURE = (
    f'structureet;{HOME};310000002;EHPAD LES ÉRABLES;NOM LONG;;;12;R;- DES "ORMES";;;555;31;'
    "HAUTE GARONNE;31000 TOULOUSE CEDEX 3;0100000000;;500;EHPAD;4401;Héb.;;;03;;1;EPS;"
    "1999-01-02;1998-01-01;2020-01-01;"
)
ISLAND = (
    f"structureet;{ISLE};970400002;FOYER;FOYER;;;;;;;;411;9D;LA REUNION;97400 ST DENIS;;;500;E;4401;"
    "H;;;03;;9;;;;2020-01-01;"
)
XML = f"""<?xml version="1.0" encoding="UTF-8"?>
<fluxfiness xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <horodatage><emetteur>finess</emetteur><datemaj>2020-10-30</datemaj></horodatage>
  <structureet>
    <nofinesset>{HOME}</nofinesset><nofinessej>310000002</nofinessej>
    <rs>[Fermé] L&amp;ES ÉRABLES</rs><numvoie xsi:nil="true"/><voie>PLACE</voie>
    <commune>555</commune><libcommune>TOULOUSE</libcommune><departement>31</departement>
    <ligneacheminement>31000 TOULOUSE</ligneacheminement><categetab>500</categetab>
    <dateouv>1999-01-02</dateouv><datefermeture>2007-04-20</datefermeture>
  </structureet>
</fluxfiness>
"""
EQUIPMENT = f"""<?xml version="1.0" encoding="UTF-8"?>
<fluxfiness xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <structureet><nofinesset>{HOME}</nofinesset><rs>X</rs></structureet>
  <equipementsocial><nofinesset>{HOME}</nofinesset><capinstot>37</capinstot><indsupinst>N</indsupinst></equipementsocial>
  <equipementsocial><nofinesset>{HOME}</nofinesset><capinstot>5</capinstot><indsupinst>N</indsupinst></equipementsocial>
  <equipementsocial><nofinesset>{HOME}</nofinesset><capinstot>9</capinstot><indsupinst>O</indsupinst></equipementsocial>
  <equipementsocial><nofinesset>{ISLE}</nofinesset><capinstot xsi:nil="true"/><indsupinst>N</indsupinst></equipementsocial>
</fluxfiness>
"""


@pytest.fixture
def read(tmp_path):
    def read(content, *, layout="auto", encoding="utf-8"):
        if isinstance(content, list):
            content = "\n".join(content) + "\n"
        path = tmp_path / "file"
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        offer = read_offer(path=path, layout=layout, today=TODAY)
        return offer, list(offer.items)

    return read


def faults_of(items):
    return [(item.where, item.message) for item in items if isinstance(item, Fault)]


class TestOwnCsv:
    def test_gives_records_with_typed_values(self, read):
        offer, [home, isle] = read(OWN)
        assert (offer.layout, offer.dated, offer.file_name) == ("csv", TODAY, "file")
        assert offer.perimeter.closes
        assert offer.perimeter.scope.kind is ScopeKind.COUNTRY
        assert home == Record(
            where="ligne 3",
            registry=HOME,
            values={
                "name": "Les Tilleuls; annexe",
                "category": "500",
                "department": "31",
                "places.places": 80,
                "latitude": 43.6,
                "status": "non_profit",
                "opened_on": "1999-01-02",
            },
        )
        assert (isle.values["places.places"], isle.values["latitude"]) == (0, None)

    @pytest.mark.parametrize(
        ("scope", "kind", "closes"),
        [
            ("region:76", ScopeKind.REGION, True),
            ("departement:31", ScopeKind.DEPARTMENT, True),
            ("partiel", ScopeKind.COUNTRY, False),
        ],
    )
    def test_declares_its_perimeter(self, read, scope, kind, closes):
        perimeter = read([OWN[0].replace("pays", scope), *OWN[1:]])[0].perimeter
        assert (perimeter.scope.kind, perimeter.closes) == (kind, closes)

    @pytest.mark.parametrize(
        ("change", "where", "words"),
        [
            ((";pays;2", ";pays;3"), "fichier", "tronqué"),  # cut at the end of a line
            ((";80;", ";80,5;"), "ligne 3", "nombre entier"),
            ((";80;", ";-80;"), "ligne 3", "nombre entier"),
            ((";80;", ";８０;"), "ligne 3", "nombre entier"),
            ((";43,6;", ";nan;"), "ligne 3", "pas un nombre"),
            ((";43,6;", ";1e999;"), "ligne 3", "pas un nombre"),
            (("02/01/1999", "31/02/1999"), "ligne 3", "date"),
            ((";974;;;;", ";974;;;"), "ligne 4", "cellules"),
            (('annexe";', 'annexe"x;'), "ligne 3", "illisible"),
        ],
    )
    def test_names_the_line_of_a_fault(self, read, change, where, words):
        content = "\n".join(OWN).replace(*change) + "\n"
        found = faults_of(read(content)[1])
        assert found[0][0] == where
        assert words in found[0][1]

    def test_lists_every_bad_cell(self, read):
        bad = [*OWN[:2], f"{HOME};Nom;500;31;x;y;public;z", OWN[3]]
        assert [where for where, _ in faults_of(read(bad)[1])] == ["ligne 3"] * 3

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            ("", "vide"),
            ("\n\n", "vide"),
            ("\n".join(OWN), "dernière ligne n’est pas terminée"),
            ("distrilog;etablissements;2;2020-11-02;pays;2\n" + HEADER + "\n", "première ligne"),
            ("distrilog;etablissements;1;2020-11-02;planète;2\n" + HEADER + "\n", "première ligne"),
            ("distrilog;etablissements;1;hier;pays;2\n" + HEADER + "\n", "première ligne"),
            (OWN[0] + "\nnumero;nom;categorie\n", "Colonne manquante : departement"),
            (OWN[0] + "\n" + HEADER + ";prix\n", "Colonne inconnue : « prix »"),
            (OWN[0] + "\n" + HEADER + ";nom\n", "Colonne en double : nom"),
            ("numero;nom\n1;x\n", "pas reconnu"),
            (b"PK\x03\x04\x00\x00", "pas du texte"),
        ],
    )
    def test_refuses_a_file_that_is_not_one(self, read, content, words):
        with pytest.raises(UnreadableFile, match=words) as refused:
            read(content)
        assert all(fault.remedy for fault in refused.value.faults)

    def test_refuses_latin_1_and_says_where(self, read):
        with pytest.raises(UnreadableFile) as refused:
            read(OWN, encoding="cp1252")
        [fault] = refused.value.faults
        assert fault.where == "ligne 4"
        assert "UTF-8" in fault.remedy

    def test_is_what_its_page_shows(self, read):
        page = Path("docs/facility-import.md").read_text(encoding="utf-8")
        example = next(block for block in page.split("```\n") if block.startswith("distrilog;"))
        [record] = read(example)[1]
        assert registry_fault(record.registry) is None
        assert record.values["places.places"] == 84
        assert all(f"`{column}`" in page for column in COLUMNS)

    def test_reads_the_mark_of_excel(self, read):
        assert len(read("\ufeff" + "\n".join(OWN) + "\n")[1]) == 2

    def test_refuses_a_huge_file_before_reading_it(self, tmp_path):
        path = tmp_path / "huge.csv"
        with path.open("wb") as stream:
            stream.truncate(500 * 1024 * 1024)  # a hole: no room taken
        with pytest.raises(UnreadableFile, match="500 Mio"):
            read_offer(path=path, today=TODAY)

    def test_refuses_what_is_not_there(self, tmp_path):
        for path in (tmp_path / "nothing.csv", tmp_path):
            with pytest.raises(UnreadableFile):
                read_offer(path=path, today=TODAY)

    def test_sees_a_bad_byte_across_pieces(self, read, monkeypatch):
        monkeypatch.setattr(files, "CHUNK_BYTES", 7)
        assert len(read(OWN)[1]) == 2
        with pytest.raises(UnreadableFile) as refused:
            read(OWN, encoding="cp1252")
        assert refused.value.faults[0].where == "ligne 4"

    def test_sees_a_letter_cut_at_the_very_end(self, read):
        with pytest.raises(UnreadableFile, match="UTF-8"):
            read("\n".join(OWN).encode() + "é".encode()[:1])


class TestNationalCsv:
    FILE = ["finess;etalab;111;2020-10-30", STRUCTURE, ISLAND]

    @pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
    def test_gives_establishments_in_either_encoding(self, read, encoding):
        offer, [home, isle] = read(self.FILE, encoding=encoding)
        assert (offer.layout, offer.dated) == ("finess-structureet", date(2020, 10, 30))
        assert home.values == {
            "name": "EHPAD LES ÉRABLES",
            "category": "500",
            "department": "31",
            "commune_code": "31555",
            "commune": "TOULOUSE",
            "legal_entity": "310000002",
            "siret": "",
            "opened_on": "1999-01-02",
            "closed_on": None,
            "address.street": '12 R - DES "ORMES"',
            "address.postcode": "31000",
            "address.city": "TOULOUSE CEDEX 3",
            "status": "public",
        }
        assert (isle.values["department"], isle.values["commune_code"]) == ("974", "97411")
        assert "status" not in isle.values

    def test_speaks_for_the_country_but_not_for_the_fictitious(self, read):
        perimeter = read(self.FILE)[0].perimeter
        assert perimeter.closes
        assert not perimeter.covers(finess_number(prefix="96", rank=1))
        assert perimeter.covers(HOME)

    def test_lays_positions_over_establishments(self, read):
        place = f"geolocalisation;{HOME};574000.0;6279000.0;1,A,96,BAN,LAMBERT_93;2020-01-01"
        _, [home, isle] = read([*self.FILE, place])
        assert home.values["latitude"] == pytest.approx(43.6, abs=0.05)
        assert home.values["name"] == "EHPAD LES ÉRABLES"
        assert "latitude" not in isle.values

    def test_reads_positions_alone(self, read):
        lines = [
            "finess;etalab;111;2020-10-30",
            f"geolocalisation;{HOME};574000.0;6279000.0;x;2020-01-01",
            f"geolocalisation;{ISLE};;;x;2020-01-01",
        ]
        offer, [home, isle] = read(lines)
        assert offer.layout == "finess-geolocalisation"
        assert not offer.perimeter.closes
        assert sorted(home.values) == ["latitude", "longitude"]
        assert isle.values == {}

    def test_sums_installed_places(self, read):
        tail = ";;;;;;;"
        lines = [
            "finess;etalab;111;2020-10-30",
            f"equipementsocial;{HOME};924;h;11;i;701;c;E;37;;;;;;N{tail}",
            f"equipementsocial;{HOME};924;h;21;i;701;c;E;6;;;;;;N{tail}",
            f"equipementsocial;{HOME};657;h;21;i;701;c;E;9;;;;;;O{tail}",
        ]
        offer, [home] = read(lines)
        assert offer.layout == "finess-equipementsocial"
        assert home.values == {"places.places": 43}

    @pytest.mark.parametrize(
        ("lines", "words"),
        [
            ([STRUCTURE + ";"], "cellules"),
            (["autre;1"], "Section inconnue"),
            ([STRUCTURE.replace("1999-01-02", "1999-13-02")], "date"),
        ],
    )
    def test_names_what_is_wrong(self, read, lines, words):
        [(where, message)] = faults_of(read([self.FILE[0], ISLAND, *lines])[1])
        assert where == "ligne 3"
        assert words in message

    def test_sees_that_the_end_is_missing(self, read):
        content = "\n".join(self.FILE)
        assert "tronqué" in faults_of(read(content)[1])[-1][1]
        assert faults_of(read(content[:-40] + "\n")[1])[0][0] == "ligne 3"

    def test_refuses_another_layout_than_the_one_asked(self, read):
        with pytest.raises(UnreadableFile, match="finess-structureet, pas csv"):
            read(self.FILE, layout="csv")


class TestNationalXml:
    def test_gives_establishments(self, read):
        offer, [home] = read(XML)
        assert (offer.layout, offer.dated) == ("finess-structureet", date(2020, 10, 30))
        assert (home.where, home.registry) == ("ligne 4", HOME)
        assert home.values["name"] == "L&ES ÉRABLES"
        assert home.values["closed_on"] == "2007-04-20"
        assert home.values["address.street"] == "PLACE"

    def test_sums_equipment(self, read):
        offer, [home] = read(EQUIPMENT)
        assert (offer.layout, offer.dated) == ("finess-equipementsocial", TODAY)
        assert home.values == {"places.places": 42}

    def test_reads_pieces_as_a_whole(self, read, monkeypatch):
        monkeypatch.setattr("distrilog.integrations.finess.readers.national_xml.CHUNK_BYTES", 11)
        assert len(read(XML)[1]) == 1

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (XML[:-20], "tronqué"),
            (XML.replace("</rs>", "</r>"), "rompt"),
            (
                XML.replace(
                    "<fluxfiness", '<!DOCTYPE fluxfiness [<!ENTITY a "x">]>\n<fluxfiness', 1
                ),
                "type de document",
            ),
            (XML.replace("fluxfiness", "autre"), "racine"),
        ],
    )
    def test_ends_in_a_fault(self, read, content, words):
        assert words in faults_of(read(content)[1])[-1][1]

    def test_is_not_fooled_by_another_flow(self, read):
        with pytest.raises(UnreadableFile, match="pas reconnu"):
            read(XML.replace("structureet>", "structureej>"))
