"""Spot checks and evaluation (A17): the list is frozen, nobody chooses the seed, two who have no stake check, what is found is put right and
judged by others, and the result stands where the next award is decided."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from creditbank.api import post_hours
from creditbank.proofs.services import make_roots
from lms.lib.audit.models import AuditRow
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from lms.lib.ids import uuid7
from lms.training.bases.process import PROCESS as BASES
from lms.training.board.models import Posting
from lms.training.bundles.models import Bundle, BundleState
from lms.training.ce_bases.models import EducationBase
from lms.training.ce_bases.process import HOSTS as CE_HOSTS
from lms.training.lifecycle import services as cases
from lms.training.lifecycle.conduct import conduct_of
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.services import Said, tend
from lms.training.programmes.services import HOST_KINDS
from lms.training.supervision import checks, frames, queries, rules, scope
from lms.training.supervision.checks import Filled
from lms.training.supervision.models import Check, CheckPhoto, SampleDraw, SampleFrame, Sort
from lms.training.supervision.process import CODE, DOCUMENT, PROCESS
from tests.factories.accounts import MembershipFactory, OrganisationFactory, UserFactory, member
from tests.training.advanced import City
from tests.training.cases import SYSTEM, Bureau, after, pdf
from tests.training.inspected import GOOD, ITEMS, VALUES, Inspection, desk, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(clock):
    found = Inspection()
    found.programme = found.delivered(clock)
    return found


# --- the draw ---------------------------------------------------------------------------------------------


def test_a17_the_frozen_list_is_public_as_a_hash_and_never_changes(city, client):
    frame = city.frozen()
    assert frame.sha256 == rules.frame_hash(frame.text)
    assert [row.key for row in rules.read_frame(frame.text)] == [str(city.programme.uuid)]
    assert Posting.objects.get(subject=f"frame:{frame.uuid}").body.count(frame.sha256) == 1
    page = client.get(f"/supervision/draws/{frame.uuid}/")
    assert frame.sha256 in page.text
    # Who may be visited is nobody's to know before.
    assert city.programme.title not in page.text
    assert client.get(f"/supervision/draws/{frame.uuid}/frame.txt").status_code == 404
    with pytest.raises(TypeError):
        frame.save()


def test_a17_a_periodic_check_shows_its_list_at_once(city, client):
    frame = city.frozen(announced=True)
    answer = client.get(f"/supervision/draws/{frame.uuid}/frame.txt")
    assert answer.content.decode() == frame.text


def test_a17_nobody_reveals_before_the_root_that_nobody_could_know(city, clock):
    frame = city.frozen()
    one, two = city.bound_by(frame)
    with pytest.raises(Conflict) as refused:
        frames.reveal(city.officer, frame, one)
    assert refused.value.code == "no_root"
    assert "372号" in str(refused.value.message)
    post_hours(
        uuid7(),
        completion_uuid=uuid7(),
        kind="public",
        centihours=100,
        occurred_on=date(2026, 3, 2),
        evidence={},
    )
    after(clock, frames.root_day(frame))
    make_roots()
    assert frames.reveal(city.officer, frame, one) is None
    draw = frames.reveal(city.second, frame, two)
    said = queries.published(queries.frame(frame.uuid))
    assert draw.seed == rules.seed(frame.sha256, said["root"], [one, two])
    assert draw.drawn == [
        list(row) for row in rules.draw(rules.read_frame(frame.text), frame.takes, draw.seed)
    ]
    assert [row.subject for row in draw.checks.all()] == [city.programme.uuid]
    # Drawn once, for good.
    with pytest.raises(Conflict):
        frames.reveal(city.officer, frame, one)
    with pytest.raises(Conflict):
        frames.commit(city.third, frame)


def test_a17_nobody_chooses_among_lists_that_wait_for_one_root(city):
    """Two who agree would commit in many lists, reckon them all with the day's root, and lay open the one that suits."""
    frame = city.frozen()
    city.bound_by(frame)
    with pytest.raises(Conflict) as refused:
        city.frozen(title="再来一份", last_day=date(2026, 3, 30))
    assert refused.value.code == "frame_waits"
    assert SampleFrame.objects.count() == 1
    frames.end(city.third, frame, "一位人员丢了密数")
    assert city.frozen().number != frame.number


