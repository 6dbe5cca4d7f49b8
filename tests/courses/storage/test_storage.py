"""What organisations store is counted, and more than the limit does not come in: nothing is left behind then."""

import io
import zipfile
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Sum
from django.urls import reverse

from courses.h5p.api import install_package
from courses.h5p.files import store
from courses.media import captions, pictures
from courses.models import (
    CourseDocument,
    CourseImage,
    CoursePage,
    CourseVideo,
    H5PContent,
    H5PFormerVersion,
    PackImport,
    StorageHold,
    StorageLimit,
    StoredItem,
    Upload,
)
from courses.packs.planning import confirm_import, plan_import
from courses.packs.services import import_pack, run_import
from courses.storage import filling, queries, services
from lms.accounts.api import Role, require_role, staff_group
from lms.lib.actor import Actor
from lms.lib.audit.models import AuditRow
from lms.lib.clock import now, today
from lms.lib.errors import Invalid, NotAllowed, Refusal
from tests.courses.activities.making import simple
from tests.courses.packs import making
from tests.courses.packs.foreign.reading import zipped
from tests.courses.packs.test_plans import DETAILS, PAGES
from tests.courses.packs.uploads.speaking import Tus
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.factories.courses import course_page, released_course, text

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")
KB = 1024


def bring(college, path, **more):
    return import_pack(path, organisation=college, actor=SYSTEM, **more)


@pytest.fixture
def pack(tmp_path):
    return making.written(tmp_path / "a.zip")


def files_under(settings):
    return (
        sum(path.is_file() for path in settings.MEDIA_ROOT.rglob("*")) if settings.MEDIA_ROOT.exists() else 0
    )


# -- counting ----------------------------------------------------------------------------------------------


def test_an_import_is_counted_to_the_byte(college, pack, settings):
    assert bring(college, pack).ok
    kinds = dict(
        StoredItem.objects.filter(organisation=college).values_list("kind").annotate(sum=Sum("bytes"))
    )
    assert {"image", "document", "video", "caption", "h5p"} <= set(kinds)
    media = [path.stat().st_size for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]
    shown = sum(size for kind, size in kinds.items() if kind not in ("h5p", "library"))
    # Nothing else stands among the media (the pictures' sizes are made by a job); the cover is the film's poster, too, and
    # counts with both.
    assert shown == sum(media) + len(making.png())
    content = H5PContent.objects.get()
    on_disk = settings.H5P_ROOT / "contents" / str(content.uuid)
    assert kinds["h5p"] == sum(path.stat().st_size for path in on_disk.rglob("*") if path.is_file())
    assert not StorageHold.objects.exists()


def test_the_same_pack_again_costs_nothing(college, pack):
    bring(college, pack)
    before = queries.used_by(college)
    assert bring(college, pack).state == "unchanged"
    assert queries.used_by(college) == before


def test_a_kept_original_and_made_sizes_count(college, tmp_path):
    foreign = tmp_path / "web.zip"
    foreign.write_bytes(zipped(PAGES | {"x.png": making.png(600, 400)}))
    details = {
        **{key: DETAILS[key] for key in ("code", "kind", "title", "language", "summary", "licence", "mode")},
        "year": 2026,
        "centihours": 5,
        "authors": ["测试学院"],
        "rule": {"min_coverage_percent": 90, "quizzes": "none"},
    }
    assert bring(college, foreign, details=details, publish=False).ok, PackImport.objects.get().report[
        "problems"
    ]
    assert StoredItem.objects.get(kind="source").bytes == foreign.stat().st_size
    image = CourseImage.objects.get()
    pictures.make(image)
    sizes = StoredItem.objects.get(kind="sizes")
    assert sizes.organisation == college
    assert sizes.bytes == sum(row.file.size for row in image.renditions.all())
    image.delete()
    assert not StoredItem.objects.filter(kind__in=["image", "sizes"]).exists()


