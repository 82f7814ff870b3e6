"""Cover by area, and files of declarations, by another system."""

import io

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from pyarrow import parquet

from distrilog.domain.accounts.rules import Role
from distrilog.domain.declarations.models import Statement, Submission, Target
from distrilog.domain.declarations.services import rolling
from distrilog.kernel.weeks import Week
from tests.api.conftest import caller_of
from tests.domain.orders.world import AT, WEEK, build
from tests.domain.resupply.world import declared
from tests.factories import FacilityFactory, ProfileFactory


pytestmark = pytest.mark.django_db
MASKS, GOWNS = "surgical_mask", "gown"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr("distrilog.kernel.clock.now", lambda: AT)


@pytest.fixture
def world():
    """The home has three weeks of masks and the platform two; the stranger, in another region, none."""
    made = build()
    for facility, stock in ((made.home, 2100), (made.platform, 1400), (made.stranger, 0)):
        Target.objects.create(facility=facility, family_id=MASKS, need=700)
        declared(facility, stock=stock, need=700, at=AT, family=MASKS)
    rolling.rebuild(week=Week.parse(WEEK), at=AT)
    return made


def masks_of(area):
    (found,) = [each for each in area["families"] if each["family"] == MASKS]
    return found


@pytest.mark.usefixtures("world")
class TestPicture:
    def test_adds_up_at_each_level(self, world, cell):
        country = cell.get("cover").json()
        assert (country["week"], country["total"]["level"]) == (WEEK, "country")
        total = masks_of(country["total"])
        assert (total["figures"]["stock"], total["figures"]["declared"]) == (3500, 3)
        parts = [masks_of(each)["figures"]["stock"] for each in country["children"]]
        assert sum(parts) == 3500

        region = cell.get("cover?level=region&code=11").json()
        assert masks_of(region["total"])["figures"]["stock"] == 3500 - 0
        assert masks_of(region["total"])["cover_days"] == 17.5
        department = cell.get(f"cover?level=department&code={world.home.department_id}").json()
        assert masks_of(department["total"])["figures"]["stock"] == 3500

    def test_starts_where_one_sees(self, ars):
        own = ars.get("cover").json()
        assert (own["total"]["level"], own["total"]["code"]) == ("region", "11")
        assert masks_of(own["total"])["figures"]["declared"] == 2
        assert ars.get("cover?level=country").status_code == 404
        assert ars.get("cover?level=region&code=76").status_code == 404

    def test_keeps_to_one_family_and_week(self, cell):
        found = cell.get(f"cover?family={GOWNS}&week=2020-W44").json()
        assert found["week"] == "2020-W44"
        assert [each["family"] for each in found["total"]["families"]] == [GOWNS]
        assert len(found["trend"]) == 12

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ("level=planet", 422),
            ("week=2020-W60", 422),
            ("week=2021-W53", 422),
            ("family=candle", 404),
            ("family=É", 422),
            ("level=region&code=99", 404),
            ("level=part&code=75:", 200),
        ],
    )
    def test_refuses_what_is_not_there(self, cell, query, status):
        assert cell.get(f"cover?{query}").status_code == status

    def test_is_for_auditors_too_but_not_by_facility(self):
        auditor = caller_of(ProfileFactory(role=Role.AUDITOR))
        assert auditor.get("cover").status_code == 200
        assert auditor.get("cover/facilities").status_code == 403


@pytest.mark.usefixtures("world")
class TestFacilities:
    def test_lists_who_runs_out_first(self, world, cell):
        found = cell.get(f"cover/facilities?family={MASKS}").json()
        assert [each["facility"] for each in found["items"]] == [
            each.registry for each in (world.stranger, world.platform, world.home)
        ]
        assert [each["level"] for each in found["items"]] == ["empty", "watch", "covered"]
        assert (found["matching"], found["next"]) == (3, None)

    def test_pages(self, cell):
        first = cell.get(f"cover/facilities?family={MASKS}&limit=2").json()
        second = cell.get(f"cover/facilities?family={MASKS}&limit=2&after={first['next']}").json()
        assert [len(first["items"]), len(second["items"]), second["next"]] == [2, 1, None]

    def test_stays_in_the_scope(self, world, ars):
        found = ars.get(f"cover/facilities?family={MASKS}").json()
        assert world.stranger.registry not in [each["facility"] for each in found["items"]]