def test_a17_the_second_officer_cannot_read_the_first_ones_secret(city, clock, client):
    frame = city.frozen(announced=True)
    one, _two = city.bound_by(frame)
    post_hours(
        uuid7(),
        completion_uuid=uuid7(),
        kind="public",
        centihours=1,
        occurred_on=date(2026, 3, 2),
        evidence={},
    )
    after(clock, frames.root_day(frame))
    make_roots()
    assert frames.reveal(city.officer, frame, one) is None
    for address in (f"/supervision/draws/{frame.uuid}/", f"/supervision/draws/{frame.uuid}/draw.json"):
        assert one not in client.get(address).text


def test_a17_the_seed_needs_two_officers_and_their_own_secrets(city, clock):
    frame = city.frozen()
    secret = frames.commit(city.officer, frame)
    with pytest.raises(Conflict) as refused:
        frames.commit(city.officer, frame)
    assert refused.value.code == "own_second"
    with pytest.raises(Conflict):
        frames.reveal(city.officer, frame, secret)
    other = frames.commit(city.second, frame)
    with pytest.raises(Conflict) as refused:
        frames.commit(city.third, frame)
    assert refused.value.code == "two_already"
    post_hours(
        uuid7(),
        completion_uuid=uuid7(),
        kind="public",
        centihours=1,
        occurred_on=date(2026, 3, 2),
        evidence={},
    )
    after(clock, frames.root_day(frame))
    make_roots()
    for wrong in ("", "0" * 32, other, "nonsense", secret[:-1]):
        with pytest.raises(Invalid):
            frames.reveal(city.officer, frame, wrong)
    with pytest.raises(NotAllowed):
        frames.reveal(city.third, frame, secret)
    assert not SampleDraw.objects.exists()


def test_a17_a_commitment_made_elsewhere_is_taken_as_it_is(city):
    frame = city.frozen()
    secret = "00112233445566778899aabbccddeeff"
    assert frames.commit(city.officer, frame, rules.commitment(frame.sha256, 1, secret)) == ""
    with pytest.raises(Invalid):
        frames.commit(city.second, frame, "kein Hash")


def test_a17_a_list_that_is_given_up_says_why_to_everybody(city, client):
    frame = city.frozen()
    city.bound_by(frame)
    frames.end(city.third, frame, "一位人员丢了密数")
    assert "一位人员丢了密数" in client.get(f"/supervision/draws/{frame.uuid}/").text
    with pytest.raises(Conflict):
        frames.end(city.third, frame, "再放弃一次")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"sort": "people"}, "sort"),
        ({"sort": Sort.BASE}, "sort"),
        ({"last_day": date(2025, 12, 31)}, "last_day"),
        ({"takes": {}}, "takes"),
        ({"takes": {"city": 2}}, "takes"),
        ({"takes": {"city": -1}}, "takes"),
        ({"takes": {"national": 1}}, "takes"),
    ],
    ids=["title", "sort", "empty", "days", "none", "many", "negative", "stratum"],
)
def test_a17_a_frame_that_cannot_be_is_refused(city, changes, field):
    with pytest.raises(Invalid) as refused:
        city.frozen(**changes)
    assert refused.value.details["field"] == field
    assert not SampleFrame.objects.exists()


def test_a17_without_weights_nothing_is_drawn_and_it_says_so(clock):
    city = Inspection(weight_problem=None)
    city.delivered(clock)
    with pytest.raises(Conflict) as refused:
        city.frozen()
    assert refused.value.code == "weights_unset"
    assert "372号" in str(refused.value.message)


def test_a17_only_officers_of_the_authority_draw(city):
    frame = city.frozen()
    for user in (city.proposer, city.teacher, city.chief, UserFactory()):
        with pytest.raises(NotAllowed):
            frames.commit(user, frame)


