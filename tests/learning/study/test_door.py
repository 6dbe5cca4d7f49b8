"""What bad input gets at the door of study time: a status, a code, a sentence, and not one row changed.

What test_http.py shows already (shapes, signs, order, sizes of single figures) is not repeated here.
"""

import json
from datetime import datetime

import pytest
from django.core.signing import Signer
from django.test import Client
from django.urls import reverse

from lms.learning.enrolment.models import Enrolment
from lms.learning.study.models import (
    LessonProgress,
    StreamClaim,
    StudyGrant,
    StudyReport,
    StudySession,
    StudyStream,
)
from lms.learning.study.reports import MAX_BYTES, token_for
from lms.lib.audit.models import AuditRow
from lms.lib.clock import SHANGHAI
from lms.lib.outbox.models import OutboxEvent
from tests.factories.learning import MINUTE, SECOND, body, enrolment, opened

pytestmark = pytest.mark.django_db
URL = "/learn/study/report"
DAY = 24 * 3600 * SECOND
TABLES = (
    AuditRow,
    Enrolment,
    LessonProgress,
    OutboxEvent,
    StreamClaim,
    StudyGrant,
    StudyReport,
    StudySession,
    StudyStream,
)


@pytest.fixture
def item(clock):
    return enrolment()


@pytest.fixture
def page(item, clock):
    """A page that has reported its first minute."""
    found = opened(item)
    clock.shift(60)
    block = next(iter(found.progress.lengths))
    assert post(signed_in(item), body(found.session, 1, until=MINUTE, coverage={block: [[0, MINUTE]]})).ok
    clock.shift(60)
    return found


class Answer:
    def __init__(self, response):
        self.status, self.ok = response.status_code, response.status_code == 200
        self.data = json.loads(response.content) if response.content[:1] == b"{" else {}
        self.code = self.data.get("code", "")


def signed_in(item):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(item.person)
    return client


def post(client, data):
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return Answer(client.post(URL, raw, content_type="text/plain;charset=UTF-8"))


def everything():
    """All rows of whatever a report could touch."""
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in TABLES}


def refused(client, data, status, code):
    refused_each(client, {"it": (data, status, code)})


def refused_each(client, table, send=post):
    """Every one of name → (input, status, code) is refused so, with a sentence, and not one row is changed by it."""
    found, before = {}, everything()
    for name, (data, _status, _code) in table.items():
        answer = send(client, data)
        found[name] = (answer.status, answer.code, bool(answer.data.get("message")), everything() == before)
    assert found == {name: (status, code, True, True) for name, (_data, status, code) in table.items()}


def protected(name):
    """A door with Django's CSRF check, as the page's script posts to it."""

    def send(client, data):
        csrf = client.cookies["csrftoken"] = "c" * 32
        raw = data if isinstance(data, bytes) else json.dumps(data).encode()
        return Answer(
            client.post(reverse(name), raw, content_type="application/json", headers={"X-CSRFToken": csrf})
        )

    return send


take_over, open_page = protected("learning:study_take_over"), protected("learning:study_open")


def second_minute(page, **change):
    return body(page.session, 2, until=2 * MINUTE, active=[[MINUTE, 2 * MINUTE]]) | change


FORGED_TOKENS = {
    "not signed": lambda uuid: uuid,
    "signed with another key": lambda uuid: Signer(key="guessed", salt="rongtong.study.session").sign(uuid),
    "signed for something else": lambda uuid: Signer(salt="rongtong.other").sign(uuid),
    "signature of another session": lambda uuid: f"{uuid}:{token_for('1' * 32).partition(':')[2]}",
    "signature with a letter more": lambda uuid: token_for(uuid) + "A",
    "empty": lambda uuid: "",
    "in other letters": lambda uuid: token_for(uuid).replace(":", "："),
}


def test_forged_tokens(item, page):
    uuid = page.session.uuid.hex
    table = {
        name: (second_minute(page, session=forge(uuid)), 403, "bad_token")
        for name, forge in FORGED_TOKENS.items()
    }
    no_text = [None, 5, True, ["a"], {"a": 1}, "x" * 201]
    table |= {str(token): (second_minute(page, session=token), 422, "bad_report") for token in no_text}
    refused_each(signed_in(item), table)


def test_a_session_of_somebody_else_in_both_directions(item, page, clock):
    friend = enrolment(release=item.release)
    theirs = opened(friend)
    clock.shift(60)
    refused(signed_in(item), body(theirs.session, 1, until=MINUTE), 403, "other_person")
    refused(signed_in(friend), second_minute(page), 403, "other_person")
    taking_over = {"session": token_for(theirs.session.uuid.hex)}
    refused_each(signed_in(item), {"take over": (taking_over, 404, "unknown_session")}, take_over)


