"""An expert's contributions (沪人社专〔2022〕372号 四(四), A23): found, chosen, confirmed by somebody else, checked, taken back."""

import csv
import io
import json
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lms.accounts.people.queries import explain_looks, looks_at
from lms.lib.audit.models import AuditRow
from lms.lib.clock import SHANGHAI, today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.verify import services as verify
from lms.training.digital import contest
from lms.training.lifecycle.models import Act
from lms.training.merits import people, queries, registry, services
from lms.training.merits.api import Line
from lms.training.merits.models import MeritStatement
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.training.advanced import City
from tests.training.cases import Bureau
from tests.training.digitals import Lab, staff
from tests.training.tendering import Market

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(clock):
    return Lab()


@pytest.fixture
def expert(lab):
    """The city's first officer has judged an item: that is a contribution; the second officer confirms."""
    lab.listed("leaders")
    return lab.officer


@pytest.fixture
def handed(lab, expert):
    def make(purpose="title", user=None):
        user = user or expert
        return services.hand_in(user, lab.authority, purpose, [entry.key for entry in queries.entries(user)])

    return make


def written():
    return MeritStatement.objects.count(), AuditRow.objects.count()


def test_a23_what_was_judged_stands_with_source_day_body_and_number(lab, expert):
    (entry,) = queries.entries(expert)
    assert entry.key.startswith("cases/act:")
    assert entry.line.day == today()
    assert entry.line.body == lab.authority.name
    assert "数字技术专业人才培育项目" in entry.line.what
    assert entry.line.number.startswith("SZ-")
    assert queries.entries(UserFactory()) == []


def test_a23_juries_of_contests_stand_once_the_final_is_public(lab, clock):
    item = lab.opened()
    juror = UserFactory()
    contest.ask_juror(lab.teacher, item, juror.email)
    contest.answer_jury(juror, item, accept=True)
    team = lab.entered(item)
    assert queries.entries(juror) == []
    lab.final(clock, item, {team: "first"})
    assert [entry.line.what for entry in queries.entries(juror)] == ["担任“智慧社区创意大赛”评委"]


def test_a23_nobody_becomes_a_juror_when_the_final_is_public(lab, clock):
    item = lab.opened()
    late = UserFactory()
    contest.ask_juror(lab.teacher, item, late.email)
    lab.final(clock, item, {lab.entered(item): "first"})
    with pytest.raises(Conflict) as answered:
        contest.answer_jury(late, item, accept=True)
    with pytest.raises(Conflict) as asked:
        contest.ask_juror(lab.teacher, item, UserFactory().email)
    assert (answered.value.code, asked.value.code) == ("over", "over")
    assert queries.entries(late) == []
    assert contest.answer_jury(late, item, accept=False).declined_at is not None


def test_a23_classes_courses_and_evaluations_stand_there(clock):
    city = City()
    city.course.owner = city.teacher
    city.course.save(update_fields=["owner"])
    programme = city.enrolling()
    done = city.settled(clock, programme, city.admitted(programme))
    kinds = {
        user: {entry.key.split("/")[0] for entry in queries.entries(user)}
        for user in (city.teacher, city.assessor, city.officer, city.second)
    }
    assert kinds[city.teacher] == {"classes", "courses"}
    assert kinds[city.assessor] == {"classes"}
    assert kinds[city.officer] == {"cases", "evaluations"}
    assert kinds[city.second] == {"cases"}
    (taught,) = (entry.line for entry in queries.entries(city.assessor))
    assert (taught.body, taught.day) == (city.college.name, done.run.ends_on)
    assert "评定实操 1 份" in taught.what


def test_a23_bids_scored_on_a_panel_stand_there_once_the_tender_is_over(clock):
    market = Market()
    tender = market.awarded(clock)
    scored = [row.person for row in tender.experts.all() if row.scores.exists()]
    for expert in scored:
        (line,) = (entry.line for entry in queries.entries(expert) if entry.key.startswith("panels/"))
        assert tender.title in line.what
        assert line.body == tender.case.authority.name
    assert scored