def test_a_former_version_of_an_exercise_counts_as_such(college, editor):
    content = install_package(making_h5p(), actor=SYSTEM, organisation=college)
    H5PFormerVersion.objects.create(content=content, uuid=content.uuid, main_library=content.main_library)
    assert StoredItem.objects.get(key=f"h5p:{content.uuid}").kind == "former"
    found = queries.freeable(college)
    assert [item.name for item in found.former] == [content.title]


def making_h5p(word="北京"):
    return io.BytesIO(making.h5p(word))


@pytest.fixture
def former(college):
    """A content of the college, and a version it had before."""
    content = install_package(making_h5p(), actor=SYSTEM, organisation=college)
    was = install_package(making_h5p("天津"), actor=SYSTEM, organisation=college)
    # As an upgrade leaves it: files of its own, and a row beside the content's.
    H5PContent.objects.filter(pk=was.pk).delete()
    return H5PFormerVersion.objects.create(content=content, uuid=was.uuid, main_library=content.main_library)


def test_a_former_version_that_no_release_plays_can_go(
    client, college, editor, former, django_capture_on_commit_callbacks
):
    shown = reverse("courses_storage_one", args=["shkd"])
    where = reverse("courses_storage_drop_former", args=["shkd", former.uuid])
    assert where in client.get(shown).content.decode()
    client.post(where, {"reason": "不"})
    assert H5PFormerVersion.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(where, {"reason": "没有人再用"}, follow=True)
    assert "旧版本已删去" in answer.content.decode()
    assert not H5PFormerVersion.objects.exists()
    assert not StoredItem.objects.filter(key=f"h5p:{former.uuid}").exists()
    assert str(former.uuid) not in store().content_ids()
    assert str(former.content.uuid) in store().content_ids()
    assert AuditRow.objects.get(action="h5p.drop_former").reason == "没有人再用"
    assert client.post(where, {"reason": "没有人再用"}).status_code == 404


def test_one_that_a_release_plays_says_by_which(client, college, editor):
    content = install_package(making_h5p("天津"), actor=SYSTEM, organisation=college)
    exercise = ("h5p", {"content": content, "title": "练", "minutes": 3})
    released_course([[text(), exercise]], provider=college, title="登高作业")
    newer = install_package(making_h5p(), actor=SYSTEM, organisation=college)
    H5PContent.objects.filter(pk=newer.pk).delete()
    former = H5PFormerVersion.objects.create(content=content, uuid=content.uuid, main_library="x")
    H5PContent.objects.filter(pk=content.pk).update(uuid=newer.uuid)
    where = reverse("courses_storage_drop_former", args=["shkd", former.uuid])
    page = client.post(where, {"reason": "没有人再用"}, follow=True).content.decode()
    assert "还有人要用" in page
    assert "《登高作业》第 1 次发布" in page
    assert H5PFormerVersion.objects.exists()
    assert str(former.uuid) in store().content_ids()


@pytest.mark.parametrize(("role", "status"), [("admin", 302), ("approver", 403), ("hr", 403)])
def test_who_may_delete_one(client, college, former, role, status):
    person = member(role, college)
    person.groups.add(staff_group())
    client.force_login(person)
    where = reverse("courses_storage_drop_former", args=["shkd", former.uuid])
    assert client.post(where, {"reason": "没有人再用"}).status_code == status
    assert H5PFormerVersion.objects.exists() == (status != 302)
    stranger = member("editor", OrganisationFactory())
    stranger.groups.add(staff_group())
    client.force_login(stranger)
    assert client.post(where, {"reason": "没有人再用"}).status_code in (403, 404)


# -- what was there before there was a count ---------------------------------------------------------------


class Ctx:
    args: dict = {}
    actor = SYSTEM

    def progress(self, *args):
        pass

    def check_cancelled(self):
        pass


def test_a_film_whose_file_is_replaced_counts_with_both(college):
    """Releases pinned the one before: it stays, and replacing is no way round the limit."""
    film = CourseVideo(title="片", duration_ms=1000, organisation=college)
    film.file.save("a.mp4", ContentFile(b"x" * 300))
    film.file.save("b.mp4", ContentFile(b"x" * 200))
    film.title = "改名"
    film.save()
    assert queries.used_by(college) == 500
    actor = Actor.system("test")
    captions.set_caption(film, "zh-Hans", b"x" * 20, actor)
    captions.set_caption(film, "zh-Hans", b"x" * 30, actor)
    assert queries.used_by(college) == 550


