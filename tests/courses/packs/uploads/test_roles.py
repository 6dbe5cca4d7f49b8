"""Who may upload, and whose uploads anybody sees: only one's own, only while one edits for the organisation."""

from datetime import timedelta

import pytest
from django.test import Client

from courses.models import PackImport, Upload
from courses.packs.uploads import store
from courses.packs.uploads.queries import finished, page_data
from courses.packs.uploads.registered import exported
from courses.packs.uploads.services import erase, take
from lms.accounts.api import Role, actor, end_role, require_role
from lms.lib.audit.models import AuditRow
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.courses.packs import making
from tests.courses.packs.uploads.speaking import URL, Tus
from tests.factories.accounts import OrganisationFactory, UserFactory, member

pytestmark = pytest.mark.django_db


def complete(tus, body=b"hello", name="课程.zip"):
    where = tus.begun(len(body), name=name)
    tus.patch(where, body, 0)
    return Upload.objects.get(uuid=where[-36:])


@pytest.mark.parametrize("role", ["teacher", "reviewer", "approver", None])
def test_only_editors(client, college, role):
    user = member(role, college) if role else UserFactory()
    client.force_login(user)
    assert Tus(client, college).create(5).status_code == 403
    assert not Upload.objects.exists()


def test_only_for_ones_own_organisation(tus, client):
    for organisation in (OrganisationFactory(), type("Nobody", (), {"code": "nobody"})):
        answer = Tus(client, organisation).create(5)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert not Upload.objects.exists()


def test_visitors_are_asked_to_sign_in(tus, client, college):
    where = tus.begun(5)
    client.logout()
    for answer in (tus.create(5), tus.ask("HEAD", where), tus.patch(where, b"hello", 0)):
        assert answer.status_code == 401
    assert Upload.objects.get().offset == 0


def test_somebody_elses_upload_is_not_there(tus, client, college):
    where = tus.begun(5)
    for other in (member("editor", college), member("editor")):
        client.force_login(other)
        assert tus.ask("HEAD", where).status_code == 404
        assert tus.patch(where, b"hello", 0).status_code == 404
        assert tus.ask("DELETE", where).status_code == 404
        assert page_data(other)["known"] == []
        with pytest.raises(Invalid):
            finished(other, [where[-36:]], college)
    assert Upload.objects.get().offset == 0


def test_who_edits_no_longer_uploads_no_longer(tus, client, college, editor):
    where = tus.begun(5)
    end_role(editor.memberships.get(), by=actor(UserFactory(is_superuser=True), "admin"))
    assert tus.patch(where, b"hello", 0).status_code == 404
    assert tus.create(5).status_code == 403


def test_a_cookie_needs_its_csrf_token(college, editor):
    careless = Client(enforce_csrf_checks=True)
    careless.force_login(editor)
    assert Tus(careless, college).create(5).status_code == 403
    careless.get("/preferences/")
    careless.get("/admin/packs/import/")
    token = careless.cookies["csrftoken"].value
    assert Tus(careless, college).create(5, X_CSRFToken=token).status_code == 201
    where = f"{URL}/{Upload.objects.get().uuid}"
    assert Tus(careless, college).patch(where, b"hello", 0).status_code == 403
    assert Tus(careless, college).patch(where, b"hello", 0, X_CSRFToken=token).status_code == 204


def test_programs_come_with_their_token(client, college, editor):
    client.force_login(editor)
    token = client.session.session_key
    answer = Tus(Client(enforce_csrf_checks=True), college).create(5, X_Session_Token=token)
    assert answer.status_code == 201


def test_taking_it_out(tus, editor, college, tmp_path):
    row = complete(tus)
    as_editor = require_role(editor, Role.EDITOR, organisation=college)
    for stranger in (member("editor", college), member("editor")):
        where = stranger.memberships.get().organisation
        with pytest.raises((NotFound, NotAllowed)):
            take(row, require_role(stranger, Role.EDITOR, organisation=where))
    path = take(row, as_editor)
    assert path.read_bytes() == b"hello"
    assert list(store.folder().iterdir()) == [path]
    assert not Upload.objects.exists()
    with pytest.raises(Conflict):
        take(row, as_editor)
    acts = list(AuditRow.objects.filter(target=row.uuid).order_by("id").values_list("action", flat=True))
    assert acts == ["upload.begin", "upload.complete", "upload.take"]


def test_what_is_not_complete_is_not_taken(tus, editor, college):
    where = tus.begun(5)
    row = Upload.objects.get()
    with pytest.raises(Conflict):
        take(row, require_role(editor, Role.EDITOR, organisation=college))
    with pytest.raises(Invalid, match="还没有传完"):
        finished(editor, [where[-36:]], college)
    assert tus.offset(where) == 0


def test_the_form_takes_uploads_in_the_place_of_files(tus, client, college):
    row = complete(tus, making.pack().getvalue())
    sent = {"organisation": college.pk, "uploads": [str(row.uuid)]}
    answer = client.post("/admin/packs/import/", sent)
    assert answer.status_code == 302, answer.content.decode()
    made = PackImport.objects.get()
    assert (made.file_name, made.file_hash, made.organisation) == ("课程.zip", row.sha256, college)
    assert client.post("/admin/packs/import/", sent).status_code == 422
    for nonsense in (["x"], [str(row.uuid), "\N{SNOWMAN}"]):
        assert client.post("/admin/packs/import/", sent | {"uploads": nonsense}).status_code == 422
    assert PackImport.objects.count() == 1


def test_the_page_knows_what_was_begun(tus, client, college, editor):
    where = tus.begun(10)
    tus.patch(where, b"hello", 0)
    complete(tus, name="第二个.zip")
    Upload.objects.filter(uuid=tus.begun(1)[-36:]).update(expires_at=now() - timedelta(days=1))
    known = page_data(editor)["known"]
    assert [(one["name"], one["offset"], one["done"]) for one in known] == [
        *(("课程.zip", 5, False), ("第二个.zip", 5, True))
    ]
    assert known[0]["url"] == where


def test_a_persons_own_data_and_its_erasure(tus, editor, college, django_capture_on_commit_callbacks):
    tus.begun(10)
    assert [one["name"] for one in exported(editor)] == ["课程.zip"]
    with django_capture_on_commit_callbacks(execute=True):
        erase(editor)
    assert not Upload.objects.exists()
    assert list(store.folder().iterdir()) == []
