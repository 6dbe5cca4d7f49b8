"""What can really be found, and by whom: every kind of thing with its own source, by way of the events that change it."""

from datetime import date, timedelta
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from wagtail.models import PageViewRestriction

from courses.models import CoursePage
from courses.packs.models import PackImport
from courses.pages.models import LessonPage
from courses.releases.models import Release, ReleaseLesson
from courses.releases.services import announce_published, cut_release
from courses.review import services as review
from courses.searching import CourseSource, lesson_id
from creditbank.searching import occupation_names
from lms.accounts.branding.models import Brand
from lms.accounts.employment.services import end_own
from lms.accounts.identity.rules import mask_name
from lms.accounts.models import Identity, Membership, User
from lms.accounts.organisations.services import suspend_organisation
from lms.accounts.people.services import set_display_name
from lms.learning.certificates.services import issue
from lms.learning.searching import key, name_key
from lms.learning.use.services import reckon
from lms.learning.viewers import viewer
from lms.lib.actor import Actor
from lms.lib.audit.models import AuditRow
from lms.lib.jobs import services as jobs
from lms.lib.jobs.models import Job
from lms.lib.outbox.services import deliver_pending, emit
from lms.training.bundles import services as bundles
from lms.training.programmes import services as programmes
from lms.training.yearly_plans.specialty import services as specialty
from search import api as search
from search import documents
from search.api import SearchRequest, texts_of
from search.models import Entry, FileText
from search.staff import audience_of, found_by
from tests.accounts.rosters import Firm
from tests.factories.accounts import MembershipFactory, OrganisationFactory, UserFactory, member
from tests.factories.courses import organisation, question, quiz, released_course, text
from tests.factories.creditbank import entitled, programme, rule_version
from tests.factories.learning import enrolment
from tests.learning.clients import signed_in
from tests.learning.conftest import clock, moment
from tests.learning.rosters.firm import completed
from tests.training.advanced import City, fresh
from tests.training.house import House

__all__ = ["clock", "moment"]
pytestmark = [pytest.mark.django_db, pytest.mark.long]
SYSTEM = Actor.system("tests")
PUBLIC_TYPES = (
    *("course", "lesson", "organisation", "rule", "programme"),
    *("plan", "bundle", "notice", "policy", "project"),
)
STAFF_TYPES = ("pack", "learner", "certificate")


def found(query, **given):
    return [
        (hit.type, hit.title) for hit in search.search(SearchRequest(query=query, per_page=50, **given)).hits
    ]


def sees(viewer, words, *types):
    groups = found_by(viewer, words, types or STAFF_TYPES)
    return {group.type: [str(item.title) for item in group.items] for group in groups}


def test_the_kinds_that_everybody_finds_and_those_for_staff():
    assert set(documents.public_types()) == set(PUBLIC_TYPES)
    assert set(documents.types()) == {*PUBLIC_TYPES, *STAFF_TYPES}


# --- courses and lessons ---------------------------------------------------------------------------------


def test_a_lesson_is_found_by_its_text_and_leads_to_its_place():
    release = released_course([[text()], [text("<p>检查货叉与液压油位。</p>")]], title="场内车辆")
    deliver_pending()
    (hit,) = search.search(SearchRequest(query="液压油位", types=("lesson",))).hits
    assert hit.url == f"{release.course.get_url()}#lesson-2"
    assert hit.extra["within"] == "场内车辆"
    assert "<mark>" in hit.summary_html
    # The course is found by it too, and stands before it.
    assert [one for one, _title in found("液压油位")] == ["course", "lesson"]


def test_what_a_package_says_finds_the_lesson_and_is_not_shown():
    release = released_course(title="带课件的课")
    value = {"package": "p1", "kind": "scorm12", "part": "", "title": "课件"}
    ReleaseLesson.objects.create(
        release=release,
        key="package",
        chapter_title="第一章",
        position=9,
        title="锁具维修",
        nominal_ms=0,
        blocks=[{"id": "x", "type": "package", "nominal_ms": 0, "value": value}],
    )
    texts_of({"package:p1": lambda: "锁芯拆卸要领"})
    deliver_pending()
    (hit,) = search.search(SearchRequest(query="锁芯拆卸", types=("lesson",))).hits
    assert hit.title == "锁具维修"
    assert "锁芯" not in hit.summary_html + hit.summary
    assert not Entry.objects.filter(body__contains="锁芯").exists()


