"""Each list of training asks as many questions for thirty rows as for three; the lists are those of the bench (tests/bench/lists.py)."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lms.accounts.models import Organisation
from lms.lib.clock import now, today
from lms.lib.ids import uuid7
from lms.training import models
from lms.training.lifecycle.models import Act, Case, Notice, ProcessRule
from tests.bench.lists import PROCESS, House, house, pages

pytestmark = pytest.mark.django_db
ROOMS = {"ce-base": "named", "tender": "published", "advanced-programme": "enrolling", "digital-item": "open"}


def grow(found: House, numbers: range) -> None:
    """So many more of everything that there is a list of."""
    day, moment = today(), now()
    firms = Organisation.objects.bulk_create(
        Organisation(code=f"firm-{n}", name=f"企业 {n}", kind="enterprise") for n in numbers
    )
    rules = {row.process: row for row in ProcessRule.objects.filter(authority=found.authority)}
    made: dict[str, list[Case]] = {}
    for process, state in {PROCESS: "review", **ROOMS}.items():
        made[process] = Case.objects.bulk_create(
            Case(
                number=f"{process}-{n}",
                process=process,
                rule=rules[process],
                authority=found.authority,
                body=firm,
                applicant=found.clerk,
                handler=found.officer,
                state=state,
                waits="authority",
                begun_at=moment,
                opened_on=day,
                due_on=day - timedelta(days=n % 5),
            )
            for n, firm in zip(numbers, firms, strict=True)
        )
    Notice.objects.bulk_create(
        Notice(
            case=case,
            number=f"{case.number}-G1",
            title="公示",
            working_days=5,
            first_day=day,
            last_day=day,
            at=moment,
        )
        for case in made[PROCESS]
    )
    Act.objects.bulk_create(
        Act(
            case=case,
            number=1,
            name="name",
            source="review",
            to="notice",
            person=found.officer,
            role="officer",
            at=moment,
        )
        for case in made[PROCESS]
    )
    models.Base.objects.bulk_create(
        models.Base(number=f"BJ-{case.pk}", named_on=day, authority=case.authority, body=case.body, case=case)
        for case in made[PROCESS]
    )
    models.EducationBase.objects.bulk_create(
        models.EducationBase(
            number=f"BE-{case.pk}",
            host_kind="enterprise",
            named_on=day,
            authority=case.authority,
            body=case.body,
            case=case,
        )
        for case in made["ce-base"]
    )
    tenders = models.Tender.objects.bulk_create(
        models.Tender(
            title=f"需求包 {case.pk}",
            level="city",
            fund="city",
            published_on=day,
            closes_on=day + timedelta(days=20),
            opens_until=moment + timedelta(days=40),
            case=case,
        )
        for case in made["tender"]
    )
    models.TenderPart.objects.bulk_create(
        models.TenderPart(tender=row, code="A", ceiling_fen=100, days=10, criteria=[]) for row in tenders
    )
    call, _made = models.TopicCall.objects.get_or_create(
        authority=found.authority,
        year=2025,
        kind="advanced",
        defaults={"title": "征集", "first_day": day, "last_day": day, "at": moment},
    )
    plan, _made = models.ProgrammePlan.objects.get_or_create(
        call=call,
        version=1,
        defaults={"title": "计划", "number": "1", "lines": [], "published_on": day, "at": moment},
    )
    models.Programme.objects.bulk_create(
        models.Programme(
            title=f"研修班 {case.pk}",
            level="city",
            fund="city",
            host_standing="leading",
            centihours=4000,
            people=50,
            budget_fen=100,
            approved_on=day,
            case=case,
            host=case.body,
            plan=plan,
            call=call,
        )
        for case in made["advanced-programme"]
    )
    models.DigitalItem.objects.bulk_create(
        models.DigitalItem(
            track="contest",
            year=day.year,
            title=f"项目 {case.pk}",
            level="city",
            fund="city",
            stages=[],
            team_most=3,
            people=50,
            centihours=4000,
            budget_fen=100,
            approved_on=day,
            authority=case.authority,
            case=case,
            host=case.body,
        )
        for case in made["digital-item"]
    )
    loose(found, numbers, firms, rules["check-finding"])


def loose(found: House, numbers: range, firms: list[Organisation], rule: ProcessRule) -> None:
    """What hangs on no case."""
    day, moment, authority = today(), now(), found.authority
    models.Posting.objects.bulk_create(
        models.Posting(
            number=f"GG-{n}",
            key=f"tests:{n}",
            kind="plan",
            authority=authority,
            title=f"公告 {n}",
            first_day=day,
            since=day,
            at=moment,
        )
        for n in numbers
    )
    models.PolicyDocument.objects.bulk_create(
        models.PolicyDocument(
            series=uuid7(),
            version=1,
            number=f"文{n}号",
            plain=f"文{n}号",
            title=f"通知 {n}",
            bodies="区人社局",
            issued_on=day,
            at=moment,
            keeper=authority,
        )
        for n in numbers
    )
    models.Suggestion.objects.bulk_create(
        models.Suggestion(
            number=f"YJ-{n}",
            title=f"意见 {n}",
            text="正文",
            state="open",
            reply_days=15,
            handed_in_on=day,
            due_on=day,
            at=moment,
            authority=authority,
            owner=found.officer,
            person=found.clerk,
        )
        for n in numbers
    )
    form, _made = models.CheckForm.objects.get_or_create(
        authority=authority, version=1, defaults={"valid_from": date(2023, 1, 1), "items": [], "at": moment}
    )
    models.Check.objects.bulk_create(
        models.Check(
            number=f"JC-{n}",
            sort="base",
            subject=uuid7(),
            title=f"检查 {n}",
            reason="日常",
            state="decided",
            checked_on=day,
            centimarks=9000,
            verdict="pass",
            public=True,
            planned_at=moment,
            decided_at=moment,
            authority=authority,
            body=firm,
            rule=rule,
            form=form,
        )
        for n, firm in zip(numbers, firms, strict=True)
    )
    models.SampleFrame.objects.bulk_create(
        models.SampleFrame(
            number=f"CC-{n}",
            title=f"抽查 {n}",
            sort="base",
            first_day=day,
            last_day=day,
            announced=True,
            takes=[],
            size=10,
            at=moment,
            authority=authority,
        )
        for n in numbers
    )
    models.MeritStatement.objects.bulk_create(
        models.MeritStatement(
            number=f"GX-{n}",
            purpose="title",
            template="GX",
            version=1,
            lines=3,
            state="confirmed",
            handed_in_at=moment,
            decided_at=moment,
            authority=authority,
            decided_by=found.officer,
            person=found.clerk,
        )
        for n in numbers
    )
    models.YearlyPlan.objects.bulk_create(
        models.YearlyPlan(
            series=uuid7(),
            year=2000 + n,
            version=1,
            title=f"计划 {n}",
            published_on=day,
            published_at=moment,
            authority=authority,
        )
        for n in numbers
    )
    models.Bundle.objects.bulk_create(
        models.Bundle(
            year=day.year,
            title=f"课程包 {n}",
            purpose="year",
            state="published",
            published_at=moment,
            owner=authority,
        )
        for n in numbers
    )


@pytest.fixture
def found() -> House:
    made = house()
    for process in (*ROOMS, "check-finding"):
        ProcessRule.objects.create(
            process=process,
            version=1,
            authority=made.authority,
            valid_from=date(2023, 6, 14),
            values={},
            source="tests",
            published_at=now(),
        )
    return made


def questions(found: House) -> dict[str, int]:
    """List → how many questions it asks."""
    counted = {}
    for name, (address, user) in pages(found).items():
        client = Client()
        if user is not None:
            client.force_login(user)
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(address)
        assert answer.status_code in (200, 302), (name, answer.status_code)
        counted[name] = len(asked)
    return counted


def test_no_list_asks_more_for_more_rows(found):
    grow(found, range(3))
    few = questions(found)
    grow(found, range(3, 30))
    assert questions(found) == few