def test_a17_what_anybody_downloads_recomputes_the_draw(city, client):
    draw = city.drawn(announced=True)
    said = client.get(f"/supervision/draws/{draw.frame.uuid}/draw.json").json()
    items = rules.read_frame(said["frame"])
    assert rules.frame_hash(said["frame"]) == said["frame_sha256"]
    seed = rules.seed(said["frame_sha256"], said["root"], said["secrets"])
    assert [list(row) for row in rules.draw(items, said["takes"], seed)] == said["drawn"]
    assert said["seed"] == seed


# --- the check --------------------------------------------------------------------------------------------


def test_a17_two_who_have_no_stake_check(city):
    check = city.drawn().checks.get()
    insider = member("officer", city.authority)
    MembershipFactory(user=insider, organisation=city.college, role="teacher")
    for people in ([city.officer], [city.officer] * 2, [city.officer, city.teacher]):
        with pytest.raises(Invalid):
            checks.assign(city.third, check, people)
    with pytest.raises(NotAllowed) as refused:
        checks.assign(city.third, check, [city.officer, insider])
    assert refused.value.code == "own_case"
    with pytest.raises(NotAllowed):
        checks.assign(insider, check, [city.officer, city.second])
    checks.assign(city.third, check, [city.officer, city.second])
    # Somebody who took a post at the body since checks no longer.
    MembershipFactory(user=city.second, organisation=city.college, role="teacher")
    with pytest.raises(NotAllowed):
        checks.save(city.second, check, Filled(GOOD))


def test_a17_what_is_typed_is_kept_item_by_item(city):
    check = city.visiting()
    checks.save(city.officer, check, Filled({"i01": {"mark": 70, "remark": "好"}}, "一半"))
    checks.save(
        city.second, check, Filled({"i02": {"mark": None, "remark": "缺两天"}}, None, ["缺签到", " "])
    )
    check.refresh_from_db()
    assert check.answers == {"i01": {"mark": 70, "remark": "好"}, "i02": {"mark": None, "remark": "缺两天"}}
    assert (check.remark, check.findings, check.revision) == ("一半", ["缺签到"], 2)
    for answers in (
        {"x": {"mark": 1}},
        {"i01": {"mark": 101}},
        {"i01": {"mark": True}},
        {"i01": {"mark": "9"}},
    ):
        with pytest.raises(Invalid):
            checks.save(city.officer, check, Filled(answers))
    for user in (city.third, city.teacher, UserFactory()):
        with pytest.raises(NotAllowed):
            checks.save(user, check, Filled(GOOD))


def test_a17_handing_in_asks_for_all_of_it_as_it_was_seen(city):
    check = city.visiting()
    revision = checks.save(city.officer, check, Filled({"i01": {"mark": 70}}))
    with pytest.raises(Invalid) as refused:
        checks.hand_in(city.officer, check, revision=revision)
    assert refused.value.details["missing"] == ["2", "3", "4", "5"]
    checks.save(city.second, check, Filled(GOOD, "现场一致"))
    with pytest.raises(Conflict) as refused:
        checks.hand_in(city.officer, check, revision=revision)
    assert refused.value.code == "changed_meanwhile"


def test_a17_the_other_one_confirms_and_the_result_follows_from_form_and_rule(city, client):
    check = city.handed_in(
        "签到表缺两天",
        marks=GOOD | {"i03": {"mark": 61, "remark": ""}, "i04": {"mark": 60, "remark": ""}},
    )
    with pytest.raises(NotAllowed) as refused:
        checks.confirm(city.officer, check)
    assert refused.value.code == "own_case"
    with pytest.raises(NotAllowed):
        checks.confirm(city.third, check)
    found = checks.confirm(city.second, check)
    # 10 × 80 + 20 × 80 + 40 × 60.5 + 30 × 80
    assert (found.centimarks, found.verdict, found.public) == (7220, "pass", True)
    with pytest.raises(Conflict):
        checks.confirm(city.second, check)
    with pytest.raises(Conflict):
        checks.save(city.officer, check, Filled(GOOD))
    page = client.get(f"/supervision/results/{found.uuid}/")
    assert "72.2" in page.text
    # Of what was found the public sees that there is something, and where it stands.
    assert "签到表缺两天" not in page.text
    assert "整改中" in page.text
    assert Posting.objects.get(subject=f"check:{found.uuid}").kind == "result"
    # A spot check is open when the last of its checks is made.
    draw = client.get(f"/supervision/draws/{found.draw.frame.uuid}/")
    assert found.draw.seed in draw.text