def test_a_replayed_report_answers_the_same_and_writes_nothing(item, page, clock):
    block = next(iter(page.progress.lengths))
    again = body(page.session, 1, until=MINUTE, coverage={block: [[0, MINUTE]]})
    first = post(signed_in(item), again)
    assert first.ok
    for hours in (0, 1, 24, 28 * 24):
        clock.shift(hours * 3600)
        client = signed_in(item)
        before = everything()
        # Where the page is and what it shows is not part of the report; nothing of it is written again.
        changed = {"state": "here", "position": {"block": block, "ms": 5}}
        assert post(client, again | changed).data == first.data
        assert everything() == before
    assert StudyReport.objects.count() == 1


def test_the_number_of_a_report_with_anything_else_in_it(item, page):
    block = next(iter(page.progress.lengths))
    first = body(page.session, 1, until=MINUTE, coverage={block: [[0, MINUTE]]})
    changes = [
        {"active": [[0, MINUTE - 1]]},
        {"active": []},
        {"coverage": {}},
        {"active_ms_total": 5},
        {"elapsed_ms": MINUTE + 1},
        {"inactive": [[0, 5, "idle"]]},
    ]
    table = {str(change): (first | change, 409, "seq_reused") for change in changes}
    refused_each(signed_in(item), table)


def test_reordered_reports_are_taken_and_end_at_the_same_total(item, page, clock):
    client = signed_in(item)
    clock.shift(60)
    pieces = [
        body(page.session, seq, until=seq * 20 * SECOND, active=[[(seq - 1) * 20_000, seq * 20_000]])
        for seq in range(2, 9)
    ]
    assert all(post(client, piece).ok for piece in reversed(pieces))
    row = LessonProgress.objects.get()
    assert (row.active_ms, row.counted_ms) == (160 * SECOND, MINUTE)


FUTURE = {
    # elapsed, active → refused_ms, active in all (a minute was reported before, two have passed).
    "a second within the tolerance": ([[MINUTE, 121 * SECOND]], 0, 2 * MINUTE),
    "an hour": ([[MINUTE, 62 * MINUTE]], 60 * MINUTE, 2 * MINUTE),
    "only the future": ([[5 * MINUTE, 6 * MINUTE]], MINUTE, MINUTE),
    "the longest there is": ([[DAY - 1, DAY]], 1, MINUTE),
}


@pytest.mark.parametrize("name", FUTURE)
def test_what_has_not_happened_does_not_count_and_is_named(item, page, name):
    active, ms, total = FUTURE[name]
    answer = post(signed_in(item), body(page.session, 2, until=active[-1][1], active=active))
    assert answer.status == 200
    assert sum(part["ms"] for part in answer.data["refused"]) == ms
    assert {part["reason"] for part in answer.data["refused"]} <= {"ahead_of_clock", "session_too_long"}
    assert all(part["text"] for part in answer.data["refused"])
    assert LessonProgress.objects.get().active_ms == total


CLOCKS = {
    "years ahead": {"elapsed_ms": 5 * 365 * DAY},
    "years back": {"elapsed_ms": -5 * 365 * DAY},
    "a moment since 1970": {"elapsed_ms": 1_772_424_000_000},
    "a stretch since 1970": {"elapsed_ms": 300 * DAY, "active": [[1_772_424_000_000, 1_772_424_060_000]]},
    "beyond any integer": {"elapsed_ms": 2**70},
    "total beyond any integer": {"active_ms_total": 2**70},
    "number beyond any integer": {"seq": 2**40},
    "five thousand digits": b'{"seq": ' + b"9" * 5000 + b"}",
    "infinite": b'{"seq": Infinity}',
    "exponent": b'{"seq": 1e2}',
}


def test_clocks_and_figures_years_off(item, page):
    table = {
        name: (change if isinstance(change, bytes) else second_minute(page) | change, 422, "bad_report")
        for name, change in CLOCKS.items()
    }
    refused_each(signed_in(item), table)


TWISTED = {
    "overlapping": [[0, 2000], [1999, 3000]],
    "the same twice": [[0, 2000], [0, 2000]],
    "empty": [[2000, 2000]],
    "backwards": [[3000, 2000]],
    "unsorted": [[2000, 3000], [0, 1000]],
    "from below zero": [[-1, 2000]],
    "text": [["0", "2000"]],
    "truth": [[False, True]],
    "single": [[2000]],
    "nothing": [None],
    "bare": [0, 2000],
    "object": {"0": 2000},
    "more than five hundred": [[2 * i, 2 * i + 1] for i in range(501)],
}


