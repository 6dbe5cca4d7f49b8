"""A pack after somebody decided that some study does not count: what is barred and corrected is in it, and it agrees."""

import pytest

from lms.learning.completion.models import Completion
from lms.learning.evidence.checking import check, sentences
from lms.learning.evidence.keys import public_keys
from lms.learning.evidence.services import Ask, order
from lms.learning.study.models import LessonProgress
from tests.factories.accounts import OrganisationFactory, member
from tests.factories.learning import enrolment
from tests.learning.evidence.packs import lines, made, manifest
from tests.learning.holds import cases

pytestmark = pytest.mark.django_db
CLOCK = cases.NOON


def test_what_does_not_count_is_said_and_agrees(clock, tmp_path):
    house, item = cases.House(), enrolment(release=cases.course(min_coverage_percent=25))
    cases.completed(item, clock)
    clock.move_to(cases.at(9), tick=False)
    pages = [cases.opened(item, place, device=f"machine-{place}") for place in (0, 1)]
    for place, page in enumerate(pages):
        cases.reports(clock, item, page, 200, place=place, first=cases.QUARTER, state="leaving")
    (hold,) = cases.looked(clock)
    cases.confirm(house.officer, hold)
    officer = member("officer", OrganisationFactory(kind="authority"))
    _pack, data = made(order(officer, Ask(item.release.uuid, "线上培训过程督导检查")))
    barred = [line["barred"] for line in lines(data, "sessions.jsonl") if line["barred"]]
    assert {reason for bars in barred for _start, _end, reason in bars} == {"held"}
    (done,) = lines(data, "completions.jsonl")
    assert done["corrections"]
    counts = manifest(data)["counts"]
    assert counts["centihours"] == Completion.objects.get().total_centihours
    assert counts["counted_ms"] == sum(
        row.counted_ms for row in LessonProgress.objects.filter(enrolment=item)
    )
    file = tmp_path / "pack.zip"
    file.write_bytes(data)
    report = check(file, public_keys())
    assert report.right, list(sentences(report))