def test_a17_a_result_that_the_rule_does_not_publish_is_the_bodys_own(clock, client):
    city = Inspection(publish_results=None)
    city.delivered(clock)
    found = city.decided()
    address = f"/supervision/results/{found.uuid}/"
    assert client.get(address).status_code == 404
    for user, status in (
        (city.answerer, 200),
        (city.officer, 200),
        (city.teacher, 404),
        (UserFactory(), 404),
    ):
        client.force_login(user)
        assert client.get(address).status_code == status
    assert not Posting.objects.filter(subject=f"check:{found.uuid}").exists()


def test_a17_it_can_be_sent_back_and_given_to_others(city):
    check = city.handed_in()
    checks.send_back(city.second, check, "第 2 项要重看")
    fourth = member("officer", city.authority)
    checks.assign(city.third, check, [city.second, fourth])
    with pytest.raises(NotAllowed):
        checks.save(city.officer, check, Filled(GOOD))
    check.refresh_from_db()
    assert check.answers == GOOD
    revision = checks.save(fourth, check, Filled({}, "重看过了"))
    checks.hand_in(fourth, check, revision=revision)
    assert checks.confirm(city.second, check).state == Check.State.DECIDED


@pytest.mark.parametrize("why", ["left", "stake"])
def test_a17_a_check_whose_other_checker_cannot_go_on_is_given_to_others(city, client, why):
    """Nobody else may confirm it or send it back: it would wait for ever, and the list of its draw with it."""
    check = city.handed_in()
    fourth = member("officer", city.authority)
    with pytest.raises(Conflict):
        checks.assign(city.third, check, [city.officer, fourth])
    if why == "left":
        city.second.memberships.update(until=date(2026, 1, 1))
    else:
        MembershipFactory(user=city.second, organisation=city.college, role="teacher")
    desk(client, city.third)
    answer = client.post(
        f"/admin/training/checks/{check.uuid}/", {"people": [city.officer.pk, fourth.pk], "act": "assign"}
    )
    assert answer.status_code == 302
    check.refresh_from_db()
    assert (check.state, check.handed_in_by, check.checked_on) == (Check.State.VISITING, None, None)
    assert check.answers == GOOD
    checks.hand_in(city.officer, check, revision=check.revision)
    assert checks.confirm(fourth, check).state == Check.State.DECIDED


def test_a17_only_officers_of_today_are_offered_for_a_check(city):
    check = city.drawn().checks.get()
    gone, coming, there = (member("officer", city.authority) for _person in range(3))
    gone.memberships.update(until=today() - timedelta(days=1))
    coming.memberships.update(since=today() + timedelta(days=1))
    there.memberships.update(until=today())
    offered = set(queries.colleagues(check))
    assert {city.officer, city.second, city.third, there} <= offered
    assert not {gone, coming} & offered


def test_a17_a_check_by_hand_says_why_and_stays_in_scope(city):
    found = checks.order(city.officer, city.authority, Sort.PROGRAMME, city.programme.uuid, "定期检查")
    assert (found.draw, found.body) == (None, city.college)
    with pytest.raises(Invalid):
        checks.order(city.officer, city.authority, Sort.PROGRAMME, city.programme.uuid, " ")
    for sort, subject in ((Sort.PROGRAMME, uuid7()), ("people", city.programme.uuid), (Sort.BASE, uuid7())):
        with pytest.raises(NotFound):
            checks.order(city.officer, city.authority, sort, subject, "检查")
    checks.drop(city.officer, found, "重复安排")
    with pytest.raises(Conflict):
        checks.assign(city.officer, found, [city.officer, city.second])


def test_a17_a_department_checks_only_what_is_its_own(city, clock):
    days = (date(2026, 1, 1), date(2026, 12, 31))
    stranger = OrganisationFactory(kind="authority")
    assert scope.subjects(scope.scope_of(stranger), Sort.PROGRAMME, *days) == []
    # Who proposed it guides and supervises it (指导部门): its programme is in scope.
    seen = scope.scope_of(city.district)
    assert not seen.lead
    assert [
        row.uuid for row in scope.subjects(seen, Sort.PROGRAMME, date(2026, 1, 1), date(2026, 12, 31))
    ] == [city.programme.uuid]
    runs = scope.subjects(seen, Sort.RUN, date(2026, 1, 1), date(2026, 12, 31))
    assert [row.uuid for row in runs] == [city.programme.run.uuid]