def test_a23_a_room_adds_its_own_lines_and_a_code_is_taken_once(expert):
    reader = lambda user: [Line("x:1", today(), "评审", "某单位")]  # noqa: E731
    registry.register_source("tests.own", "测试", reader)
    try:
        assert {entry.key for entry in queries.entries(expert)} >= {"tests.own/x:1"}
        with pytest.raises(ValueError, match="registered already"):
            registry.register_source("tests.own", "测试", lambda user: [])
    finally:
        registry._sources.pop("tests.own")


def test_a23_the_statement_is_confirmed_by_another_person_and_checked_by_anybody(lab, handed, expert):
    statement = handed()
    with pytest.raises(NotAllowed, match="自己的贡献"):
        services.confirm(expert, statement)
    for user in (lab.teacher, member("officer"), UserFactory()):
        with pytest.raises(NotAllowed):
            services.confirm(user, statement)
    done = services.confirm(lab.second, statement)
    code = queries.code_of(done)
    _code, verdict = verify.check(code)
    assert verdict.status == "valid"
    assert (verdict.rows[0][1], dict(verdict.rows)["用途"]) == (done.number, "职称评聘")
    assert str(expert) not in str(verdict.rows)
    assert queries.pdf(done).startswith(b"%PDF")
    with pytest.raises(Conflict):
        services.confirm(lab.second, statement)


def test_a23_lines_are_the_persons_own_and_at_least_one(lab, expert, handed):
    (entry,) = queries.entries(expert)
    before = written()
    for user, keys in ((UserFactory(), [entry.key]), (expert, []), (expert, ["cases/act:none"])):
        with pytest.raises(Invalid):
            services.hand_in(user, lab.authority, "title", keys)
    with pytest.raises(Invalid):
        services.hand_in(expert, lab.host, "title", [entry.key])
    with pytest.raises(Invalid):
        services.hand_in(expert, lab.authority, "holiday", [entry.key])
    assert written() == before


def test_a23_one_waits_for_a_purpose(handed):
    handed()
    handed("leave")
    with pytest.raises(Conflict) as refusal:
        handed()
    assert refusal.value.code == "waits_already"


def test_a23_what_is_no_more_so_is_not_confirmed(lab, handed, expert):
    statement = handed()
    text = statement.content.replace("数字技术", "某某技术")
    MeritStatement.objects.filter(pk=statement.pk).update(content=text)
    with pytest.raises(Conflict) as refusal:
        services.confirm(lab.second, statement)
    assert refusal.value.code == "lines_changed"
    assert queries.code_of(statement) == ""


def test_a23_the_authority_revokes_and_the_owner_takes_back(lab, handed, expert):
    first, second = services.confirm(lab.second, handed()), services.confirm(lab.second, handed("selection"))
    services.revoke(lab.second, first, "有一项记错了")
    _code, verdict = verify.check(queries.code_of(first))
    assert (verdict.status, verdict.note) == ("revoked", "有一项记错了")
    with pytest.raises(NotFound):
        services.withdraw(lab.second, second)
    services.withdraw(expert, second)
    assert verify.check(queries.code_of(second))[1].status == "revoked"
    with pytest.raises(NotFound):
        queries.pdf(queries.own(expert, second.uuid))


def test_a23_a_look_of_staff_stands_in_the_persons_list(lab, handed, expert, client):
    statement = handed()
    client.force_login(staff(lab.second))
    page = client.get(reverse("training_merit", args=[statement.uuid]))
    assert page.status_code == 200
    assert "确认属实" in page.content.decode()
    looks = explain_looks(looks_at(expert))
    assert any(statement.number in look.reason for look in looks)


@pytest.mark.parametrize(
    ("who", "status"), [("officer", 404), ("second", 200), ("teacher", 403), ("stranger", 404)]
)
def test_a23_a_statement_is_read_by_its_owner_and_the_authority_alone(
    lab, handed, expert, client, who, status
):
    statement = handed()
    user = member("officer") if who == "stranger" else getattr(lab, who)
    client.force_login(staff(user))
    found = client.get(reverse("training_merit", args=[statement.uuid])).status_code
    assert (403 if found == 302 else found) == status
    own = client.get(reverse("merits:statement", args=[statement.uuid])).status_code
    assert own == (200 if user == expert else 404)


