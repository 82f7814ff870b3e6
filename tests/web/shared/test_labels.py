import re
from dataclasses import replace
from datetime import date

import pytest
import zxingcpp
from django.template.loader import render_to_string
from PIL import Image, ImageDraw

from distrilog.kernel import gs1
from distrilog.kernel.gs1 import Scan
from distrilog.web.shared.labels import Label, LabelLine, Symbol, label_svg


SSCC = gs1.make_sscc(prefix="3012345", serial=42)
GTIN = "03012345678902"
CONTENT = gs1.element_string(gtin=GTIN, lot="L2020/A", expires_on=date(2023, 1, 31))
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def drawn(svg, *, scale=6):
    """Draw the path of the SVG: rectangles of absolute moves and relative lines."""
    width, height = map(int, re.search(r'viewBox="0 0 (\d+) (\d+)"', svg).groups())
    picture = Image.new("L", (width * scale, height * scale), 255)
    pen = ImageDraw.Draw(picture)
    for rectangle in re.findall(r"M[^M]+", re.search(r'd="([^"]+)"', svg)[1]):
        left, top, wide, high, _ = map(float, NUMBER.findall(rectangle))
        corners = [left * scale, top * scale, (left + wide) * scale - 1, (top + high) * scale - 1]
        pen.rectangle(corners, fill=0)
    return picture


class TestLabelSvg:
    @pytest.mark.parametrize("symbol", Symbol)
    @pytest.mark.parametrize("text", [f"(00){SSCC}", CONTENT])
    def test_is_read_back_as_it_was_written(self, symbol, text):
        (read,) = zxingcpp.read_barcodes(drawn(label_svg(text=text, symbol=symbol)))
        assert read.content_type == zxingcpp.ContentType.GS1
        assert read.text == text
        assert gs1.read_scan(read.bytes.decode()) == gs1.read_scan(text)

    def test_says_another_parcel_differently(self):
        (read,) = zxingcpp.read_barcodes(drawn(label_svg(text=f"(00){SSCC}")))
        assert gs1.read_scan(read.text) == Scan(sscc=SSCC)
        other = gs1.make_sscc(prefix="3012345", serial=43)
        assert label_svg(text=f"(00){other}") != label_svg(text=f"(00){SSCC}")

    @pytest.mark.parametrize("symbol", Symbol)
    def test_holds_nothing_a_page_forbids(self, symbol):
        svg = label_svg(text=f"(00){SSCC}", symbol=symbol)
        assert svg.startswith("<svg ")
        assert not re.search(r"style|<script|<!|<\?|\son\w+=", svg)
        assert f'aria-label="{symbol.value} (00){SSCC}"' in svg

    def test_shows_a_hostile_lot_as_text(self):
        svg = label_svg(text='(10)"><script>', symbol=Symbol.MATRIX)
        assert "(10)&quot;&gt;&lt;script&gt;" in svg
        assert "<script" not in svg

    def test_fits_a_sheet_at_the_size_of_a_logistic_label(self):
        wide, high = re.search(
            r'width="([\d.]+)mm" height="([\d.]+)mm"', label_svg(text=f"(00){SSCC}")
        ).groups()
        assert 80 <= float(wide) <= 97
        assert float(high) >= 31.75

    @pytest.mark.parametrize("text", ["", "bonjour", "(00)12", "(99)é"])
    def test_refuses_what_is_no_element_string(self, text):
        with pytest.raises(ValueError):
            label_svg(text=text)


class TestSheet:
    LABEL = Label(
        sscc=SSCC,
        sender=("Opérateur logistique", "95700 Roissy"),
        receiver=("CHU <Bordeaux>", "1 place de l’Église", "33000 Bordeaux"),
        lines=(
            LabelLine(
                article="Masque FFP2", units=1200, lot="L2020/A", expires_on=date(2023, 1, 31)
            ),
            LabelLine(article="Gants", units=100),
        ),
        order="C-2020-000123",
        tracking="LU680211095FR",
        hours="8 h – 12 h",
    )

    def test_shows_who_what_and_the_number(self):
        page = render_to_string("shared/label_sheet.html", {"labels": [self.LABEL]})
        for said in (
            f"(00){SSCC}",
            "CHU &lt;Bordeaux&gt;",
            "1 place de l’Église",
            "Opérateur logistique",
            "Masque FFP2",
            "L2020/A",
            "31/01/2023",
            "1\u202f200",
            "C-2020-000123",
            "LU680211095FR",
            "8 h – 12 h",
        ):
            assert said in page
        assert page.count("<svg") == 2
        assert "style=" not in page

    def test_says_what_does_not_fit(self):
        full = replace(self.LABEL, lines=self.LABEL.lines[:1] * 15)
        page = render_to_string("shared/label.html", {"label": full})
        assert page.count("L2020/A") == 12
        assert "Et 3 autres" in page

    def test_counts_the_labels(self):
        page = render_to_string("shared/label_sheet.html", {"labels": [self.LABEL] * 2})
        assert "2 étiquettes à imprimer" in page
        assert page.count('class="dl-label"') == 2
        assert "Aucun colis" in render_to_string("shared/label_sheet.html", {"labels": []})