# --- pictures ---------------------------------------------------------------------------------------------


def test_a17_a_photo_keeps_nothing_but_the_picture(city):
    check = city.visiting()
    row = checks.add_photo(city.officer, check, picture(), upload="a1")
    with Image.open(row.file.open("rb")) as kept:
        # Upright, and without place, time and device.
        assert kept.size == (480, 640)
        assert not kept.getexif()
        assert "exif" not in kept.info
    assert b"Telephone" not in row.file.open("rb").read()
    assert checks.add_photo(city.officer, check, picture(), upload="a1") == row
    assert CheckPhoto.objects.count() == 1


def test_a17_large_photos_are_made_smaller_and_others_refused(city):
    check = city.visiting()
    row = checks.add_photo(city.officer, check, picture(size=(4000, 3000)), upload="large")
    with Image.open(row.file.open("rb")) as kept:
        assert max(kept.size) == 2560
    for bad in (
        SimpleUploadedFile("x.jpg", b""),
        SimpleUploadedFile("x.jpg", b"<svg onload=alert(1)>", "image/jpeg"),
        pdf("x.jpg"),
        SimpleUploadedFile("x.jpg", picture().read()[:300], "image/jpeg"),
    ):
        with pytest.raises(Invalid):
            checks.add_photo(city.officer, check, bad, upload="bad")
    with pytest.raises(Invalid):
        checks.add_photo(city.officer, check, picture(), upload=" ")
    checks.drop_photo(city.officer, check, row.uuid)
    assert not CheckPhoto.objects.exists()


def test_a17_photos_are_seen_by_who_reads_the_check_and_the_look_is_logged(city, client):
    check = city.visiting()
    row = checks.add_photo(city.officer, check, picture(), upload="a")
    with pytest.raises(NotFound):
        checks.drop_photo(city.second, check, row.uuid)
    address = f"/supervision/photos/{row.uuid}/"
    assert client.get(address).status_code == 302
    for user, status in ((city.third, 200), (city.answerer, 404), (city.proposer, 404), (UserFactory(), 404)):
        client.force_login(user)
        assert client.get(address).status_code == status
    assert AuditRow.objects.filter(action="check.view_photo", person=city.third.uuid).count() == 1


# --- putting right ----------------------------------------------------------------------------------------


def test_a17_a_finding_has_a_last_day_and_its_body_answers_with_evidence(city, client):
    case = city.finding()
    assert (case.number, case.state, case.body) == ("ZG-2026-00001", "correcting", city.college)
    assert case.due_on > date(2026, 3, 21)
    with pytest.raises(Invalid):
        cases.act(city.answerer, case, "correct", Said("已补齐"))
    city.answer(case)
    assert case.state == "corrected"
    client.force_login(city.answerer)
    page = client.get(f"/cases/{case.uuid}/")
    assert "签到表缺两天" in page.text


def test_a17_who_checked_does_not_judge_what_was_put_right(city):
    case = city.answer(city.finding())
    for user in (city.officer, city.second):
        with pytest.raises(NotAllowed) as refused:
            cases.act(user, case, "close", Said("合格"))
        assert refused.value.code == "took_part"
    cases.act(city.third, case, "return", Said("还缺一天"))
    city.answer(case)
    cases.act(city.third, case, "close", Said("复查合格"))
    case.refresh_from_db()
    assert case.state == "closed"


def test_a17_what_is_not_put_right_in_time_goes_to_the_superior(city, clock):
    case = city.finding()
    after(clock, case.due_on)
    assert tend()["closed"] == 1
    case.refresh_from_db()
    assert (case.state, case.waits) == ("overdue", "authority")
    cases.act(city.chief, case, "record", Said("两次催办没有整改"))
    case.refresh_from_db()
    assert case.state == "uncorrected"