def test_drafts_withdrawn_and_expired_courses_are_not_found_nor_are_their_lessons():
    release = released_course([[text("<p>量规校准</p>"), text()]], title="量规校准入门")
    deliver_pending()
    assert {kind for kind, _title in found("量规校准")} == {"course", "lesson"}
    release.course.unpublish()
    deliver_pending()
    assert not found("量规校准")
    # Nor before its event has come, where its day is over.
    other = released_course([[text("<p>焊缝检验</p>"), text()]], title="焊缝检验入门")
    CoursePage.objects.filter(pk=other.course.pk).update(expire_at=timezone.now() - timedelta(minutes=1))
    deliver_pending()
    assert not found("焊缝检验")


def test_a_course_under_a_view_restriction_is_not_found_nor_are_its_lessons():
    release = released_course([[text("<p>量块研合</p>"), text()]], title="量块研合入门")
    everything = {"course", "lesson"}
    deliver_pending()
    for page in (release.course, release.course.get_parent()):
        assert {kind for kind, _title in found("量块研合")} == everything
        lock = PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)
        deliver_pending()
        assert not found("量块研合")
        lock.delete()
        deliver_pending()
    assert {kind for kind, _title in found("量块研合")} == everything


def test_a_lesson_or_chapter_under_a_view_restriction_is_not_found_nor_its_course_by_it():
    release = released_course(
        [[text("<p>量规校准</p>"), text()], [text("<p>焊缝检验</p>"), text()]], title="量具入门"
    )
    deliver_pending()
    assert sorted(kind for kind, _title in found("量规校准")) == ["course", "lesson"]
    lesson = LessonPage.objects.descendant_of(release.course).order_by("path").first()
    for page in (lesson, lesson.get_parent()):
        lock = PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)
        deliver_pending()
        assert not found("量规校准")
        assert bool(found("焊缝检验")) == (page == lesson)
        assert found("量具入门")
        lock.delete()
        deliver_pending()
        assert sorted(kind for kind, _title in found("量规校准")) == ["course", "lesson"]


def test_who_may_see_is_said_of_a_course_and_not_of_its_parts(admin_client):
    release = released_course()
    lesson = LessonPage.objects.descendant_of(release.course).first()
    for page in (lesson, lesson.get_parent()):
        address = reverse("wagtailadmin_pages:set_privacy", args=[page.pk])
        admin_client.post(address, {"restriction_type": "login"})
    assert not PageViewRestriction.objects.exists()


def test_what_is_taken_offline_and_published_again_as_it_was_is_found_again():
    course = released_course([[text("<p>划线与冲眼</p>"), text()]]).course
    deliver_pending()
    course.unpublish()
    deliver_pending()
    assert not found("划线与冲眼")
    CoursePage.objects.get(pk=course.pk).save_revision().publish()
    deliver_pending()
    assert {kind for kind, _title in found("划线与冲眼")} == {"course", "lesson"}
    assert Release.objects.filter(course=course).count() == 1


@pytest.mark.parametrize("reviewed", [False, True])
def test_what_no_release_pins_reaches_the_index_too(reviewed):
    course = released_course(title="锉削与锯削").course
    deliver_pending()
    draft = CoursePage.objects.get(pk=course.pk)
    draft.occupation_code, draft.occupation_level, draft.language = "6-18-04-01", 4, "en"
    draft.audience, draft.slug = "装配钳工学徒", "filing-and-sawing"
    revision = draft.save_revision()
    if reviewed:
        review.publish(CoursePage.objects.get(pk=course.pk), SYSTEM)
    else:
        revision.publish()
    deliver_pending()
    (hit,) = search.search(SearchRequest(query="锉削与锯削", types=("course",))).hits
    assert (hit.language, hit.url) == ("en", CoursePage.objects.get(pk=course.pk).get_url())
    assert hit.facets["occupation"] == ["6-18-04-01"]
    assert hit.facets["level"] == ["4"]
    assert found("钳工学徒", types=("course",))
    assert Release.objects.filter(course=course).count() == 1


def test_a_last_day_that_is_set_later_counts_from_its_hour():
    course = released_course([[text("<p>铰孔余量</p>"), text()]], title="铰孔").course
    deliver_pending()
    draft = CoursePage.objects.get(pk=course.pk)
    draft.expire_at = timezone.now() + timedelta(minutes=5)
    draft.save_revision().publish()
    deliver_pending()
    assert {kind for kind, _title in found("铰孔余量")} == {"course", "lesson"}
    assert {row.expires_at for row in Entry.objects.filter(type__in=("course", "lesson"))} == {
        draft.expire_at
    }


