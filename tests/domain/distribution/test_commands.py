"""`check_table` prints what does not add up, and fails."""

import pytest
from django.core.management import CommandError, call_command

from distrilog.domain.distribution import reference


class TestCheckTable:
    def test_prints_each_disagreement_and_fails(self, capsys):
        with pytest.raises(CommandError, match="désaccords 1"):
            call_command("check_table", reference.TERRITORIES)
        assert "218\u202f000" in capsys.readouterr().out

    def test_succeeds_when_all_of_it_agrees(self, tmp_path, capsys):
        file = tmp_path / "a.csv"
        file.write_text("GHT;Masques\nLot;75\nGers;25\nTotal;100\n")
        call_command("check_table", file)
        assert "tout se tient" in capsys.readouterr().out

    def test_says_what_it_cannot_open(self, tmp_path):
        with pytest.raises(CommandError, match="illisible"):
            call_command("check_table", tmp_path / "absent.csv")