def test_a_documents_file_leaves_the_sizes_of_pictures_alone(college):
    """Both are known by numbers, which may be the same."""
    for key, kind in (("image:7", "image"), ("sizes:7", "sizes")):
        StoredItem.objects.create(organisation=college, kind=kind, key=key, bytes=40)
    document = CourseDocument(pk=7, title="文", file_size=5)
    document.storage_hold = "form:x"
    document.save()
    assert set(StoredItem.objects.values_list("key", flat=True)) == {"image:7", "sizes:7", "document:7"}


def test_an_import_killed_after_its_commit_gives_its_promise_back(college, pack):
    report = bring(college, pack)
    row = PackImport.objects.get(state="done")
    used = queries.used_by(college)
    services.hold(college, f"import:{row.uuid}", 500)
    again = run_import(SimpleNamespace(args={"import": str(row.uuid)}, actor=SYSTEM))
    assert again.course == report.course
    assert queries.used_by(college) == used


def test_what_was_never_counted_is_counted_for_its_owner(college, pack):
    bring(college, pack)
    counted = set(StoredItem.objects.values_list("key", "organisation", "bytes", "kind"))
    other = OrganisationFactory()
    theirs = CourseImage.objects.create(
        title="照片",
        file=SimpleUploadedFile("x.png", making.png()),
        uploaded_by_user=member("teacher", other),
    )
    StoredItem.objects.all().delete()
    filling.fill(Ctx())
    assert counted <= set(StoredItem.objects.values_list("key", "organisation", "bytes", "kind"))
    assert StoredItem.objects.get(key=f"image:{theirs.pk}").organisation == other
    before = StoredItem.objects.count()
    made = filling.fill(Ctx())
    assert (set(made.values()), StoredItem.objects.count()) == ({0}, before)


def test_a_job_that_was_stopped_goes_on(college, pack, monkeypatch):
    bring(college, pack)
    whole = StoredItem.objects.count()
    StoredItem.objects.all().delete()
    monkeypatch.setattr(filling, "BATCH", 1)

    class Stops(Ctx):
        left = 2

        def check_cancelled(self):
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        filling.fill(Stops())
    assert 0 < StoredItem.objects.count() < whole
    filling.fill(Ctx())
    assert StoredItem.objects.count() == whole


# -- refusing ----------------------------------------------------------------------------------------------


def test_a_pack_that_does_not_fit_leaves_nothing(college, pack, limited, settings):
    limited(college, 1 * KB)
    report = bring(college, pack)
    assert report.state == "refused"
    said = report.problems[0].message
    assert "存储空间不够" in said
    assert "1.0" in said
    assert "平台管理员" in said
    assert not CoursePage.objects.exists()
    assert not H5PContent.objects.exists()
    assert files_under(settings) == 0
    assert not StorageHold.objects.exists()
    assert queries.used_by(college) == 0


def test_an_upload_is_refused_before_its_first_byte(client, college, editor, limited):
    limited(college, 10 * KB)
    tus = Tus(client, college)
    answer = tus.create(size=11 * KB)
    assert answer.status_code == 413
    assert answer.json()["code"] == "storage_full"
    assert answer.json()["details"] == {"need": 11 * KB, "left": 10 * KB, "limit": 10 * KB}
    assert not Upload.objects.exists()
    assert tus.create(size=6 * KB).status_code == 201
    # What was announced is taken, though no byte has come.
    assert tus.create(size=6 * KB).status_code == 413


def test_a_file_sent_at_once_is_refused_too(client, college, editor, limited, settings):
    limited(college, 1 * KB)
    made = making.pack().getvalue()
    page = client.post(
        reverse("courses_pack_new"),
        {"organisation": college.pk, "file": SimpleUploadedFile("a.zip", made)},
    )
    assert page.status_code == 422
    assert "存储空间不够" in page.content.decode()
    assert not list((settings.HOME / "packs").glob("*.zip"))
    assert not StorageHold.objects.exists()