def test_files_of_lessons_are_read_by_a_job_and_not_while_an_event_is_delivered():
    release = released_course(title="带字幕的课")
    name = default_storage.save(
        "captions/words.vtt", ContentFile("WEBVTT\n\n1\n00:00.000 --> 00:02.000\n锁芯拆卸要领\n".encode())
    )
    captions = [{"src": settings.MEDIA_URL + name, "lang": "zh"}]
    ReleaseLesson.objects.create(
        release=release,
        key="film",
        chapter_title="第一章",
        position=9,
        title="锁具维修",
        nominal_ms=0,
        blocks=[
            {"id": "x", "type": "video", "nominal_ms": 0, "value": {"title": "示范", "captions": captions}}
        ],
    )
    deliver_pending()
    assert [title for _kind, title in found("锁具维修", types=("lesson",))] == ["锁具维修"]
    assert not FileText.objects.exists()
    order = Job.objects.get(kind="courses.lesson_words")
    jobs.run(order.id)
    assert [title for _kind, title in found("锁芯拆卸", types=("lesson",))] == ["锁具维修"]
    # Once.
    announce_published(release)
    deliver_pending()
    assert Job.objects.filter(kind="courses.lesson_words").count() == 1


def test_a_lesson_that_a_new_release_has_not_is_gone():
    release = released_course([[text("<p>旧内容氩弧焊</p>")], [text()]], title="焊接")
    deliver_pending()
    lesson = release.lessons.all()[0]
    assert lesson_id(release.course.uuid, lesson.key) in {
        hit.id for hit in search.search(SearchRequest(query="氩弧焊", types=("lesson",))).hits
    }
    LessonPage.objects.filter(key=lesson.key).update(withdrawn=True)
    cut_release(CoursePage.objects.get(pk=release.course.pk), SYSTEM)
    deliver_pending()
    assert not search.search(SearchRequest(query="氩弧焊", types=("lesson",))).hits


def test_questions_are_not_found():
    released_course(
        lambda course: [[text()], [quiz([question(course, stem="锆石坩埚怎样预热？")])]], title="带测验的课"
    )
    deliver_pending()
    assert found("带测验", types=("course",))
    assert not found("锆石坩埚")


def test_courses_are_narrowed_by_occupation_level_hours_provider_mode_and_language():
    home = organisation()
    entitled(home)
    released_course(
        title="低压电工",
        occupation_code="6-31-01-03",
        occupation_level=3,
        language="en",
        provider=home,
        mode="blended",
    )
    released_course(title="网络安全")
    deliver_pending()
    results = search.search(SearchRequest(types=("course",)))
    facets = {facet.name: {value.value: value.label for value in facet.values} for facet in results.facets}
    assert facets["occupation"]["6-31-01-03"].startswith(occupation_names(["6-31-01-03"])["6-31-01-03"])
    assert facets["provider"] == {home.code: home.name}
    assert facets["hours"] == {"0-4": "5 学时以下"}
    assert set(facets["language"]) == {"en", "zh-Hans"}
    with override("en"):
        english = search.search(SearchRequest(types=("course",), facets=("language",))).facets[0]
        assert {value.label for value in english.values} >= {"English"}
    assert found("", types=("course",), filters={"level": ("3",), "mode": ("blended",)}) == [
        ("course", "低压电工")
    ]


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("provider=nowhere", {}),
        ("provider=nowhere&provider=shkd", {"provider": ("shkd",)}),
        ("occupation=叉车司机", {}),
        ("occupation=6-31-01-99", {"occupation": ("6-31-01-99",)}),
        ("language=简体", {}),
        # Tibetan and Zhuang: Django has no name of theirs.
        ("language=bo&language=za", {"language": ("bo", "za")}),
    ],
)
def test_filters_that_nothing_could_ever_pass_are_left_out_with_a_notice(address, kept):
    organisation(code="shkd")
    asked = search.parse_request(QueryDict(address), ("course",))
    assert asked.filters == kept
    assert asked.address() == urlencode([(name, value) for name, values in kept.items() for value in values])
    left = address.count("=") - sum(map(len, kept.values()))
    assert len(asked.notices) == bool(left)


