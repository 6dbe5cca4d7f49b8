"""Evidence files: known by their content, within their limits, under a name that every database keeps."""

from hashlib import sha256

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from lms.lib import evidence
from lms.lib.errors import Invalid

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def picture(name="证书.png", content=PNG):
    return SimpleUploadedFile(name, content)


def kept(file):
    (item,) = evidence.checked([file], code="wrong")
    return evidence.values(item)


def test_evidence_is_known_by_its_first_bytes():
    assert evidence.file_type(b"%PDF-1.7 ...") == "application/pdf"
    assert evidence.file_type(b"\xff\xd8\xff\xe0") == "image/jpeg"
    assert evidence.file_type(PNG) == "image/png"
    assert evidence.file_type(b"<svg onload=alert(1)>") is None
    assert evidence.file_type(b"MZ\x90") is None


def test_a_file_at_the_limit_and_one_above():
    whole = PNG.ljust(evidence.MAX_FILE_BYTES, b"0")
    assert kept(picture(content=whole))["size"] == evidence.MAX_FILE_BYTES
    with pytest.raises(Invalid) as refusal:
        evidence.checked([picture(), picture(content=whole + b"0")], code="wrong")
    assert (refusal.value.code, refusal.value.details) == ("wrong", {"field": "evidence"})


@pytest.mark.parametrize(("new", "there"), [(6, 0), (2, 4), (1, 5)])
def test_never_more_than_five_with_those_that_are_there(new, there):
    assert evidence.checked([picture()] * (new - 1), code="wrong", there=there) is not None
    with pytest.raises(Invalid):
        evidence.checked([picture()] * new, code="wrong", there=there)


def test_the_row_says_what_the_file_is_and_the_file_can_be_read_again():
    file = picture("扫描件.pdf")
    values = kept(file)
    assert (values["mime"], values["size"]) == ("image/png", len(PNG))
    assert values["sha256"] == sha256(PNG).hexdigest()
    assert file.read() == PNG


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("a\0b\0.png", "ab.png"),
        ("长" * 200 + ".png", "长" * 116 + ".png"),
        ("长" * 116 + "\0\0\0\0.png", "长" * 116 + ".png"),
    ],
)
def test_the_name_is_cleaned_then_cut_to_its_end(typed, name):
    assert kept(picture(typed))["name"] == name