def test_a17_the_body_may_contest_and_be_right(city):
    case = city.finding()
    city.answer(case, "contest")
    cases.act(city.third, case, "cancel", Said("纸质签到表齐全"))
    case.refresh_from_db()
    assert case.state == "cancelled"


def test_a17_a_finding_is_not_begun_by_hand_nor_by_strangers(city, client):
    with pytest.raises(NotAllowed):
        cases.begin(city.answerer, PROCESS.code, city.college, city.authority)
    for user in (city.proposer, city.teacher, city.answerer):
        with pytest.raises(Refusal):
            cases.open_on(user, PROCESS.code, city.college, city.authority, {})
    client.force_login(city.answerer)
    assert PROCESS.code not in client.get("/cases/").text
    assert not Case.objects.filter(process=PROCESS.code).exists()


def test_a17_an_association_that_is_a_base_answers_what_was_found(city):
    """行业协会（学会） may be a base (三(四)): what a check of it finds must be able to reach it."""
    assert {*CE_HOSTS, *BASES.applicants, *HOST_KINDS} <= {*PROCESS.applicants}
    body = OrganisationFactory(kind="union")
    clerk = member("hr", body)
    case = Case.objects.create(
        process="ce-base",
        authority=city.authority,
        body=body,
        applicant=clerk,
        state="named",
        waits="nobody",
        begun_at=now(),
    )
    base = EducationBase.objects.create(
        case=case,
        authority=city.authority,
        body=body,
        number="CE-1",
        host_kind="association",
        industry="trade",
        specialty="跨境贸易",
        named_on=date(2024, 1, 1),
    )
    check = checks.order(city.third, city.authority, Sort.CE_BASE, base.uuid, "年度检查")
    checks.assign(city.third, check, [city.officer, city.second])
    revision = checks.save(city.officer, check, Filled(GOOD, "现场与材料一致。", ["缺教学记录"]))
    checks.hand_in(city.officer, check, revision=revision)
    found = checks.confirm(city.second, check).raised.get().case
    assert (found.body, found.applicant, found.state) == (body, clerk, "correcting")


def test_a17_nobody_at_the_body_stops_the_confirmation_whole(city):
    check = city.handed_in("签到表缺两天")
    city.college.memberships.update(until=date(2026, 1, 1))
    with pytest.raises(Conflict) as refused:
        checks.confirm(city.second, check)
    assert refused.value.code == "nobody_answers"
    check.refresh_from_db()
    assert check.state == Check.State.HANDED_IN


# --- the next award ---------------------------------------------------------------------------------------


def test_a17_the_result_stands_where_the_next_award_is_decided(city, client):
    check = city.decided("签到表缺两天")
    (found,) = queries.findings_of(city.college.pk, date(2026, 3, 31))
    assert (found.number, found.verdict, found.mark, found.open) == (check.number, "pass", 8000, True)
    assert queries.findings_of(city.college.pk, check.checked_on - timedelta(days=1)) == ()
    assert queries.findings_of(OrganisationFactory().pk, date(2026, 3, 31)) == ()
    # In the next topic that names the body as a candidate, for whoever decides on it.
    case = city.submitted(title="第二期")
    desk(client, city.officer)
    page = client.get(f"/admin/training/cases/{case.uuid}/")
    assert check.number in page.text
    # And beside the evaluation of a programme it hosts.
    page = client.get(f"/admin/training/programmes/{city.programme.uuid}/")
    assert check.number in page.text


def test_a17_findings_are_the_newest_twenty_in_one_query(city, django_assert_num_queries):
    city.decided()
    with django_assert_num_queries(1):
        queries.findings_of(city.college.pk, date(2026, 12, 31))


# --- pages ------------------------------------------------------------------------------------------------