def test_occupations_are_offered_while_typing(client):
    entitled(organisation())
    released_course(title="低压作业", occupation_code="6-31-01-03")
    deliver_pending()
    name = occupation_names(["6-31-01-03"])["6-31-01-03"]
    cache.clear()
    offered = client.get("/search/suggest", {"q": name}).json()["suggestions"]
    assert {"text": f"{name} 6-31-01-03", "url": "/search/?occupation=6-31-01-03", "note": "职业"} in offered


def test_an_occupation_that_the_catalogue_lacks_is_called_as_a_rule_does_or_said_to_have_no_name():
    released_course(title="缝纫入门", occupation_code="6-05-01-03")
    released_course(title="制鞋入门", occupation_code="6-05-03-02")
    rule_version(code="sewing-4", occupation_code="6-05-01-03", occupation_name="缝纫工")
    deliver_pending()

    def shown(**given):
        asked = SearchRequest(types=("course",), facets=("occupation",), **given)
        return {value.value: value.label for value in search.search(asked).facets[0].values}

    nameless = "6-05-03-02（目录未收）"
    assert shown() == {"6-05-01-03": "缝纫工 6-05-01-03", "6-05-03-02": nameless}
    assert found("缝纫工", types=("course",)) == [("course", "缝纫入门")]
    # What is said of it is no word that finds it.
    assert not found("目录未收", types=("course",))
    assert shown(query="入门")["6-05-03-02"] == nameless


# --- organisations, rules, plans -------------------------------------------------------------------------


def test_an_organisation_is_found_as_long_as_it_has_a_page():
    home = OrganisationFactory(name="浦江焊接学院")
    deliver_pending()
    assert not found("浦江焊接学院", types=("organisation",))
    release = released_course(provider=home)
    deliver_pending()
    assert found("浦江焊接", types=("organisation",)) == [("organisation", "浦江焊接学院")]
    release.course.unpublish()
    deliver_pending()
    assert not found("浦江焊接学院", types=("organisation",))
    Brand.objects.create(organisation=home, version=1, made_at=timezone.now(), introduction="焊接与无损检测")
    home.brand_version = 1
    home.save()
    emit("organisation.branded", {"organisation": str(home.uuid)}, key="test-brand")
    deliver_pending()
    assert found("无损检测", types=("organisation",))
    suspend_organisation(home, SYSTEM, "年检未过")
    deliver_pending()
    assert not found("浦江焊接学院", types=("organisation",))


def test_rules_and_programmes_are_found_once_they_are_published():
    home = programme(name="电气自动化技术")
    deliver_pending()
    assert not found("电气自动化", types=("programme", "rule"))
    rule_version(home)
    deliver_pending()
    assert {kind for kind, _title in found("电气自动化", types=("programme", "rule"))} == {
        "programme",
        "rule",
    }
    assert found("电气控制实训", types=("rule",)) == [("rule", "规则 electrician-3")]


def test_who_types_an_occupation_gets_the_course_before_rules_about_it():
    """Both titles begin with the word, and the rule knows the occupation by name as the course does."""
    home = programme(name="现代物流管理")
    entitled(organisation(), code="6-30-05-04", name="叉车司机")
    rule = rule_version(home, occupation_code="6-30-05-04", occupation_name="叉车司机").rule
    rule.title = "叉车司机高级工证书认定物流课程"
    rule.save()
    released_course(title="叉车安全作业", occupation_code="6-30-05-04", occupation_level=3)
    OrganisationFactory(name="叉车协会")
    deliver_pending()
    search.rebuild()
    kinds = [kind for kind, _title in found("叉车")]
    assert kinds[0] == "course"
    assert "rule" in kinds
    # What says all that was typed stands before what says a part of it, whatever it is.
    assert found("叉车司机 证书认定")[0][0] == "rule"


@pytest.mark.parametrize("typed", ["叉车司机", "ccsj", "chachesiji"])
def test_who_types_an_occupation_in_whatever_letters_gets_its_course_first(typed):
    """The rule's title begins with it; the course's does not even have it."""
    home = programme(name="现代物流管理")
    entitled(organisation(), code="6-30-05-04", name="叉车司机")
    rule = rule_version(home, occupation_code="6-30-05-04", occupation_name="叉车司机").rule
    rule.title = "叉车司机（三级）转物流管理学分"
    rule.save()
    released_course(title="场内车辆安全作业", occupation_code="6-30-05-04", occupation_level=3)
    deliver_pending()
    search.rebuild()
    kinds = [kind for kind, _title in found(typed)]
    assert kinds[0] == "course"
    assert "rule" in kinds


