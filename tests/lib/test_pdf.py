"""PDFs: our fonts only, data as data, QR codes."""

from io import BytesIO

import pytest
from django.template import TemplateDoesNotExist
from pypdf import PdfReader

from lms.lib.pdf import qr_svg, render_typst

TEMPLATE = """#let data = json(bytes(sys.inputs.data))
#set text(font: "Noto Sans SC", lang: "zh", region: "cn")
= #data.title
#image(bytes(data.qr), format: "svg", width: 24mm)
"""


@pytest.fixture
def template(tmp_path, settings):
    (tmp_path / "paper.typ").write_text(TEMPLATE, encoding="utf-8")
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path]}]
    return "paper.typ"


def test_data_stays_data_and_bytes_repeat(template):
    data = {"title": "学时 #panic() $x$", "qr": qr_svg("https://example.org/verify/X/")}
    pdf = render_typst(template, data)
    assert pdf == render_typst(template, data)
    page = PdfReader(BytesIO(pdf)).pages[0]
    assert "学时 #panic() $x$" in page.extract_text()
    fonts = {str(font.get_object()["/BaseFont"]) for font in page["/Resources"]["/Font"].values()}
    assert all("NotoSansSC" in font for font in fonts)


def test_a_missing_template_says_so():
    with pytest.raises(TemplateDoesNotExist):
        render_typst("none/such.typ", {})
