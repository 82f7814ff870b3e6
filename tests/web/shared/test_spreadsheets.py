import pytest

from distrilog.web.shared.spreadsheets import CSV, attachment, safe, safe_row


class TestSafe:
    @pytest.mark.parametrize("text", ["=1", "+33", "-2", "@A1", "  =1", "\t=1", "\r=1", "＝1"])
    def test_shows_what_looks_like_a_formula_as_text(self, text):
        assert safe(text) == f"'{text}"

    @pytest.mark.parametrize("cell", ["EHPAD", "", "a=1", -3, 0, None])
    def test_leaves_the_rest_alone(self, cell):
        assert safe(cell) == cell


class TestSafeRow:
    def test_looks_at_each_cell(self):
        assert safe_row(["=1", 2, "b"]) == ["'=1", 2, "b"]


class TestAttachment:
    def test_is_a_file_to_keep_that_is_not_guessed_at(self):
        response = attachment(content="a;b", name="x.csv", kind=CSV)
        assert response["Content-Disposition"] == 'attachment; filename="x.csv"'
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        assert response["X-Content-Type-Options"] == "nosniff"