def test_an_abbreviation_gets_the_course_before_the_rule():
    home = programme(name="数控技术")
    rule = rule_version(home, occupation_code="6-18-01-01", occupation_name="数控车工").rule
    rule.title = "数控车工（三级）转数控技术学分"
    rule.save()
    released_course(title="数控铣编程入门：读懂 G 代码", occupation_code="6-18-01-02", occupation_level=4)
    deliver_pending()
    search.rebuild()
    kinds = [kind for kind, _title in found("CNC")]
    assert kinds[0] == "course"
    assert "rule" in kinds


def test_plans_are_found_in_force_and_bundles_while_published():
    house = House()
    plan = house.published(house.course(title="职业道德课"))
    deliver_pending()
    assert [kind for kind, _title in found("2026 公需科目计划", types=("plan",))] == ["plan"]
    found_bundle = bundles.begin(
        house.officer, house.authority, 2026, bundles.About("带电作业提升", "给班组的课程")
    )
    bundles.add_course(house.officer, found_bundle, plan.courses.get().code)
    deliver_pending()
    assert not found("带电作业提升", types=("bundle",))
    bundles.publish(house.officer, found_bundle)
    deliver_pending()
    assert found("带电作业", types=("bundle",)) == [("bundle", "带电作业提升")]
    bundles.close(house.officer, found_bundle)
    deliver_pending()
    assert not found("带电作业提升", types=("bundle",))


def test_a_departments_plan_is_found_by_its_sector_its_words_and_its_courses_in_its_last_version():
    house = House()
    department = house.body("住房城乡建设委")
    clerk = member("officer", department)
    course = released_course(kind="specialty", sector="construction_transport", title="深基坑监测")
    words = specialty.Words(
        "住建专业科目培训规划", "construction_transport", "", "面向施工一线", "每季度指导一次"
    )

    def published():
        draft = specialty.begin(clerk, department, 2026, words)
        specialty.set_course(clerk, draft, course.code, date(2026, 1, 1), date(2026, 12, 31))
        return specialty.publish(clerk, draft)

    published()
    deliver_pending()
    for asked in ("住建专业科目 2026", "建设交通 规划", "深基坑监测", "住房城乡建设委"):
        assert ("plan", words.title) in found(asked, types=("plan",)), asked
    last = published()
    deliver_pending()
    (hit,) = search.search(search.SearchRequest(query="深基坑", types=("plan",))).hits
    assert hit.url == reverse("plans:specialty_plan", args=[last.uuid])


def test_a_bundle_is_not_found_by_the_title_of_a_course_that_only_some_may_see():
    house = House()
    plan = house.published(house.course(title="量块研合入门"))
    bundle = bundles.begin(
        house.officer, house.authority, 2026, bundles.About("带电作业提升", "给班组的课程")
    )
    bundles.add_course(house.officer, bundle, plan.courses.get().code)
    bundles.publish(house.officer, bundle)
    deliver_pending()
    by_title = [("bundle", "带电作业提升")]
    assert found("量块研合", types=("bundle",)) == by_title
    page = plan.courses.get().course
    lock = PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)
    deliver_pending()
    assert found("量块研合", types=("bundle",)) == []
    assert found("带电作业", types=("bundle",)) == by_title
    lock.delete()
    deliver_pending()
    assert found("量块研合", types=("bundle",)) == by_title


# --- staff -----------------------------------------------------------------------------------------------


@pytest.fixture
def cast():
    """A learner with a real name of one college, employed at a firm, and everybody who may look or may not."""
    home, other, firm = (OrganisationFactory(name=name) for name in ("甲学院", "乙学院", "丙公司"))
    learner = UserFactory(display_name="小满")
    Identity.objects.create(
        user=learner,
        kind="id_card",
        legal_name="诸葛明月",
        number="11010519491231002X",
        number_hash="test",
        status="verified",
        checked_at=timezone.now(),
    )
    release = released_course(provider=home, title="叉车安全")
    enrolment(learner, release)
    deliver_pending()
    return {
        "learner": learner,
        "home": home,
        "firm": firm,
        "release": release,
        "own": member("teacher", home),
        "assessor": member("assessor", home),
        "other": member("teacher", other),
        "hr": member("hr", firm),
        "officer": member("officer", OrganisationFactory(kind="authority")),
        "platform": UserFactory(is_staff=True, is_superuser=True),
        "visitor": UserFactory(),
    }


WHO = ("own", "assessor", "other", "hr", "officer", "platform", "visitor", "learner")