def test_a_plan_says_what_it_needs_and_a_yes_without_room_is_a_conflict(
    client, college, editor, limited, django_capture_on_commit_callbacks
):
    actor = require_role(editor, Role.EDITOR, organisation=college)
    with django_capture_on_commit_callbacks(execute=True):
        row = plan_import(making.pack(), name="a.zip", organisation=college, actor=actor)
    row.refresh_from_db()
    assert row.report["needs"] > 0
    assert row.report["room"] > row.report["needs"]
    page = client.get(reverse("courses_pack_import", args=[row.uuid])).content.decode()
    assert "需要的存储空间" in page
    assert "空间不够" not in page
    # An import that frees more than it takes is welcome however full it is: this one does not.
    PackImport.objects.filter(pk=row.pk).update(bytes=10)
    limited(college, 100)
    assert "空间不够" in client.get(reverse("courses_pack_import", args=[row.uuid])).content.decode()
    with pytest.raises(Refusal) as caught:
        confirm_import(row, actor, publish=True)
    assert (caught.value.status, caught.value.code) == (409, "storage_full")
    row.refresh_from_db()
    assert row.state == "planned"
    StorageLimit.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        confirm_import(row, actor, publish=True)
    row.refresh_from_db()
    assert row.state == "done"


def exercises():
    """A pack of an exercise and a foreign package, each far larger unpacked than in it."""
    data = making.manifest()
    data["chapters"][0]["lessons"][0]["blocks"].append(
        {"type": "package", "file": "packages/a.zip", "part": "i1", "title": "课件", "minutes": 5}
    )
    words = "先断电，再救人。" * 3000
    members = {
        "h5p/x.h5p": making.h5p(words[:1500]),
        "packages/a.zip": simple(**{"more.html": f"<p>{words}</p>"}),
    }
    return making.pack(data, making.files() | members)


def repacked(pack, how):
    """The same members, packed otherwise."""
    made = io.BytesIO()
    with zipfile.ZipFile(pack) as old, zipfile.ZipFile(made, "w", how) as new:
        for info in old.infolist():
            new.writestr(info.filename, old.read(info))
    made.seek(0)
    return made


@pytest.mark.parametrize("how", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED], ids=["stored", "deflated"])
def test_a_plan_takes_what_its_job_takes_to_the_byte(
    college, editor, limited, django_capture_on_commit_callbacks, how
):
    actor = require_role(editor, Role.EDITOR, organisation=college)
    with django_capture_on_commit_callbacks(execute=True):
        row = plan_import(repacked(exercises(), how), name="a.zip", organisation=college, actor=actor)
    row.refresh_from_db()
    needs = row.report["needs"]
    # More than the packages themselves are, by what is in them.
    assert needs > 70 * KB
    short = limited(college, needs - 1)
    with pytest.raises(Refusal) as caught:
        confirm_import(row, actor, publish=True)
    assert caught.value.status == 409
    short.delete()
    limited(college, needs)
    with django_capture_on_commit_callbacks(execute=True):
        confirm_import(row, actor, publish=True)
    row.refresh_from_db()
    assert row.state == "done", row.report["problems"]
    assert not StorageHold.objects.exists()


def test_the_waiting_pack_makes_room_for_what_is_in_it(college, limited, editor):
    """A native pack's file goes when its content is there: twice its size is not asked for."""
    actor = require_role(editor, Role.EDITOR, organisation=college)
    row = plan_import(making.pack(), name="a.zip", organisation=college, actor=actor)
    assert queries.used_by(college) == row.bytes
    key, more = "import:x", row.bytes + 5
    limited(college, more)
    services.hold(college, key, more, instead_of=row.bytes)
    assert queries.used_by(college) == more


