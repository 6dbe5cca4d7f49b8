"""Reasons of an audit row: a code and what was typed are kept, the sentence is the reader's."""

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy

from lms.lib.actor import Actor
from lms.lib.audit.models import AuditRow
from lms.lib.audit.reasons import Because, Reason, reason_of
from lms.lib.audit.services import erase_text, record, record_each
from lms.lib.ids import uuid7

pytestmark = pytest.mark.django_db
DUTY = Reason("test.duty", gettext_lazy("职责：%(reason)s"))


def written(reason, **data):
    return record(
        Actor.system(), action="test.view", target_type="test", target=uuid7(), reason=reason, data=data
    )


def test_the_same_row_reads_in_each_language_whoever_wrote_it_in_which():
    rows = []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            rows.append(written(DUTY(reason="复核 100% 的异议"), look="x"))
    for row in rows:
        row.refresh_from_db()
        assert row.reason == "职责：复核 100% 的异议"
        assert row.data["look"] == "x"
        assert reason_of(row) == "职责：复核 100% 的异议"
        with translation.override("en"):
            assert reason_of(row) == "Duty: 复核 100% 的异议"


def test_many_rows_at_once_keep_it_too():
    with translation.override("en"):
        record_each(
            Actor.system(),
            [uuid7(), uuid7()],
            key=uuid7(),
            action="test.view",
            target_type="test",
            reason=DUTY(reason="核对"),
        )
        rows = AuditRow.objects.filter(action="test.view")
        assert [reason_of(row) for row in rows] == ["Duty: 核对"] * 2
    assert {row.reason for row in rows} == {"职责：核对"}


def test_what_was_typed_or_has_no_known_code_is_read_as_it_stands():
    assert reason_of(written("线上培训督导")) == "线上培训督导"
    row = written(DUTY(reason="核对"))
    for because in ({"code": "test.gone", "words": {}}, {"code": DUTY.code, "words": {}}):
        row.data = {"because": because}
        assert reason_of(row) == "职责：核对"


def test_an_erased_row_says_nothing():
    row = written(DUTY(reason="核对"))
    erase_text(row.target)
    row.refresh_from_db()
    assert reason_of(row) == ""


def test_a_code_is_one_sentence():
    with pytest.raises(ValueError, match=r"test\.duty"):
        Reason("test.duty", gettext_lazy("职责：%(reason)s"))
    with pytest.raises(KeyError):
        str(Because("test.unknown", {}))