def test_twisted_ranges(item, page):
    block = next(iter(page.progress.lengths))
    table = {}
    for name, ranges in TWISTED.items():
        table[f"active {name}"] = (second_minute(page, active=ranges), 422, "bad_report")
        table[f"coverage {name}"] = (second_minute(page, coverage={block: ranges}), 422, "bad_report")
    refused_each(signed_in(item), table)


BODIES = {
    "nothing": (b"", 422, "bad_report"),
    "not UTF-8": (b'{"seq": "\xff\xfe"}', 422, "bad_report"),
    "a number": (b"7", 422, "bad_report"),
    "two objects": (b"{}{}", 422, "bad_report"),
    "ten thousand brackets": (b"[" * 10_000, 422, "bad_report"),
    "ten thousand objects": (b'{"a":' * 10_000, 422, "bad_report"),
    "one byte too many": (b" " * (MAX_BYTES + 1), 413, "too_large"),
    "four megabytes": (b" " * 4 * 1024 * 1024, 413, "too_large"),
}


def test_bodies_that_are_no_report(item, page):
    refused_each(signed_in(item), BODIES)


def test_a_body_beyond_what_django_reads(item, page):
    """nginx answers 413 before it comes here."""
    before = everything()
    assert post(signed_in(item), b" " * 6 * 1024 * 1024).status in (400, 413)
    assert everything() == before


# PostgreSQL stores neither NUL nor half a surrogate pair, in no kind of column.
UNSTORABLE = {
    "NUL in a block": {"coverage": {"a\0b": [[0, 5]]}},
    "half a character in a block": {"coverage": {"\ud800": [[0, 5]]}},
    "NUL in the position": {"position": {"block": "a\0b", "ms": 1}},
    "half a character in the position": {"position": {"block": "\udfff", "ms": 1}},
    "NUL in the token": {"session": "0" * 32 + "\0:forged"},
    "half a character in the token": {"session": "\ud800" + "0" * 31 + ":forged"},
}


def test_characters_no_database_keeps(item, page):
    table = {
        name: (second_minute(page, seq=seq) | change, 422, "bad_report")
        for seq, (name, change) in enumerate(UNSTORABLE.items(), 2)
    }
    refused_each(signed_in(item), table)


def test_blocks_of_another_lesson_are_kept_as_said_and_count_nothing(item, page):
    other = opened(item, 1).progress.lengths
    answer = post(
        signed_in(item), second_minute(page, coverage={block: [[0, ms]] for block, ms in other.items()})
    )
    assert answer.ok
    assert set(LessonProgress.objects.get(pk=page.progress.pk).coverage) == set(page.progress.lengths)


def test_after_the_last_day_nothing_is_taken_and_the_last_day_is(item, page, clock):
    data = second_minute(page, state="late")
    clock.move_to(datetime(2026, 4, 1, 12, 0, 0, tzinfo=SHANGHAI))
    assert post(signed_in(item), data).ok
    clock.shift(1)
    refused(signed_in(item), data | {"seq": 3}, 422, "too_late")


def test_other_methods(item, page):
    before = everything()
    client = signed_in(item)
    assert [getattr(client, name)(URL).status_code for name in ("get", "put", "delete", "patch")] == [405] * 4
    assert everything() == before


OPENING = {
    "not JSON": (b"{", 422, "bad_json"),
    "deep": (b"[" * 10_000, 422, "bad_json"),
    "no lesson": ({"lesson": "0" * 32}, 404, "not_found"),
    "no enrolment": ({"enrolment": "0" * 32}, 404, "not_found"),
}
UNSTORABLE_OPENING = {
    "NUL in the device": {"device": "a\0b"},
    "half a character in the device": {"device": "\ud800"},
    "NUL in the tab": {"tab": "a\0b"},
    "half a character in the tab": {"tab": "\ud800"},
}


def opening(item, change):
    data = {"enrolment": str(item.uuid), "lesson": str(item.release.lessons.first().uuid), "device": "d"}
    return change if isinstance(change, bytes) else data | change


def test_opening_with_what_cannot_be(item, page):
    table = {name: (opening(item, change), *rest) for name, (change, *rest) in OPENING.items()}
    refused_each(signed_in(item), table, open_page)


def test_opening_with_characters_no_database_keeps(item, page):
    table = {name: (opening(item, change), 422, "bad_json") for name, change in UNSTORABLE_OPENING.items()}
    refused_each(signed_in(item), table, open_page)


def test_taking_over_with_what_is_no_token(item, page):
    table = {
        str(token): ({"session": token}, status, code)
        for tokens, status, code in (
            ([None, 5, [], "x" * 300], 422, "bad_report"),
            (["", "x:y", page.session.uuid.hex], 403, "bad_token"),
            (["a\0:b", "\ud800:a"], 422, "bad_json"),
        )
        for token in tokens
    }
    refused_each(signed_in(item), table, take_over)