@pytest.mark.parametrize("who", WHO)
def test_a_learner_is_found_by_those_who_may_look_and_nobody_else(cast, who):
    shown = sees(cast[who], "诸葛明月", "learner").get("learner", [])
    assert bool(shown) == (who in ("own", "officer", "platform"))
    assert all("明月" not in title for title in shown)


@pytest.mark.parametrize("words", ["诸葛", "明月", "诸葛明", "zhugemingyue", "k", "叉车安全", "teacher", ""])
def test_nobody_is_found_by_a_part_of_a_name(cast, words):
    assert not sees(cast["platform"], words, "learner", "certificate")


def test_a_learner_is_found_by_the_whole_number_and_the_name_they_go_by(cast):
    learner = cast["learner"]
    for words in (learner.phone, learner.email, "小满"):
        assert sees(cast["own"], words, "learner"), words
    set_display_name(learner, "小雪")
    deliver_pending()
    assert not sees(cast["own"], "小满", "learner")
    assert sees(cast["own"], "小雪", "learner")


def test_a_look_at_a_person_stands_under_the_person(cast):
    before = AuditRow.objects.filter(action="search.view").count()
    sees(cast["own"], "诸葛明月", "learner")
    sees(cast["other"], "诸葛明月", "learner")
    rows = AuditRow.objects.filter(action="search.view")
    assert rows.count() == before + 1
    assert rows.get().target == cast["learner"].uuid
    assert rows.get().person == cast["own"].uuid
    assert rows.get().role == "teacher"
    # Each under the role that they hold: the audit says of nobody what they are not.
    sees(cast["platform"], "诸葛明月", "learner")
    Membership.objects.filter(user=cast["own"]).update(role="editor")
    sees(cast["own"], "诸葛明月", "learner")
    roles = dict(rows.order_by("pk").values_list("person", "role"))
    assert roles == {cast["own"].uuid: "editor", cast["platform"].uuid: "superuser"}


def test_who_lost_the_role_finds_nothing_whatever_the_index_says(cast):
    Membership.objects.filter(user=cast["own"]).update(until=date(2026, 1, 2))
    assert not sees(cast["own"], "诸葛明月")
    # Nor does an index that was told of a right which is no more.
    assert not list(search_cards(cast["own"], cast["learner"]))


def search_cards(viewer, learner):
    return documents.source("learner").cards(viewer, [str(learner.uuid)])


def test_who_closed_the_account_is_found_by_nobody(cast):
    User.objects.filter(pk=cast["learner"].pk).update(is_active=False, erased_at=timezone.now())
    emit("person.erased", {"person": str(cast["learner"].uuid)}, key="test-erased")
    deliver_pending()
    assert not sees(cast["platform"], "诸葛明月")
    assert not Entry.objects.filter(type="learner", doc_id=str(cast["learner"].uuid), hidden=False).exists()


@pytest.mark.parametrize("who", WHO)
def test_a_certificate_is_found_by_its_number_and_holder_by_the_colleges_staff(cast, who):
    completion = completed(cast["learner"], 100)
    certificate = issue(completion.uuid)
    provider = completion.release.provider
    MembershipFactory(user=cast["own"], organisation=provider, role="teacher")
    deliver_pending()
    for words in (certificate.number, certificate.number.lower().replace("-", ""), "诸葛明月"):
        shown = sees(cast[who], words, "certificate").get("certificate", [])
        assert shown == ([certificate.number] if who in ("own", "platform") else [])
    assert not sees(cast[who], certificate.number[:-1], "certificate")


@pytest.mark.parametrize("who", [*WHO, "editor"])
def test_a_pack_is_found_by_its_own_editors(cast, who):
    cast["editor"] = member("editor", cast["home"])
    row = PackImport.objects.create(
        organisation=cast["home"],
        file_name="cha-che.zip",
        file_hash="x",
        state="done",
        course=cast["release"].course,
    )
    PackImport.objects.create(
        organisation=cast["home"], file_name="叉车草稿.zip", file_hash="y", state="planned"
    )
    emit("pack.imported", {"pack": str(row.uuid)}, key="test-pack")
    deliver_pending()
    assert bool(sees(cast[who], "叉车", "pack")) == (who in ("editor", "platform"))


