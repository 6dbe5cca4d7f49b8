"""Opening somebody's record: with their consent or for a duty, never without a row that they can read."""

from datetime import date, timedelta

import pytest
from django.utils import translation

from lms.accounts.people.export import parts_of
from lms.accounts.people.queries import looks_at
from lms.learning.certificates.models import Certificate
from lms.learning.certificates.services import issue
from lms.learning.completion.models import Completion
from lms.learning.erasure import erase as erase_learning
from lms.learning.evidence import queries, rights
from lms.learning.evidence.checking import check
from lms.learning.evidence.erasure import erase
from lms.learning.evidence.keys import public_keys
from lms.learning.evidence.looks import consent, look_again, open_record, withdraw
from lms.learning.evidence.models import RecordLook, SignIn
from lms.learning.evidence.services import clear, order_own
from lms.learning.evidence.sign_ins import device_of
from lms.learning.hours.queries import day
from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.errors import Invalid, NotFound
from lms.lib.private import private_storage
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.factories.learning import enrolment
from tests.learning.evidence.packs import Office, made, study

pytestmark = [pytest.mark.django_db, pytest.mark.long]
REASON = "复核学员对学时的异议"


@pytest.fixture
def office(clock):
    return Office()


@pytest.fixture
def item(office, clock):
    return office.learner(clock)


def opened(user, item, reason=REASON):
    return open_record(user, item.person, item.release, reason)


class TestGrounds:
    def test_by_role(self, office, item):
        for user in (office.officer, office.auditor):
            assert opened(user, item).provider is None
        for user in (office.teacher, office.admin, member("hr", office.provider)):
            assert opened(user, item).provider == office.provider
        strangers = [
            UserFactory(),
            member("teacher"),
            member("hr", OrganisationFactory(kind="enterprise")),
            member("editor", office.provider),
            member("reviewer", office.authority),
        ]
        for user in strangers:
            with pytest.raises(NotFound):
                opened(user, item)
            with pytest.raises(NotFound):
                queries.found_by(user, str(item.uuid))
        assert RecordLook.objects.count() == 5

    def test_nobody_opens_their_own_record_as_staff(self, office):
        own = enrolment(office.officer, office.release)
        with pytest.raises(NotFound):
            opened(office.officer, own)

    def test_without_a_reason_nothing_is_opened(self, office, item):
        for reason in ("", "   ", "查 查"):
            with pytest.raises(Invalid):
                opened(office.officer, item, reason)
        assert not RecordLook.objects.exists()
        assert not looks_at(item.person).exists()

    def test_consent_opens_the_whole_record_to_its_organisation_alone(self, office, item, clock):
        employer = OrganisationFactory(kind="enterprise")
        hr = member("hr", employer)
        given = consent(item.person, employer, "评职称时核对学时", date(2026, 4, 1))
        look = opened(hr, item, "")
        assert (look.provider, look.consent, look.reason) == (None, given, "评职称时核对学时")
        with pytest.raises(NotFound):
            opened(member("hr"), item, "评职称时核对学时")
        # Somebody of the organisation whose role has nothing to do with people.
        with pytest.raises(NotFound):
            opened(member("editor", employer), item, "评职称时核对学时")
        assert list(rights.consents_to(hr)) == [given]

    def test_withdrawn_or_over_it_opens_nothing_not_even_what_was_open(self, office, item, clock):
        employer = OrganisationFactory(kind="enterprise")
        hr = member("hr", employer)
        given = consent(item.person, employer, "评职称时核对学时", date(2026, 3, 2))
        look = opened(hr, item, "")
        assert look_again(hr, look.uuid)
        withdraw(item.person, given.uuid)
        withdraw(item.person, given.uuid)
        assert AuditRow.objects.filter(action="record.withdraw").count() == 1
        with pytest.raises(NotFound):
            look_again(hr, look.uuid)
        with pytest.raises(NotFound):
            opened(hr, item, "")
        consent(item.person, employer, "评职称时核对学时", date(2026, 3, 2))
        assert opened(hr, item, "")
        clock.shift(timedelta(days=1))
        with pytest.raises(NotFound):
            opened(hr, item, "")

    def test_a_consent_is_the_persons_own(self, office, item):
        given = consent(item.person, office.authority, "评职称时核对学时", date(2026, 4, 1))
        with pytest.raises(NotFound):
            withdraw(UserFactory(), given.uuid)
        for purpose, until, field in (
            ("好", date(2026, 4, 1), "purpose"),
            ("核对学时", date(2026, 3, 1), "until"),
        ):
            with pytest.raises(Invalid) as refused:
                consent(item.person, office.authority, purpose, until)
            assert refused.value.details == {"field": field}

    def test_a_look_ends_after_an_hour_and_with_the_role(self, office, item, clock):
        look = opened(office.officer, item)
        with pytest.raises(NotFound):
            look_again(office.auditor, look.uuid)
        office.officer.memberships.update(until=date(2026, 3, 1))
        with pytest.raises(NotFound):
            look_again(office.officer, look.uuid)
        office.officer.memberships.update(until=None)
        assert look_again(office.officer, look.uuid)
        clock.shift(3601)
        with pytest.raises(NotFound, match="已经结束"):
            look_again(office.officer, look.uuid)
        clear()
        assert not RecordLook.objects.exists()
        assert queries.looks_at(item.person).count() == 1


