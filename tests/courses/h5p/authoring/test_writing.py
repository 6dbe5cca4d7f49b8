"""From a new exercise to a content, from a content to its next version, against the service itself; and who may."""

import uuid

import pytest
from django.db import connection
from django.db.models.signals import post_save
from django.urls import reverse

from courses.h5p.authoring import queries, services
from courses.h5p.authoring.models import H5PDraft
from courses.h5p.authoring.packages import plain, types_on
from courses.h5p.authoring.service import Unavailable, trouble
from courses.h5p.client import LibraryName, parse_library_manifest
from courses.h5p.files import store
from courses.h5p.models import H5PContent, H5PFormerVersion
from lms.accounts.api import staff_group
from lms.lib.audit.models import AuditRow
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.courses.h5p.authoring.conftest import SECRET
from tests.factories.accounts import OrganisationFactory, member

pytestmark = [pytest.mark.django_db, pytest.mark.long]

TYPE = LibraryName("H5P.RtTrueFalse", 1, 0)
EXERCISE = {"statements": [{"statement": "进入现场要戴安全帽。", "correct": True}]}


def written(authoring, draft, params, title="安全帽"):
    """What a person's browser does with the frame, less the frame."""
    client = authoring.client()
    saved = client.content(draft.service_id)
    client.save(draft.service_id, saved.library, params, saved.metadata | {"title": title})


def new_content(authoring, editor, college, params=EXERCISE):
    draft = services.begin(editor, college, TYPE, "安全帽")
    written(authoring, draft, params)
    return services.finish(editor, draft)


def test_a_new_exercise_becomes_a_content_with_our_own_libraries(authoring, editor, college):
    draft = services.begin(editor, college, TYPE, " 安全帽 ")
    written(authoring, draft, EXERCISE, "安全帽怎么戴")
    content = services.finish(editor, draft)
    assert (content.title, content.organisation) == ("安全帽怎么戴", college)
    assert store().params(str(content.uuid))["statements"] == EXERCISE["statements"]
    assert store().manifest(str(content.uuid)).default_language == "zh-CN"
    # Byte for byte the platform's, not what the service wrote.
    ours = store().library_file(TYPE.folder, "library.json")
    assert b'"Apache-2.0"' in ours.read_bytes()
    assert not H5PDraft.objects.exists()
    assert not (authoring.folder / "organisations/shkd/contents" / draft.service_id).exists()
    actions = list(AuditRow.objects.order_by("id").values_list("action", "person"))
    assert actions == [(name, editor.uuid) for name in ("h5p.draft", "h5p.install", "h5p.finish")]


def test_an_edited_content_keeps_its_row_and_its_former_version(authoring, editor, college):
    content = new_content(authoring, editor, college)
    before = content.uuid
    draft = services.edit(editor, content)
    assert services.edit(editor, content) == draft
    written(authoring, draft, EXERCISE | {"introduction": "请判断。"}, "安全帽（二）")
    after = services.finish(editor, draft)
    assert after.pk == content.pk
    assert after.uuid != before
    assert H5PContent.objects.get().title == "安全帽（二）"
    assert H5PFormerVersion.objects.get().uuid == before
    assert "introduction" not in store().params(str(before))
    assert store().params(str(after.uuid))["introduction"] == "请判断。"


def test_saved_as_it_was_is_no_version(authoring, editor, college):
    content = new_content(authoring, editor, college)
    draft = services.edit(editor, content)
    assert services.finish(editor, draft).uuid == content.uuid
    assert not H5PFormerVersion.objects.exists()
    assert store().content_ids() == [str(content.uuid)]


def test_an_exercise_changed_meanwhile_is_not_overwritten(
    authoring, editor, college, django_capture_on_commit_callbacks
):
    content = new_content(authoring, editor, college)
    draft = services.edit(editor, content)
    written(authoring, draft, EXERCISE | {"introduction": "请判断。"})
    H5PContent.objects.update(uuid=uuid.uuid4())
    files = store().content_ids()
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(Conflict):
        services.finish(editor, draft)
    assert store().content_ids() == files
    assert H5PContent.objects.count() == 1
    assert H5PDraft.objects.filter(pk=draft.pk).exists()


@pytest.mark.parametrize(
    "params", [{}, {"statements": []}, {"statements": [{"statement": "没有答案"}]}, {"x": 1}]
)
def test_what_can_not_be_answered_stays_a_draft(authoring, editor, college, params):
    draft = services.begin(editor, college, TYPE, "半份")
    written(authoring, draft, params)
    if params.get("statements"):
        # H5P leaves a box that is not ticked out.
        services.finish(editor, draft)
        return
    with pytest.raises(Invalid) as refused:
        services.finish(editor, draft)
    assert refused.value.details["reasons"] == ["还没有写题目。"]
    assert not H5PContent.objects.exists()
    services.discard(editor, draft)
    with pytest.raises(NotFound):
        services.finish(editor, draft) if H5PDraft.objects.exists() else services.discard(editor, draft)