def test_a17_pages_by_role(city, client):
    check = city.visiting()
    frame = check.draw.frame
    officers = ["/admin/training/frames/", f"/admin/training/frames/{frame.uuid}/", "/admin/training/checks/"]
    officers += [f"/admin/training/checks/{check.uuid}/", "/admin/training/checks/forms/"]
    for address in officers:
        for user, allowed in ((city.officer, True), (city.chief, True), (city.teacher, False)):
            desk(client, user)
            assert (client.get(address).status_code == 200) is allowed, (address, user)
    stranger = member("officer", OrganisationFactory(kind="authority"))
    desk(client, stranger)
    for address in officers[1::2]:
        assert client.get(address).status_code in (403, 404)
    for user, status in ((city.officer, 200), (city.third, 404), (stranger, 404), (city.answerer, 404)):
        desk(client, user)
        assert client.get(f"/supervision/checks/{check.uuid}/").status_code == status
    client.logout()
    for address in ("/supervision/", "/supervision/results/", f"/supervision/draws/{frame.uuid}/"):
        assert client.get(address).status_code == 200


def test_a17_whoever_has_a_stake_in_a_body_is_not_warned_of_its_check(city, client):
    check = city.drawn().checks.get()
    frame = check.draw.frame
    insider = member("auditor", city.authority)
    MembershipFactory(user=insider, organisation=city.college, role="teacher")
    addresses = (f"/admin/training/frames/{frame.uuid}/", "/admin/training/checks/")
    for user, sees in ((city.third, True), (insider, False)):
        desk(client, user)
        for address in addresses:
            page = client.get(address)
            assert page.status_code == 200
            assert (check.number in page.text) is sees
        # With the seed and the public address of a programme one reckons the draw oneself.
        assert (check.draw.seed in client.get(addresses[0]).text) is sees
    checks.drop(city.third, check, "项目已经停办")
    assert check.draw.seed in client.get(addresses[0]).text


def test_a17_the_form_works_without_a_script(city, client):
    check = city.visiting()
    desk(client, city.officer)
    address = f"/supervision/checks/{check.uuid}/"
    sent = {f"mark_i{number:02d}": "75" for number in range(1, 6)} | {
        "remark": "现场一致",
        "findings": "缺签到\n\n",
    }
    answer = client.post(address, sent | {"mark_i01": "多", "act": "hand_in", "taken": picture()})
    assert answer.status_code == 422
    assert "请打 0 到 100 的整数分。" in answer.text
    answer = client.post(address, sent | {"act": "hand_in"})
    assert answer.status_code == 302
    desk(client, city.second)
    assert client.post(address, {"act": "confirm"}).status_code == 302
    check.refresh_from_db()
    assert (check.state, check.centimarks, check.findings) == ("decided", 7500, ["缺签到"])
    assert check.photos.count() == 1


def test_a17_the_phone_saves_and_uploads_by_itself(city, client):
    check = city.visiting()
    desk(client, city.officer)
    address = f"/supervision/checks/{check.uuid}/"
    body = {"answers": {"i01": {"mark": 90, "remark": ""}}, "remark": "好"}
    assert client.post(f"{address}save/", body, content_type="application/json").json() == {"revision": 1}
    for bad in ({"answers": []}, {"answers": {"i01": 3}}, {"findings": "x"}, {"remark": 3}):
        answer = client.post(f"{address}save/", bad, content_type="application/json")
        assert answer.status_code == 422
    one = client.post(
        f"{address}photos/", {"photo": picture(), "token": "t"}, headers={"Accept": "application/json"}
    )
    two = client.post(
        f"{address}photos/", {"photo": picture(), "token": "t"}, headers={"Accept": "application/json"}
    )
    assert one.json() == two.json()
    assert client.post(f"{address}photos/", {"token": "u"}).status_code == 422


def test_a17_an_officer_freezes_commits_and_reads_the_secret_once(city, client):
    desk(client, city.officer)
    form = {
        "authority": city.authority.pk,
        "title": "抽查",
        "sort": "programme",
        "first_day": "2026-01-01",
        "last_day": "2026-03-31",
    }
    page = client.post("/admin/training/frames/", form | {"act": "count"})
    assert "名单里有 1 项" in page.text
    assert not SampleFrame.objects.exists()
    answer = client.post("/admin/training/frames/", form | {"act": "freeze", "take_city": "1"})
    assert answer.status_code == 302
    page = client.post(answer.url, {"act": "commit", "commitment": ""})
    frame = SampleFrame.objects.get()
    commit = frame.commits.get()
    secret = next(
        word for word in page.text.replace("<", " ").replace(">", " ").split() if rules.SECRET.fullmatch(word)
    )
    assert rules.commitment(frame.sha256, 1, secret) == commit.commitment
    assert secret not in client.get(answer.url).text
    page = client.post(answer.url, {"act": "reveal", "secret": secret})
    assert page.status_code == 409