def test_the_index_holds_nothing_of_a_person_in_clear(cast):
    row = Entry.objects.get(type="learner", doc_id=str(cast["learner"].uuid))
    text = " ".join(
        str(getattr(row, field.attname)) for field in row._meta.concrete_fields if field.name != "tokens"
    )
    for secret in ("诸葛", "明月", "小满", cast["learner"].phone, cast["learner"].email, "1101"):
        assert secret not in text
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM search_tokens WHERE rowid = %s", [row.pk])
            tokens = " ".join(map(str, cursor.fetchone()))
        assert "诸葛" not in tokens
        assert name_key("诸葛明月") in tokens
        assert key("person", str(cast["learner"].uuid)) in tokens


def test_pages_for_everybody_find_nothing_of_staff(cast, client):
    for who in ("own", "platform", "visitor"):
        page = signed_in(cast[who]).get("/search/", {"q": "诸葛明月"})
        assert page.context["results"].total == 0
    assert client.get("/api/v1/search", {"q": "诸葛明月", "type": "learner"}).json()["total"] == 0


def test_the_staffs_page_asks_by_post_and_shows_what_one_may_see(cast):
    own = signed_in(cast["own"], staff=True)
    address = "/admin/find/"
    assert mask_name("诸葛明月") not in own.get(address, {"q": "诸葛明月"}).content.decode()
    page = own.post(address, {"q": "诸葛明月"}).content.decode()
    assert mask_name("诸葛明月") in page
    assert "明月" not in page.replace('value="诸葛明月"', "")
    assert "甲学院的学员" in page
    assert "叉车安全" in page
    assert (
        "没有找到" in signed_in(cast["other"], staff=True).post(address, {"q": "诸葛明月"}).content.decode()
    )
    everybody = signed_in(cast["other"], staff=True).post(address, {"q": "叉车"}).content.decode()
    assert "<mark>叉车</mark>安全" in everybody
    more = own.post(address, {"q": "叉车", "type": "course", "page": "99"})
    assert more.status_code == 200
    assert signed_in(cast["visitor"]).post(address, {"q": "x"}).status_code in (302, 403)


def test_the_audiences_of_staff(cast):
    assert audience_of(cast["own"]) == ("public", f"org:{cast['home'].uuid}:teacher", "role:teacher")
    assert audience_of(cast["platform"]) == ("public", "platform")
    assert audience_of(cast["visitor"]) == ("public",)


def test_indexing_asks_no_more_for_more():
    home = organisation()
    for number in range(6):
        item = released_course(provider=home)
        enrolment(UserFactory(), item)
        if number == 0:
            # What a process asks once (the site's root, kinds of content) is asked.
            for one in (*PUBLIC_TYPES, *STAFF_TYPES):
                _queries(documents.source(one))
        if number == 1:
            few = {one: _queries(documents.source(one)) for one in (*PUBLIC_TYPES, *STAFF_TYPES)}
    assert {one: _queries(documents.source(one)) for one in few} == few


def _queries(source):
    from django.db import connection

    with CaptureQueriesContext(connection) as asked:
        list(source.documents())
    return len(asked)


# --- for whom --------------------------------------------------------------------------------------------


def test_who_lacks_hours_of_a_kind_and_works_in_an_occupation_finds_what_fits_first(clock):
    person = UserFactory()
    fits = released_course(
        title="安全作业甲", kind="specialty", sector="industry", occupation_code="6-31-01-03"
    )
    other = released_course(title="安全作业乙", kind="vocational")
    enrolment(person, released_course(title="入门", occupation_code="6-31-01-03"))
    deliver_pending()
    cache.clear()
    known = viewer(person)
    assert known.occupations == ("6-31-01-03",)
    assert known.lacking["specialty"] > 0
    results = signed_in(person).get("/search/", {"q": "安全作业", "type": "course"}).context["results"]
    assert [hit.title for hit in results.hits] == [fits.title, other.title]
    assert {reason.code for reason in results.hits[0].reasons} >= {"occupation", "lacking"}
    assert not {reason.code for reason in results.hits[1].reasons} & {"occupation", "lacking"}