def test_one_finish_is_enough(authoring, editor, college):
    draft = services.begin(editor, college, TYPE, "一次")
    written(authoring, draft, EXERCISE)
    services.finish(editor, draft)
    with pytest.raises((NotFound, Conflict)):
        services.finish(editor, draft)
    assert H5PContent.objects.count() == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_files_are_written_before_the_transaction_and_taken_back_after_it(authoring, editor, college):
    draft = services.begin(editor, college, TYPE, "两次")
    written(authoring, draft, EXERCISE)
    outer = []

    def meanwhile(sender, created, **kwargs):
        # Somebody else gives the draft up while the package is installed.
        outer.append(list(connection.savepoint_ids))
        H5PDraft.objects.all().delete()

    post_save.connect(meanwhile, sender=H5PContent)
    try:
        with pytest.raises(NotFound):
            services.finish(editor, draft)
    finally:
        post_save.disconnect(meanwhile, sender=H5PContent)
    # The installation's own transaction, and none around it.
    assert outer == [[]]
    assert not H5PContent.objects.exists()
    assert not store().content_ids()


@pytest.mark.parametrize("role", ["approver", "learner"])
def test_who_writes_no_materials_writes_no_exercises(authoring, college, role):
    person = member(role, college)
    with pytest.raises(NotAllowed):
        services.begin(person, college, TYPE, "不行")


def test_others_do_not_see_or_touch_it(authoring, editor, college):
    draft = services.begin(editor, college, TYPE, "我们的")
    stranger = member("editor", OrganisationFactory(code="other"))
    assert not queries.drafts(stranger).exists()
    for act in (services.finish, services.discard):
        with pytest.raises(NotAllowed):
            act(stranger, draft)
    content = new_content(authoring, editor, college)
    with pytest.raises(NotAllowed):
        services.edit(stranger, content)


def test_a_draft_that_the_service_lost_says_so(authoring, editor, college):
    draft = services.begin(editor, college, TYPE, "丢了")
    authoring.client().delete(draft.service_id)
    with pytest.raises(Conflict, match="重新开始"):
        services.finish(editor, draft)
    services.discard(editor, draft)
    assert not H5PDraft.objects.exists()


def test_a_service_that_is_silent_writes_nothing(authoring, editor, college, settings):
    settings.H5P_AUTHORING_URL = "http://127.0.0.1:9"
    with pytest.raises(Unavailable):
        services.begin(editor, college, TYPE, "没人应")
    assert not H5PDraft.objects.exists()
    assert not AuditRow.objects.exists()


def test_the_screens_from_new_to_done(authoring, editor, college, client):
    editor.groups.add(staff_group())
    client.force_login(editor)
    page = client.get(reverse("courses_h5p_writing"))
    assert "判断题" in page.content.decode()
    answer = client.post(reverse("courses_h5p_writing"), {"library": TYPE.ubername, "title": "安全帽"})
    draft = H5PDraft.objects.get()
    assert answer["Location"] == reverse("courses_h5p_write", args=[draft.uuid])
    page = client.get(answer["Location"])
    text = page.content.decode()
    assert 'sandbox="allow-scripts allow-forms"' in text
    assert f"{authoring.url}/h5p-authoring/t/" in text
    assert "no-store" in page["Cache-Control"]
    refused = client.post(answer["Location"], {"finish": ""})
    assert refused.status_code == 422
    assert "还没有写题目。" in refused.content.decode()
    written(authoring, draft, EXERCISE)
    client.post(answer["Location"], {"finish": ""})
    content = H5PContent.objects.get()
    listing = client.get(reverse("wagtailsnippets_courses_h5pcontent:list")).content.decode()
    assert reverse("courses_h5p_edit", args=[content.pk]) in listing
    client.post(reverse("courses_h5p_edit", args=[content.pk]))
    assert H5PDraft.objects.get().content == content
    client.post(reverse("courses_h5p_write", args=[H5PDraft.objects.get().uuid]), {"discard": ""})
    assert not H5PDraft.objects.exists()


def test_without_the_service_the_screens_say_nothing_of_it(editor, college, client, settings):
    assert settings.H5P_AUTHORING_URL == ""
    editor.groups.add(staff_group())
    client.force_login(editor)
    H5PContent.objects.create(title="练习", main_library="H5P.Blanks-1.14.6", organisation=college)
    listing = client.get(reverse("wagtailsnippets_courses_h5pcontent:list")).content.decode()
    assert "编辑练习" not in listing
    assert reverse("courses_h5p_writing") not in listing
    assert client.get(reverse("courses_h5p_writing")).status_code == 403


def test_only_another_origin_with_a_real_secret_is_taken(settings):
    settings.H5P_AUTHORING_SECRET = "short"
    assert "32" in trouble()
    settings.H5P_AUTHORING_SECRET = SECRET
    settings.H5P_AUTHORING_PUBLIC_URL = settings.PUBLIC_URL
    assert "origin" in trouble()
    settings.H5P_AUTHORING_PUBLIC_URL = "https://content.example.org"
    assert trouble() == ""


def test_the_plain_form_is_offered_what_it_can_write(settings, tmp_path):
    settings.H5P_ROOT = tmp_path / "h5p"
    shelf = store()
    assert {each.name.machine_name for each in types_on(shelf) if plain(shelf, each)} == {
        "H5P.RtDragWords",
        "H5P.RtFillBlanks",
        "H5P.RtSingleChoiceSet",
        "H5P.RtTrueFalse",
    }
    unknown = {"machineName": "H5P.No", "majorVersion": 1, "minorVersion": 0, "patchVersion": 0, "title": "x"}
    assert not plain(shelf, parse_library_manifest(unknown | {"runnable": 1}))