@pytest.mark.usefixtures("world")
class TestExport:
    def test_gives_the_picture_as_parquet(self, cell):
        answer = cell.get(f"cover/export?format=parquet&family={MASKS}")
        table = parquet.read_table(io.BytesIO(answer.content)).to_pylist()
        assert table[0]["stock"] == sum(row["stock"] for row in table[1:]) == 3500

    @pytest.mark.parametrize(("form", "start"), [("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK")])
    def test_gives_facilities_as_a_table(self, cell, form, start):
        answer = cell.get(f"cover/export?rows=facilities&format={form}")
        assert answer.status_code == 200
        assert answer.content.startswith(start)
        assert f'.{form}"' in answer["Content-Disposition"]

    def test_keeps_facilities_from_auditors(self):
        auditor = caller_of(ProfileFactory(role=Role.AUDITOR))
        assert auditor.get("cover/export").status_code == 200
        assert auditor.get("cover/export?rows=facilities").status_code == 403

    def test_stays_in_the_scope(self, ars):
        assert ars.get("cover/export?level=country").status_code == 404
        assert ars.get("cover/export?format=pdf").status_code == 422


class TestImport:
    def send(self, caller, content: bytes, *, kind: str = "text/csv", query: str = ""):
        return caller.client.generic(
            "POST",
            f"/api/v1/declarations/imports{query}",
            data=content,
            content_type=kind,
            headers={"Authorization": f"Bearer {caller.secret}"},
        )

    @pytest.fixture
    def home(self):
        return build().home

    @pytest.fixture
    def own(self, home):
        return caller_of(ProfileFactory(role=Role.ORDERER, facility=home))

    def csv(self, home, *lines: str) -> bytes:
        rows = [f"{home.registry};{line}" for line in lines]
        return "\n".join(["établissement;famille;stock;consommation", *rows]).encode()

    def test_declares_all_of_it_once(self, own, home):
        content = self.csv(home, f"{MASKS};2100;600", f"{GOWNS};40;")

        answers = [self.send(own, content) for _ in range(2)]

        assert [each.status_code for each in answers] == [200, 200]
        assert [each.json()["declarations"] for each in answers] == [1, 0]
        assert answers[0].json()["applied"]
        assert Submission.objects.get().channel == "file"
        assert dict(Statement.objects.values_list("family", "stock")) == {MASKS: 2100, GOWNS: 40}

    def test_checks_without_writing(self, own, home):
        content = self.csv(home, f"{MASKS};2100;600", f"{GOWNS};-4;")
        answer = self.send(own, content, query="?dry_run=true")
        assert answer.status_code == 200
        assert (answer.json()["applied"], answer.json()["refused_count"]) == (False, 1)
        assert not Statement.objects.exists()

    def test_tells_every_fault_and_writes_nothing(self, own, home):
        content = self.csv(home, f"{MASKS};beaucoup;", f"{GOWNS};-4;", "candle;1;", f"{MASKS};1;")
        answer = self.send(own, content)
        assert answer.status_code == 422
        assert answer.json()["refused_count"] >= 3
        assert not Statement.objects.exists()

    def test_takes_a_workbook_and_a_form(self, own, home):
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, ["facility", "family", "stock"])
            sheet.write_row(1, 0, [home.registry, MASKS, 2100])
        assert self.send(own, stream.getvalue(), kind=XLSX).status_code == 200

        form = {"file": SimpleUploadedFile("epi.csv", self.csv(home, f"{GOWNS};40;"))}
        answer = own.client.post(
            "/api/v1/declarations/imports",
            form,
            headers={"Authorization": f"Bearer {own.secret}"},
        )

        assert answer.status_code == 200
        assert Statement.objects.filter(current=True).count() == 2

    @pytest.mark.parametrize(
        ("content", "kind", "status"),
        [
            (b"", "text/csv", 422),
            (b"\x00\x01", "text/csv", 422),
            (b"PK\x03\x04", XLSX, 422),
            (b"a;b\n1;2", "text/csv", 422),
            (b"{}", "application/json", 415),
            (b"x", "multipart/form-data", 400),
            (b"--b--\r\n", "multipart/form-data; boundary=b", 422),
        ],
    )
    def test_refuses_what_is_no_such_file(self, own, content, kind, status):
        answer = self.send(own, content, kind=kind)
        assert answer.status_code == status
        assert answer["Content-Type"] == "application/problem+json"

    def test_refuses_what_is_too_large(self, own):
        assert self.send(own, b"x" * (17 * 1024 * 1024)).status_code == 413

    def test_knows_nothing_of_other_facilities(self, own):
        answer = self.send(own, self.csv(FacilityFactory(), f"{MASKS};2100;600"))
        assert answer.status_code == 422
        assert not Statement.objects.exists()

    def test_is_for_who_declares(self, cell, home):
        assert self.send(cell, self.csv(home, f"{MASKS};1;")).status_code == 403