def test_a23_one_takes_ones_own_away_as_csv_and_json(expert, client):
    client.force_login(expert)
    data = json.loads(client.get(reverse("merits:json")).content)
    rows = list(csv.DictReader(io.StringIO(client.get(reverse("merits:csv")).content.decode("utf-8-sig"))))
    assert [row["key"] for row in data["rows"]] == [row["key"] for row in rows]
    assert len(rows) == 1
    client.logout()
    assert client.get(reverse("merits:json")).status_code == 302


def test_a23_the_pages_work_from_choosing_to_the_pdf(lab, expert, client):
    client.force_login(expert)
    (entry,) = queries.entries(expert)
    sent = {"purpose": "title", "authority": lab.authority.pk, "lines": [entry.key]}
    assert client.post(reverse("merits:own"), {**sent, "lines": []}).status_code == 422
    assert client.post(reverse("merits:own"), sent).status_code == 302
    statement = MeritStatement.objects.get()
    client.force_login(staff(lab.second))
    address = reverse("training_merit", args=[statement.uuid])
    assert client.post(address, {"act": "return", "reason": ""}).status_code == 422
    assert client.post(address, {"act": "confirm"}).status_code == 302
    client.force_login(expert)
    assert client.get(reverse("merits:pdf", args=[statement.uuid])).content.startswith(b"%PDF")
    assert client.post(reverse("merits:statement", args=[statement.uuid])).status_code == 302
    assert client.get(reverse("merits:pdf", args=[statement.uuid])).status_code == 404


def test_a23_the_words_go_with_the_person_and_the_code_says_so(lab, handed, expert):
    done, waiting = services.confirm(lab.second, handed()), handed("leave")
    assert people.part(expert)["statements"][1]["items"]
    people.erase(expert)
    for row in (done, waiting):
        row.refresh_from_db()
        assert (row.content, row.reason) == ("", "")
    assert waiting.state == "withdrawn"
    assert verify.check(queries.code_of(done))[1].status == "revoked"


def test_a23_a_statement_goes_to_an_authority_that_is_there(lab, expert):
    (entry,) = queries.entries(expert)
    other = OrganisationFactory(kind="authority", status="suspended")
    with pytest.raises(Invalid):
        services.hand_in(expert, other, "title", [entry.key])


@pytest.mark.parametrize("year", ["9999", "1000", "0000", "99999", "nonsense"])
def test_a_year_that_nobody_has_shows_all_years(client, year):
    client.force_login(UserFactory())
    assert client.get(reverse("merits:own"), {"year": year}).context["year"] is None


def test_a23_the_page_lists_fifty_and_where_asked_two_hundred_with_as_many_queries(clock, client):
    bureau = Bureau()
    case = bureau.by(bureau.officer, bureau.filed(), "accept")
    judge, moment = UserFactory(), datetime(2026, 3, 1, 12, tzinfo=SHANGHAI)
    Act.objects.bulk_create(
        Act(case=case, number=100 + n, name="pass", source="review", to="notice", person=judge, at=moment)
        for n in range(60)
    )
    client.force_login(judge)

    def page(**asked):
        with CaptureQueriesContext(connection) as found:
            body = client.get(reverse("merits:own"), asked).content.decode()
        return body.count('name="lines"'), "还有更早的" in body, 'href="?long=1' in body, len(found)

    (fifty, *said, few), (sixty, *rest, many) = page(), page(long="1")
    assert (fifty, said, sixty, rest) == (50, [True, True], 60, [False, False])
    assert few == many
    assert page(year="2026", long="1")[0] == 60
    # What the longer page alone offers is chosen there alone.
    keys = [entry.key for entry in queries.latest(judge, None, 200).entries]
    sent = {"lines": keys[55], "purpose": "title", "authority": bureau.authority.pk}
    assert client.post(reverse("merits:own"), sent).status_code == 422
    assert client.post(reverse("merits:own") + "?long=1", sent).status_code == 302