def test_what_is_of_the_employers_sector_comes_first_and_says_why():
    worker, former, other = UserFactory(), UserFactory(), UserFactory()
    _standing, ended = Firm(sector="industry").employ(worker, former)
    end_own(former, ended)
    Firm().employ(other)
    fits = released_course(title="设备点检甲", kind="specialty", sector="industry")
    newer = released_course(title="设备点检乙", kind="specialty", sector="trade")
    deliver_pending()
    cache.clear()
    assert viewer(worker).sectors == ("industry",)
    assert viewer(former).sectors == viewer(other).sectors == ()

    def seen(person):
        return signed_in(person).get("/search/", {"q": "设备点检", "type": "course"})

    page = seen(worker)
    hits = page.context["results"].hits
    assert [hit.title for hit in hits] == [fits.title, newer.title]
    assert "sector" in {reason.code for reason in hits[0].reasons}
    assert "sector" not in {reason.code for reason in hits[1].reasons}
    assert page.content.decode().count("与你单位的行业相符") == 1
    for person in (former, other):
        page = seen(person)
        assert [hit.title for hit in page.context["results"].hits] == [newer.title, fits.title]
        assert "与你单位的行业相符" not in page.content.decode()


def test_how_a_course_is_taken_reaches_the_index_by_night_and_only_when_it_may_be_told():
    release = released_course(title="验电步骤")
    deliver_pending()
    for _number in range(4):
        enrolment(release=release)
    reckon(release.course)
    deliver_pending()

    def told():
        (hit,) = search.search(SearchRequest(query="验电步骤", types=("course",))).hits
        return hit.extra.get("signals", {})

    assert told() == {}
    for _number in range(3):
        enrolment(release=release)
    reckon(release.course)
    assert told() == {}
    deliver_pending()
    assert told() == {"learners": 5.0, "completion": 0.0}


def test_programmes_are_found_once_their_plan_is_public_and_until_they_end_without_a_class(clock):
    city = City()
    found_one = city.approved(audience="从事增材制造的高级工程师")
    deliver_pending()
    assert not found("增材制造", types=("project",))
    programmes.publish_plan(city.officer, city.call, "2026 年度高级研修项目计划", "测〔9〕号")
    deliver_pending()
    assert found("增材制造", types=("project",)) == [("project", found_one.title)]
    assert found("青溪技师学院", types=("project",)) == [("project", found_one.title)]
    announced = city.enrolling(fresh(found_one))
    person = city.applied(announced, employer="只有承办单位看得到的单位").person
    deliver_pending()
    assert not found("只有承办单位看得到的单位", types=("project",))
    assert person.display_name not in str(found("增材制造", types=("project",)))
    city.by(city.officer, announced.case, "cancel", reason="报名不足")
    deliver_pending()
    assert not found("增材制造", types=("project",))


def test_a_lesson_found_by_its_courses_code_says_so():
    course = released_course(title="叉车保养", code="CHA-2026-07").course
    deliver_pending()
    results = search.search(SearchRequest(query=course.code, types=("lesson",)))
    hit = results.hits[0]
    assert hit.extra["code"] == course.code
    assert [reason.text for reason in hit.reasons if "编号" in reason.text]
    assert not [reason.text for reason in hit.reasons if "字幕" in reason.text]


def test_rules_and_lessons_are_narrowed_by_occupation_and_level():
    home = programme(name="现代物流管理")
    rule_version(home, occupation_code="6-30-05-04", occupation_name="叉车司机", level=3)
    released_course(title="叉车保养", occupation_code="6-30-05-04", occupation_level=3)
    released_course(title="电路识图", occupation_code="6-31-01-03", occupation_level=5)
    deliver_pending()
    for kind in ("rule", "lesson", "course"):
        mine = found("", types=(kind,), filters={"occupation": ("6-30-05-04",), "level": ("3",)})
        assert len(mine) == (2 if kind == "lesson" else 1), kind
        assert found("", types=(kind,), filters={"occupation": ("6-30-05-04",), "level": ("5",)}) == []
    everything = search.search(SearchRequest(query="", filters={"occupation": ("6-30-05-04",)}))
    assert {hit.type for hit in everything.hits} == {"rule", "lesson", "course"}


def test_a_piece_of_a_courses_text_begins_with_what_is_said_of_it():
    page = released_course(title="液压", year=2026, audience="维修班组").course
    page.description = "<p>排屑器的清理与保养。</p>"
    page.save()
    (document,) = CourseSource().documents([str(page.uuid)])
    assert document.body.startswith("排屑器的清理与保养。")
    assert document.body.endswith("维修班组 2026")


def test_the_api_names_every_kind_that_everybody_finds(client):
    schema = client.get("/api/v1/openapi.json").json()
    parameters = schema["paths"]["/api/v1/search"]["get"]["parameters"]
    (told,) = [one["description"] for one in parameters if one["name"] == "type"]
    assert {kind for kind in documents.public_types() if kind not in told} == set()