def test_wagtails_forms_ask_for_room(client, college, editor, limited):
    limited(college, 200)
    big = SimpleUploadedFile("a.png", making.png(300, 300) + bytes(300), "image/png")
    page = client.post(
        "/admin/images/multiple/add/",
        {"title": "图", "files[]": big},
        headers={"X-Requested-With": "XMLHttpRequest"},
    )
    assert "存储空间不够" in page.json()["error_message"]
    page = client.post(
        "/admin/documents/multiple/add/",
        {"title": "文", "files[]": SimpleUploadedFile("a.txt", b"x" * 300)},
        headers={"X-Requested-With": "XMLHttpRequest"},
    )
    assert "存储空间不够" in page.json()["error_message"]
    assert not CourseImage.objects.exists()
    assert not CourseDocument.objects.exists()
    small = client.post(
        "/admin/documents/multiple/add/",
        {"title": "文", "files[]": SimpleUploadedFile("a.txt", b"x" * 100)},
        headers={"X-Requested-With": "XMLHttpRequest"},
    )
    assert small.json()["success"], small.json()
    item = StoredItem.objects.get()
    assert (item.organisation, item.bytes, item.kind) == (college, 100, "document")
    assert not StorageHold.objects.exists()


def test_a_film_is_refused_by_its_form(client, college, editor, limited):
    limited(college, 10)
    page = client.post(
        "/admin/snippets/courses/coursevideo/add/",
        {
            "title": "片",
            "transcript": "",
            "marks": "",
            "offline": "licence",
            "organisation": college.pk,
            "file": SimpleUploadedFile("a.mp4", making.mp4()),
        },
    )
    assert page.status_code == 200
    assert "存储空间不够" in page.content.decode()
    assert default_storage.exists("videos") is False or not any(default_storage.listdir("videos"))


def test_an_exercise_is_refused_before_it_is_installed(college, limited, settings):
    limited(college, 100)
    with pytest.raises(Refusal) as caught:
        install_package(making_h5p(), actor=SYSTEM, organisation=college)
    assert caught.value.code == "storage_full"
    assert not H5PContent.objects.exists()
    assert not list((settings.H5P_ROOT / "contents").glob("*"))


def test_a_promise_nobody_took_back_ends_by_itself(college, limited):
    limited(college, 100)
    services.hold(college, "form:1", 100, lasting=timedelta(seconds=-1))
    services.hold(college, "form:2", 100)
    assert list(StorageHold.objects.values_list("key", flat=True)) == ["form:2"]


# -- limits ------------------------------------------------------------------------------------------------


def test_a_limit_is_the_platforms_to_set_from_a_day_on(college, settings):
    root = UserFactory(is_superuser=True)
    assert queries.limit_of(college) == settings.STORAGE_LIMIT_BYTES
    services.set_limit(root, college, bytes=5 * KB, since=today(), reason="按合同约定")
    services.set_limit(root, college, bytes=9 * KB, since=today() + timedelta(days=1), reason="明年扩容")
    assert queries.limit_of(college) == 5 * KB
    assert queries.limit_of(college, today() + timedelta(days=1)) == 9 * KB
    row = AuditRow.objects.filter(action="storage.limit").first()
    assert (row.reason, row.person, row.data["bytes"]) == ("按合同约定", root.uuid, 5 * KB)


@pytest.mark.parametrize("changes", [{"reason": "短"}, {"since": timedelta(days=-1)}, {"bytes": -1}])
def test_a_limit_without_reason_or_for_yesterday_is_refused(college, changes):
    asked = {"bytes": KB, "since": timedelta(), "reason": "按合同约定"} | changes
    asked["since"] = today() + asked["since"]
    with pytest.raises(Invalid):
        services.set_limit(UserFactory(is_superuser=True), college, **asked)
    assert not StorageLimit.objects.exists()


@pytest.mark.parametrize("role", ["admin", "editor", "officer"])
def test_nobody_of_an_organisation_sets_limits(client, college, role):
    organisation = college if role != "officer" else OrganisationFactory(kind="authority")
    user = member(role, organisation)
    with pytest.raises(NotAllowed):
        services.set_limit(user, college, bytes=KB, since=today(), reason="我想要更多")


# -- the pages ---------------------------------------------------------------------------------------------


def as_staff(client, user):
    from lms.accounts.api import staff_group

    user.groups.add(staff_group())
    client.force_login(user)