class TestSeen:
    def test_the_person_reads_who_looked_why_and_at_which_day(self, office, item):
        look = opened(office.teacher, item)
        look_again(office.teacher, look.uuid, day="2026-03-02")
        rows = list(queries.looks_at(item.person))
        assert [(row.reason, row.body, row.role) for row in rows] == [
            (f"职责：{REASON}", office.provider.code, "teacher")
        ] * 2
        assert rows[0].data["day"] == "2026-03-02"
        assert list(looks_at(item.person)) == rows
        given = consent(item.person, office.authority, "评职称时核对学时", date(2026, 4, 1))
        opened(office.officer, item, "")
        first = queries.looks_at(item.person)[0]
        assert (first.reason, first.data["ground"]) == ("本人同意：评职称时核对学时", "consent")
        assert given.organisation == office.authority

    def test_the_list_names_the_day_and_speaks_the_readers_language(self, office, item, client):
        with translation.override("en"):
            look = opened(office.teacher, item)
            look_again(office.teacher, look.uuid, day="2026-03-02")
        consent(item.person, office.authority, "评职称时核对学时", date(2026, 4, 1))
        opened(office.officer, item, "")
        client.force_login(item.person)
        for address in ("/hours/record/", "/me/looks/"):
            page = client.get(address).content.decode()
            assert page.count(f"职责：{REASON}") == 2
            assert page.count("看的是 2026-03-02 这一天") == 1
            assert 'href="/hours/2026-03-02/"' in page
            english = client.get(address, headers={"accept-language": "en"}).content.decode()
            assert english.count(f"Duty: {REASON}") == 2
            assert "With your consent: 评职称时核对学时" in english
        days = [row["day"] for row in parts_of(item.person)["account"]["looks"]]
        assert days == [None, "2026-03-02", None]

    def test_authority_and_consent_see_the_learners_own_day(self, office, item):
        look = opened(office.officer, item)
        assert queries.record_day(look, today()) == day(item.person, today())
        found = queries.record(look)
        completion = Completion.objects.get()
        assert [row["completion"] for row in found["completions"]] == [completion]
        assert found["counted_ms"] == day(item.person, today()).counted_ms > 0
        assert found["name"] == "学＊＊" or found["name"].startswith("学＊")

    def test_a_provider_sees_its_own_courses_and_no_title_of_others(self, office, clock):
        item = enrolment(release=office.release)
        other = enrolment(item.person, title="别处的课")
        study(item, clock, 0)
        study(other, clock, 0)
        whole = day(item.person, today())
        look = opened(office.teacher, item)
        seen = queries.record_day(look, today())
        assert len(seen.lessons) == 1 < len(whole.lessons)
        assert 0 < seen.counted_ms < whole.counted_ms
        assert queries.record(look)["counted_ms"] == seen.counted_ms
        titles = {lesson.title for lesson in other.release.lessons.all()}
        assert not any(title in str(seen) for title in titles)

    def test_found_by_a_certificate_and_by_nothing_like_it(self, office, item, clock):
        issue(Completion.objects.get().uuid)
        number = Certificate.objects.get().number
        assert queries.found_by(office.officer, f" {number.lower()} ") == item
        for typed in (
            number[:-1],
            item.person.phone,
            str(item.person),
            item.person.email,
            "",
            "%",
            str(item.person.uuid),
        ):
            with pytest.raises(NotFound):
                queries.found_by(office.officer, typed)

    def test_only_own_courses_are_listed_with_people(self, office, item):
        release, found = queries.learners_of(office.teacher, office.release.uuid)
        assert list(found) == [item]
        assert release == office.release
        for user in (office.officer, member("teacher")):
            with pytest.raises(NotFound):
                queries.learners_of(user, office.release.uuid)
        stranger = enrolment().release
        assert list(queries.releases_for(office.teacher, "")) == [office.release]
        assert {office.release, stranger} <= set(queries.releases_for(office.officer, ""))


class TestErasure:
    def test_nothing_of_the_persons_words_or_files_stays(self, office, item):
        given = consent(item.person, office.authority, "评职称时核对学时", date(2026, 4, 1))
        opened(office.officer, item)
        pack, _data = made(order_own(item.person, item.uuid))
        assert erase(item.person) == [given.uuid]
        given.refresh_from_db()
        assert given.purpose == ""
        assert given.withdrawn_at
        assert not RecordLook.objects.exists()
        assert not private_storage().exists(pack.file)
        assert erase(item.person) == [given.uuid]

    def test_a_pack_with_somebody_erased_in_it_still_checks_out(self, office, item, tmp_path):
        erase_learning(item.person)
        _pack, data = office.pack()
        path = tmp_path / "pack.zip"
        path.write_bytes(data)
        report = check(path, public_keys())
        assert report.right
        assert any("注销" in finding.text for finding in report.findings)


class TestSignIns:
    @pytest.mark.parametrize(
        ("agent", "device"),
        [
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148", "phone"),
            ("Mozilla/5.0 (Linux; Android 15; Pixel) Mobile Safari/537.36", "phone"),
            ("Mozilla/5.0 (Linux; Android 15; SM-X700) Safari/537.36", "tablet"),
            ("Mozilla/5.0 (iPad; CPU OS 18_0)", "tablet"),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "computer"),
            ("curl/8", "other"),
            ("", "other"),
        ],
    )
    def test_kinds_of_devices(self, agent, device):
        assert device_of(agent) == device

    def test_signing_in_and_out_are_rows(self, client):
        person = UserFactory()
        agent = {"user-agent": "Mozilla/5.0 (iPhone) Mobile"}
        answer = client.post(
            "/accounts/login/", {"login": person.email, "password": "Zhiyuan-4071!"}, headers=agent
        )
        assert answer.status_code == 302
        client.post("/accounts/logout/", headers=agent)
        assert list(SignIn.objects.filter(person=person).order_by("pk").values_list("act", "device")) == [
            ("in", "phone"),
            ("out", "phone"),
        ]
