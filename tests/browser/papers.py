"""Reading the PDFs that the site hands out."""

import io
import re

from pypdf import PdfReader

CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")


def pdf_text(data: bytes) -> str:
    """All text of a PDF."""
    assert data.startswith(b"%PDF-"), data[:40]
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