def test_the_page_shows_what_is_used_and_what_could_go(client, college, editor, pack):
    bring(college, pack)
    assert client.get(reverse("courses_storage")).status_code == 302
    page = client.get(reverse("courses_storage_one", args=["shkd"])).content.decode()
    for words in ("H5P 练习", "用的是平台的默认上限", "最大的内容", "短片"):
        assert words in page
    assert "设定上限" not in page


def test_another_organisations_page_does_not_exist(client, college, editor):
    other = OrganisationFactory()
    assert client.get(reverse("courses_storage_one", args=[other.code])).status_code == 404
    assert client.post(reverse("courses_storage_limit", args=[college.code])).status_code == 403


@pytest.mark.parametrize(("role", "status"), [("admin", 200), ("editor", 200), ("teacher", 403), ("hr", 403)])
def test_who_sees_the_page(client, college, role, status):
    as_staff(client, member(role, college))
    assert client.get(reverse("courses_storage_one", args=["shkd"])).status_code == status


def test_the_platforms_administrator_sets_a_limit_by_form(client, college, pack):
    bring(college, pack)
    as_staff(client, UserFactory(is_superuser=True, is_staff=True))
    assert college.name in client.get(reverse("courses_storage")).content.decode()
    where = reverse("courses_storage_limit", args=["shkd"])
    bad = client.post(where, {"gigabytes": "3", "since": today().isoformat(), "reason": "短"})
    assert bad.status_code == 422
    assert "理由" in bad.content.decode()
    good = client.post(where, {"gigabytes": "3", "since": today().isoformat(), "reason": "按合同约定"})
    assert good.status_code == 302
    assert queries.limit_of(college) == 3 * 1024**3


def test_the_list_asks_as_many_questions_however_long_it_is(client, college, django_assert_num_queries):
    def ask():
        with django_assert_num_queries(6):
            queries.rooms_of(queries.organisations_of(root))

    root = UserFactory(is_superuser=True)
    StoredItem.objects.create(organisation=college, kind="image", key="image:1", bytes=1)
    with django_assert_num_queries(6):
        queries.rooms_of(queries.organisations_of(root))
    for number in range(5):
        StoredItem.objects.create(
            organisation=OrganisationFactory(), kind="image", key=f"image:x{number}", bytes=1
        )
    ask()


def test_the_original_of_an_archived_course_can_go(client, college, editor, tmp_path, settings):
    page = course_page(provider=college)
    row = PackImport.objects.create(
        organisation=college, file_name="旧课.imscc", file_hash="0" * 64, state="done", course=page
    )
    from django.core.files.base import ContentFile

    from lms.lib.private import private_storage

    row.original = private_storage().save(f"packs/{row.uuid}", ContentFile(b"x" * 50))
    row.save()
    services.note(row, college)
    where = reverse("courses_storage_drop_source", args=["shkd", row.uuid])
    assert client.post(where, {"reason": "已经下架"}).status_code == 404  # it is live
    CoursePage.objects.filter(pk=page.pk).update(live=False, first_published_at=now())
    assert "旧课.imscc" in client.get(reverse("courses_storage_one", args=["shkd"])).content.decode()
    assert client.post(where, {"reason": ""}).status_code == 302
    row.refresh_from_db()
    assert row.original


# -- telling -----------------------------------------------------------------------------------------------


def test_the_administrators_are_told_once_for_each_threshold(
    college, limited, mailoutbox, django_capture_on_commit_callbacks
):
    chief = member("admin", college)
    member("editor", college)
    limited(college, 1000)
    item = StoredItem.objects.create(organisation=college, kind="image", key="image:1", bytes=790)

    def told():
        mailoutbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            services.warn()
        return [(mail.to, mail.subject) for mail in mailoutbox]

    def grows(bytes):
        StoredItem.objects.filter(pk=item.pk).update(bytes=bytes)
        return told()

    assert told() == []
    assert grows(800) == [([chief.email], "申江开放大学的存储空间已用 80%")]
    assert grows(940) == []
    assert grows(950) == [([chief.email], "申江开放大学的存储空间已用 95%")]
    assert grows(500) == []
    assert len(grows(810)) == 1
