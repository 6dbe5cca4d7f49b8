"""Working days: the State Council's notices, reckoning over them, and loading a year that the package does not know."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from lms.lib import workdays
from lms.lib.actor import Actor
from lms.lib.audit.models import AuditRow
from lms.lib.calendar.models import CalendarYear
from lms.lib.calendar.notice import read
from lms.lib.calendar.services import NewYear, load_year
from lms.lib.errors import Invalid, NotAllowed
from lms.lib.workdays import Calendar, NoCalendar, YearDays, packaged
from tests.factories.accounts import OrganisationFactory, UserFactory, member

# 国办发明电〔2025〕7 号, the notice for 2026, as it was published.
NOTICE_2026 = """
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
"""
# Made up, for the tests alone.
YEAR_2027 = "2027-01-01 至 2027-01-03 放假\n2027-02-05 至 2027-02-11 放假；2027-02-14 上班\n10月1日至7日放假，共7天\n2026-12-27 上班"
SOURCE = "测试用的安排，不是通知"
KNOWN = Calendar(packaged())
days = st.dates(date(2024, 1, 1), date(2026, 6, 30))
numbers = st.integers(0, 60)


# --- the arithmetic ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("month", "day"), [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)])
def test_weekends_that_are_worked_in_2026(month, day):
    assert date(2026, month, day).weekday() >= 5
    assert KNOWN.is_working_day(date(2026, month, day))


@pytest.mark.parametrize(
    ("month", "day"), [(1, 2), (2, 16), (4, 6), (5, 4), (6, 19), (9, 25), (10, 7), (11, 21)]
)
def test_days_that_are_not_worked_in_2026(month, day):
    assert not KNOWN.is_working_day(date(2026, month, day))


def test_five_working_days_over_the_national_holiday():
    # Given on Monday: the 29th, the 30th, then the 8th, the 9th and Saturday the 10th, which is worked.
    assert KNOWN.add_working_days(date(2026, 9, 28), 5) == date(2026, 10, 10)
    # Given on a day that nobody works, day one is the first that is.
    assert KNOWN.add_working_days(date(2026, 10, 3), 1) == date(2026, 10, 8)
    assert KNOWN.add_working_days(date(2026, 10, 3), 0) == date(2026, 10, 3)


@given(day=days, number=numbers)
def test_as_many_days_lie_between_as_were_added(day, number):
    end = KNOWN.add_working_days(day, number)
    assert KNOWN.working_days_between(day, end) == number
    assert number == 0 or KNOWN.is_working_day(end)


@given(day=days, first=numbers, second=numbers)
def test_adding_in_two_steps_is_adding_once(day, first, second):
    whole = KNOWN.add_working_days(day, first + second)
    assert KNOWN.add_working_days(KNOWN.add_working_days(day, first), second) == whole


@given(start=days, middle=days, end=days)
def test_stretches_add_up_in_any_order(start, middle, end):
    between = KNOWN.working_days_between
    assert between(start, end) == between(start, middle) + between(middle, end)


@given(start=days, end=days)
def test_every_day_is_looked_at_once(start, end):
    low, high = sorted((start, end))
    worked = [low + timedelta(days=step) for step in range(1, (high - low).days + 1)]
    assert KNOWN.working_days_between(low, high) == len([day for day in worked if KNOWN.is_working_day(day)])


def test_less_than_no_days_is_a_mistake_of_the_program():
    with pytest.raises(ValueError):
        KNOWN.add_working_days(date(2026, 3, 2), -1)


def test_a_year_without_a_notice_is_refused_by_name():
    assert 2027 not in packaged()
    with pytest.raises(NoCalendar) as refusal:
        KNOWN.add_working_days(date(2026, 12, 31), 1)
    assert (refusal.value.status, refusal.value.details) == (409, {"year": 2027})
    assert "2027" in str(refusal.value)
    assert "主管部门" in str(refusal.value)
    assert KNOWN.is_working_day(date(2026, 12, 31))


def test_a_notice_speaks_of_the_december_before_it():
    own = YearDays(frozenset({date(2026, 12, 30)}), frozenset())
    following = YearDays(frozenset({date(2026, 12, 31)}), frozenset({date(2026, 12, 30), date(2026, 12, 27)}))
    both = Calendar({2026: own, 2027: following})
    assert not both.is_working_day(date(2026, 12, 31))
    assert both.is_working_day(date(2026, 12, 30))
    assert both.is_working_day(date(2026, 12, 27))


# --- reading a notice -------------------------------------------------------------------------------------


def test_the_notice_itself_can_be_pasted():
    off, work = read(NOTICE_2026, 2026)
    loaded = Calendar({2026: YearDays(frozenset(off), frozenset(work))})
    every = [date(2026, 1, 1) + timedelta(days=step) for step in range(365)]
    assert [day for day in every if loaded.is_working_day(day) != KNOWN.is_working_day(day)] == []
    assert len(work) == 6


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1月1日至3日放假，共4天。", "4 天"),
        ("1月1日至3日", "看不出"),
        ("1月1日放假上班", "看不出"),
        ("2月30日放假", "没有这一天"),
        ("2027-03-05 至 2027-03-01 放假", "起止"),
        ("2027-13-01 放假", "没有这一天"),
        ("放假" * 20_000, "太长"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_clause(text, words):
    with pytest.raises(Invalid) as refusal:
        read(text, 2027)
    assert words in str(refusal.value)


@given(st.text(max_size=200))
def test_any_text_is_days_or_a_refusal(text):
    try:
        off, work = read(text, 2027)
    except Invalid:
        return
    assert all(isinstance(day, date) for day in (*off, *work))


# --- loading a year ---------------------------------------------------------------------------------------


@pytest.fixture
def clock(time_machine):
    time_machine.move_to("2026-11-21T10:00:00+08:00", tick=False)


@pytest.fixture
def officer(clock):
    return member("officer", OrganisationFactory(kind="authority"))


def year_2027():
    return NewYear(2027, *read(YEAR_2027, 2027), SOURCE)


@pytest.mark.django_db
def test_a_loaded_year_is_reckoned_with_at_once_and_the_next_version_replaces_it(officer):
    with pytest.raises(NoCalendar):
        workdays.is_working_day(date(2027, 1, 4))
    row = load_year(officer, year_2027())
    assert (row.version, row.loaded_by) == (1, officer.uuid)
    assert AuditRow.objects.get(action="calendar.load").target == row.uuid
    assert workdays.add_working_days(date(2026, 12, 31), 1) == date(2027, 1, 4)
    assert workdays.is_working_day(date(2026, 12, 27))
    assert workdays.working_days_between(date(2027, 2, 4), date(2027, 2, 14)) == 2
    new = year_2027()
    load_year(officer, NewYear(2027, [*new.off, date(2027, 1, 4)], new.work, SOURCE))
    assert workdays.add_working_days(date(2026, 12, 31), 1) == date(2027, 1, 5)


@pytest.mark.django_db
def test_what_was_rolled_back_is_not_reckoned_with(officer):
    from django.db import transaction

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        load_year(officer, year_2027())
        assert workdays.is_working_day(date(2027, 1, 4))
        raise ZeroDivisionError
    with pytest.raises(NoCalendar):
        workdays.is_working_day(date(2027, 1, 4))


@pytest.mark.django_db
def test_a_day_costs_one_query(officer, django_assert_num_queries):
    workdays.is_working_day(date(2026, 3, 2))
    with django_assert_num_queries(1):
        workdays.add_working_days(date(2026, 3, 2), 60)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["hr", "teacher", "admin", "reviewer", "auditor", None])
def test_only_an_authoritys_officer_loads_a_year(clock, role):
    user = member(role, OrganisationFactory()) if role else UserFactory()
    with pytest.raises(NotAllowed):
        load_year(user, year_2027())
    with pytest.raises(NotAllowed):
        load_year(Actor(person=user.uuid, role="officer"), year_2027())
    assert not CalendarYear.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"year": 2003}, "year"),
        ({"year": 2029}, "year"),
        ({"off": [date(2027, 1, 1)]}, "text"),
        ({"off": [date(2026, 11, 30)] * 12}, "text"),
        ({"work": [date(2027, 1, 2)]}, "text"),
        ({"work": [date(2027, 3, 1)]}, "text"),
        ({"source": " "}, "source"),
    ],
)
def test_what_cannot_be_a_years_notice(officer, change, field):
    said = {"year": 2027, "off": year_2027().off, "work": [], "source": SOURCE} | change
    with pytest.raises(Invalid) as refusal:
        load_year(officer, NewYear(**said))
    assert refusal.value.details["field"] == field
    assert not CalendarYear.objects.exists()


# --- the screen -------------------------------------------------------------------------------------------


@pytest.fixture
def desk(officer, client):
    from lms.accounts.api import staff_group

    officer.groups.add(staff_group())
    client.force_login(officer)
    return client


@pytest.mark.django_db
def test_the_screen_shows_what_it_read_before_it_loads_it(desk):
    page = reverse("rongtong_calendar")
    assert "2027" in desk.get(page).content.decode()
    said = {"year": 2027, "text": YEAR_2027, "source": SOURCE}
    shown = desk.post(page, said)
    assert shown.status_code == 200
    assert "2027-02-14" in shown.content.decode()
    assert not CalendarYear.objects.exists()
    assert desk.post(page, said | {"load": "1"}).status_code == 302
    assert SOURCE in desk.get(page).content.decode()
    assert workdays.is_working_day(date(2027, 2, 14))


@pytest.mark.django_db
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_text_file_is_read_as_what_was_pasted(desk, encoding):
    file = SimpleUploadedFile("2027.txt", YEAR_2027.encode(encoding))
    shown = desk.post(reverse("rongtong_calendar"), {"year": 2027, "file": file, "source": SOURCE})
    assert shown.status_code == 200
    # The text is in the form now, for the button that loads it.
    assert "2027-02-05 至" in shown.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "said",
    [
        {"text": ""},
        {"text": "1月1日"},
        {"text": "1月1日放假"},
        {"year": "zweitausend"},
        {"year": ""},
        {"file": b"\x89PNG\r\n\x1a\n\0\0"},
        {"file": b"x" * 100_000},
    ],
)
def test_what_cannot_be_read_stays_in_the_form(desk, said):
    fields = {"year": 2027, "text": YEAR_2027, "source": SOURCE, "load": "1"} | said
    if "file" in said:
        fields["file"] = SimpleUploadedFile("2027.txt", said["file"])
    assert desk.post(reverse("rongtong_calendar"), fields).status_code == 422
    assert not CalendarYear.objects.exists()


@pytest.mark.django_db
def test_the_screen_is_the_officers(client, clock):
    from lms.accounts.api import staff_group

    other = member("hr", OrganisationFactory())
    other.groups.add(staff_group())
    client.force_login(other)
    answer = client.get(reverse("rongtong_calendar"))
    assert answer.status_code in (302, 403)
    assert reverse("rongtong_calendar") not in client.get(reverse("wagtailadmin_home")).content.decode()
