"""The commands around a run, and what they exit with."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from distrilog.domain.quotas import services
from distrilog.domain.quotas.models import Quota, QuotaRun
from distrilog.domain.quotas.tasks import expire_weeks
from distrilog.kernel import clock
from tests.domain.quotas.worlds import AT, MASK, SIGNER, country, drafted, homes, published


def run(*arguments):
    """Return what a command prints, and raise as the command line would fail."""
    out = StringIO()
    call_command(*map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def _in_november(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT)


@pytest.mark.django_db
class TestQuotaRun:
    def test_leaves_a_previewed_draft(self):
        country()
        printed = run("quota_run", "2020-W45")
        draft = QuotaRun.objects.get()
        assert (draft.state, draft.previewed_at, draft.prepared_by) == ("draft", AT, "command")
        assert f"Calcul n° {draft.pk}, semaine 2020-W45 : brouillon prévisualisé." in printed
        assert "7 établissements servis sur 7" in printed
        assert not Quota.objects.exists()

    def test_takes_envelopes_and_a_name(self):
        homes()
        printed = run("quota_run", "2020-W46", "--envelope", f"{MASK}=50", "--by", "claire")
        draft = QuotaRun.objects.get()
        assert (draft.week, draft.prepared_by) == ("2020-W46", "claire")
        assert draft.inputs["envelopes"] == {MASK: 50}
        assert "4 établissement(s) sans boîte depuis 1 semaine(s)" in printed

    def test_may_be_signed_and_published_by_somebody_else(self):
        homes()
        run("quota_run", "2020-W45")
        draft = QuotaRun.objects.get()
        services.sign(actor=SIGNER, run_id=draft.pk, at=AT)
        assert services.publish(actor=SIGNER, run_id=draft.pk, at=AT).state == "published"

    @pytest.mark.parametrize(
        "arguments",
        [
            ["2020-W54"],
            ["2020-45"],
            ["2020-W44"],
            ["2020-W45", "--envelope", "unicorn=5"],
            ["2020-W45", "--envelope", MASK],
            ["2020-W45", "--envelope", f"{MASK}=10050"],
            ["2020-W45", "--envelope", f"{MASK}=0"],
        ],
    )
    def test_refuses_in_one_line_and_leaves_nothing(self, arguments):
        homes()
        with pytest.raises(CommandError) as caught:
            run("quota_run", *arguments)
        assert "\n" not in str(caught.value)
        assert not QuotaRun.objects.exists()


@pytest.mark.django_db
class TestExportRun:
    def test_exports_the_latest_and_what_it_says_verifies_elsewhere(self, tmp_path):
        country()
        published(1000)
        printed = run("export_run", "latest", tmp_path / "run")
        head = printed.partition("empreinte ")[2].split()[0]
        key = printed.partition("clé publique ")[2].split()[0]
        assert run("verify_run", tmp_path / "run", "--key", key, "--head", head) == "CONFORME\n"

    def test_never_writes_over_a_folder(self, tmp_path):
        homes()
        published()
        with pytest.raises(CommandError):
            run("export_run", "latest", tmp_path)

    @pytest.mark.parametrize("name", ["latest", "12", "nothing"])
    def test_refuses_a_run_that_is_not(self, name, tmp_path):
        with pytest.raises(CommandError):
            run("export_run", name, tmp_path / "run")

    def test_refuses_a_draft(self, tmp_path):
        homes()
        with pytest.raises(CommandError, match="Seul un calcul signé"):
            run("export_run", drafted().pk, tmp_path / "run")


@pytest.mark.django_db
class TestVerifyRun:
    @pytest.fixture
    def folder(self, tmp_path):
        homes()
        published()
        run("export_run", "latest", tmp_path / "run")
        return tmp_path / "run"

    def test_finds_key_and_head_here(self, folder):
        assert run("verify_run", folder) == "CONFORME\n"

    @pytest.mark.parametrize(
        "name",
        ["claims.csv", "manifest.json", "parameters.json", "quotas.csv", "shares.csv", "pots.csv"],
    )
    def test_refuses_an_altered_byte(self, folder, name):
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content.replace(b"s", b"t", 1))
        with pytest.raises(CommandError, match="REFUSÉ"):
            run("verify_run", folder)

    def test_refuses_a_file_too_many_or_too_few(self, folder):
        (folder / "note.txt").write_text("")
        with pytest.raises(CommandError, match="REFUSÉ"):
            run("verify_run", folder)
        (folder / "note.txt").unlink()
        (folder / "pots.csv").unlink()
        with pytest.raises(CommandError, match="REFUSÉ"):
            run("verify_run", folder)

    def test_refuses_another_head(self, folder):
        with pytest.raises(CommandError, match="REFUSÉ"):
            run("verify_run", folder, "--head", "0" * 64)

    @pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"run":"77"}', b"\xff"])
    def test_refuses_a_manifest_that_is_none(self, folder, content):
        (folder / "manifest.json").write_bytes(content)
        with pytest.raises(CommandError, match="REFUSÉ"):
            run("verify_run", folder)

    def test_refuses_a_folder_that_is_not(self, tmp_path):
        with pytest.raises(CommandError, match="REFUSÉ"):
            run("verify_run", tmp_path / "nowhere")


@pytest.mark.django_db
class TestExpireWeeks:
    def test_closes_what_is_over_by_the_clock(self, monkeypatch):
        homes()
        published()
        over = datetime(2020, 11, 9, 0, tzinfo=UTC)
        monkeypatch.setattr(clock, "now", lambda: over)
        assert expire_weeks(timestamp=0) == ["2020-W45"]
        assert QuotaRun.objects.get().expired_at == over
