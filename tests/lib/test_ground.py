"""Units, verify codes, encryption, append-only rows, ranges of files: the small things everything stands on."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from lms.lib.actor import Actor
from lms.lib.appendonly import AppendOnlyError
from lms.lib.audit.models import AuditRow
from lms.lib.audit.services import record
from lms.lib.clock import day_bounds, epoch_ms, from_epoch_ms, local_day
from lms.lib.crypto import decrypt, encrypt, lookup_hash
from lms.lib.errors import NotFound
from lms.lib.files import serve_file
from lms.lib.units import MS_PER_HOUR_UNIT, centihours_from_ms, format_centi
from lms.lib.verify import rules as verify


@given(st.lists(st.integers(min_value=0, max_value=10**9), max_size=20))
def test_hours_are_rounded_down_once_and_never_up(parts):
    assert sum(map(centihours_from_ms, parts)) <= centihours_from_ms(sum(parts))
    assert centihours_from_ms(sum(parts)) * MS_PER_HOUR_UNIT <= sum(parts) * 100


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (5, "0.05"), (50, "0.5"), (100, "1"), (1250, "12.5"), (-125, "-1.25")]
)
def test_hundredths_are_written_exactly(value, text):
    assert format_centi(value) == text


def test_the_day_is_shanghais():
    late = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)
    assert local_day(late) == date(2026, 3, 2)
    start, end = day_bounds(date(2026, 3, 2))
    assert start == datetime(2026, 3, 1, 16, tzinfo=UTC)
    assert (end - start).total_seconds() == 86_400
    assert from_epoch_ms(epoch_ms(late)) == late


def test_a_verify_code_is_read_back_however_it_is_typed():
    code = verify.fresh_code()
    typed = verify.grouped(code).lower().replace("0", "o").replace("1", "l")
    assert verify.normalise(f" {typed} ") == code


@pytest.mark.django_db
def test_who_types_a_papers_number_for_its_code_reads_where_the_code_is(client):
    answer = client.post("/verify/", {"code": "rt-2026-85ca1y"})
    assert answer.status_code == 422
    assert "这是证书编号" in answer.content.decode()
    assert "应为 12 位" in client.post("/verify/", {"code": "hello"}).content.decode()
    slip = verify.fresh_code()
    slip = ("3" if slip[0] == "2" else "2") + slip[1:]
    assert "输错了" in client.post("/verify/", {"code": slip}).content.decode()


@given(st.integers(0, 10), st.sampled_from(verify.ALPHABET))
def test_one_wrong_digit_is_noticed(place, digit):
    code = "7H2K9QXW3MF"
    whole = code + verify._check_digit(code)
    wrong = whole[:place] + digit + whole[place + 1 :]
    # 0 and Z are 31 apart: the one pair the modulus cannot tell, and no misreading joins them.
    assert verify.normalise(wrong) in (
        {whole} if digit == whole[place] else {None, wrong if {digit, whole[place]} == {"0", "Z"} else None}
    )


def test_keys_rotate(settings):
    from cryptography.fernet import Fernet

    old = encrypt("110105194912310021")
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_KEYS]
    assert decrypt(old) == "110105194912310021"
    assert encrypt("a") != encrypt("a")
    assert lookup_hash("1", "identity") != lookup_hash("1", "certificate")


@pytest.mark.django_db
def test_audit_rows_are_refused_change_by_the_database_itself():
    row = record(Actor.system("tests"), action="test", target_type="test", target=None)
    with pytest.raises(AppendOnlyError):
        AuditRow.objects.update(role="x")
    with pytest.raises(AppendOnlyError):
        row.save()
    for statement in ("UPDATE lib_auditrow SET role = 'x'", "DELETE FROM lib_auditrow"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    assert AuditRow.objects.get().role == "system:tests"


@pytest.mark.parametrize(
    ("header", "status", "body"),
    [
        (None, 200, b"0123456789"),
        ("bytes=2-4", 206, b"234"),
        ("bytes=7-", 206, b"789"),
        ("bytes=-3", 206, b"789"),
        ("bytes=20-", 416, b""),
        ("pages=1-2", 200, b"0123456789"),
    ],
)
def test_files_are_served_by_range(tmp_path, header, status, body):
    (tmp_path / "film.mp4").write_bytes(b"0123456789")
    headers = {"Range": header} if header else {}
    response = serve_file(RequestFactory().get("/media/film.mp4", headers=headers), tmp_path, "film.mp4")
    content = b"".join(response.streaming_content) if response.streaming else response.content
    assert (response.status_code, content) == (status, body)


@pytest.mark.parametrize("name", ["../secrets.json", "/etc/passwd", "nothing.txt", "."])
def test_files_outside_the_folder_are_not_found(tmp_path, name):
    with pytest.raises(NotFound):
        serve_file(RequestFactory().get("/"), tmp_path, name)