def test_a17_a_city_without_checks_has_empty_pages(clock, client):
    city = City()
    desk(client, city.officer)
    for address in (
        "/supervision/",
        "/supervision/checks/",
        "/admin/training/frames/",
        "/admin/training/checks/",
    ):
        assert client.get(address).status_code == 200


def test_a17_the_api_gives_what_the_pages_give(city, client):
    check = city.decided("缺签到")
    frame = check.draw.frame
    (row,) = client.get("/api/v1/training/draws").json()["items"]
    assert (row["number"], row["state"], row["sha256"]) == (frame.number, "drawn", frame.sha256)
    said = client.get(f"/api/v1/training/draws/{frame.uuid}").json()
    assert said == client.get(f"/supervision/draws/{frame.uuid}/draw.json").json()
    (found,) = client.get("/api/v1/training/check-results").json()["items"]
    assert (found["number"], found["verdict"], found["open"]) == (check.number, "pass", True)
    assert client.get(f"/api/v1/training/draws/{uuid7()}").status_code == 404


def test_a17_in_january_a_department_checks_last_year_s_classes_by_last_year_s_bundles(city, clock):
    department = OrganisationFactory(kind="authority")
    officer = member("officer", department)
    rule = cases.NewRule(CODE, department, date(2022, 12, 2), VALUES, DOCUMENT)
    cases.set_rule(SYSTEM, rule)
    checks.set_form(
        SYSTEM, checks.NewForm(department, date(2022, 12, 2), ITEMS, "申人社专〔2026〕3 号（测试）")
    )
    run = city.programme.run
    type(run).objects.filter(pk=run.pk).update(starts_on=date(2025, 12, 1), ends_on=date(2025, 12, 20))
    bundle = Bundle.objects.create(
        owner=department, year=2025, title="去年的课程包", purpose="去年的培训", state=BundleState.PUBLISHED
    )
    bundle.courses.create(course=run.course, position=1)
    new = frames.NewFrame(
        authority=department,
        title="2025 年班次抽查",
        sort=Sort.RUN,
        announced=False,
        first_day=date(2025, 12, 1),
        last_day=date(2025, 12, 31),
        takes={run.course.kind: 1},
    )
    assert [row.key for row in rules.read_frame(frames.freeze(officer, new).text)] == [str(run.uuid)]
    assert checks.order(officer, department, Sort.RUN, run.uuid, "有人反映").subject == run.uuid


def test_a17_what_was_never_put_right_stands_in_the_next_award(city, clock):
    """Recorded as not put right the finding is over, and is no less one that was found."""
    case = city.finding()
    assert queries.findings_of(city.college.pk, today())[0].open
    after(clock, case.due_on)
    tend()
    case.refresh_from_db()
    cases.act(city.chief, case, "record", Said("两次催办没有整改"))
    [found] = queries.findings_of(city.college.pk, today())
    assert found.open
    [said] = queries.check_records([city.college])
    assert "有问题没有整改，已记录" in said
    [row] = queries.results_for(city.answerer)
    assert (row.open, row.never) == (True, True)


def test_a17_what_was_put_right_stands_there_as_in_order(city):
    case = city.answer(city.finding())
    cases.act(city.third, case, "close", Said("复查合格"))
    [found] = queries.findings_of(city.college.pk, today())
    assert not found.open
    [said] = queries.check_records([city.college])
    assert "整改" not in said


def test_a17_results_stand_before_whoever_keeps_a_base_or_grants_it_money(city, clock):
    """372号 四(三): the results are weighed when the next thing is decided, whatever it is."""
    city.decided()
    bureau = Bureau()
    draft = bureau.draft(body=city.college, clerk=member("hr", city.college))
    for state, shown in (("review", True), ("recheck", True), ("draft", False)):
        draft.state = state
        assert any("2026" in line and "分" in line for line in conduct_of(draft).warnings(draft)) == shown
