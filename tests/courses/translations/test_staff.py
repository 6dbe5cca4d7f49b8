"""The staff's screens, by role: side by side, in parts, with and without faults; the file down and up."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from courses.models import CourseTranslation, TranslatedText
from courses.translations.queries import work_on
from tests.courses.review.crew import staff
from tests.courses.translations.work import ENGLISH, course, digests, po_of, translated
from tests.factories import courses as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def page():
    return course(provider=make.organisation("shkd")).course


@pytest.fixture
def editor(page, client):
    user = staff("editor", page.provider)
    client.force_login(user)
    return user


def one(page):
    return reverse("courses_translation", args=[page.uuid, "en"])


def texts(page, part=None):
    base = reverse("courses_translation_texts", args=[page.uuid, "en"])
    return base if part is None else reverse("courses_translation_part", args=[page.uuid, "en", part])


def upload(data, name="en.po"):
    return {"action": "file", "file": SimpleUploadedFile(name, data)}


@pytest.mark.parametrize(
    ("role", "own", "status"),
    [
        ("editor", True, 200),
        ("approver", True, 200),
        ("curator", False, 200),
        ("editor", False, 404),
        ("teacher", True, 404),
        ("hr", True, 404),
    ],
)
def test_who_sees_a_translation(client, page, role, own, status):
    where = page.provider if own else make.organisation("other")
    client.force_login(staff(role, where))
    for address in (one(page), texts(page), reverse("courses_translation_file", args=[page.uuid, "en"])):
        assert client.get(address).status_code == status
    assert client.get(reverse("courses_translations")).status_code == (
        200 if role != "teacher" and role != "hr" else 403
    )


def test_an_approver_sees_and_does_not_write(client, page):
    client.force_login(staff("approver", page.provider))
    assert b"<textarea" not in client.get(texts(page)).content
    key = digests(work_on(page, "en"), "title")[page.title]
    assert client.post(texts(page), {f"t-{key}": "A"}).status_code == 403
    assert not CourseTranslation.objects.exists()


def test_the_list_names_each_course_and_where_it_stands(client, page, editor, django_assert_max_num_queries):
    translated(page)
    make.released_course(provider=page.provider)
    make.released_course(provider=make.organisation("other"), title="别校的课")
    with django_assert_max_num_queries(40):
        shown = client.get(reverse("courses_translations")).content.decode()
    assert page.title in shown
    assert "别校的课" not in shown
    assert "还没有开始" in shown
    assert "第 1 版" in shown


def test_saved_bit_by_bit(client, page, editor):
    lesson = work_on(page, "en").source.parts[1]
    by = {segment.source: segment.digest for segment in lesson.segments}
    good, bad = by["第一课"], by["先___再接地。"]
    form = {
        "page": "1",
        f"t-{good}": "Lesson one",
        f"was-{good}": "",
        f"t-{bad}": "No blank",
        f"was-{bad}": "",
    }
    answer = client.post(texts(page, lesson.key), form)
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "No blank" in shown
    assert "请保持一样多" in shown
    assert work_on(page, "en").look("lesson", "第一课") == "Lesson one"
    answer = client.post(texts(page, lesson.key), form | {f"t-{bad}": "First ___.", "action": "next"})
    assert answer.status_code == 302
    assert answer.url == one(page)
    assert TranslatedText.objects.count() == 2


def test_a_stale_text_is_taken_over_by_a_tick(client, page, editor):
    from tests.courses.translations.work import change_text

    translated(page)
    change_text(page, "再挂接地线。", "最后再挂接地线。")
    lesson = work_on(page, "en").source.parts[1]
    segment = next(s for s in lesson.segments if s.source == "最后再挂接地线。")
    shown = client.get(texts(page, lesson.key)).content.decode()
    assert "Then connect the earth leads." in shown
    assert f'name="keep-{segment.digest}"' in shown
    form = {
        f"t-{segment.digest}": "",
        f"was-{segment.digest}": "",
        f"keep-{segment.digest}": "1",
        f"former-{segment.digest}": "Then connect the earth leads.",
    }
    assert client.post(texts(page, lesson.key), form).status_code == 302
    assert work_on(page, "en").look("rich", "最后再挂接地线。") == "Then connect the earth leads."


def test_the_file_down_and_up(client, page, editor):
    translated(page)
    answer = client.get(reverse("courses_translation_file", args=[page.uuid, "en"]))
    assert answer["Content-Disposition"].endswith(f'{page.code}.en.po"')
    data = answer.content.replace(b"Lesson one", b"Lesson 1")
    assert client.post(one(page), upload(data)).status_code == 302
    assert work_on(page, "en").look("lesson", "第一课") == "Lesson 1"


def test_a_file_with_faults_changes_nothing_and_names_them(client, page, editor):
    answer = client.post(one(page), upload(po_of(ENGLISH | {"stem": {"先___再接地。": "No blank"}})))
    assert answer.status_code == 422
    assert "请保持一样多" in answer.content.decode()
    assert not TranslatedText.objects.exists()
    assert client.post(one(page), upload(b"\xff\xfe")).status_code == 422
    assert client.post(one(page), {"action": "file"}).status_code == 422


def test_published_by_the_approver_and_taken_back(client, page, editor):
    client.post(one(page), upload(po_of(ENGLISH)))
    assert "发布译文" not in client.get(one(page)).content.decode()
    client.force_login(staff("approver", page.provider))
    shown = client.get(one(page))
    assert "发布译文" in shown.content.decode()
    stale = client.post(one(page), {"action": "publish", "seen": "other"})
    assert stale.status_code == 409
    seen = shown.context["work"].fingerprint
    assert client.post(one(page), {"action": "publish", "seen": seen}).status_code == 302
    assert CourseTranslation.objects.get().current.number == 1
    # The same words again would be nothing new.
    assert 'value="publish"' not in client.get(one(page)).content.decode()
    told = client.get(reverse("courses_review_history", args=[page.uuid])).content.decode()
    assert "发布译文" in told
    assert client.post(one(page), {"action": "withdraw", "reason": "x"}).status_code == 422
    assert client.post(one(page), {"action": "withdraw", "reason": "有一处译错了"}).status_code == 302
    assert CourseTranslation.objects.get().current is None


@pytest.mark.parametrize("end", ["fr/", "zh-hans/", "en/texts/nowhere/", "en/texts/?page=zzz"])
def test_nonsense_in_the_address(client, page, editor, end):
    address = reverse("courses_translation", args=[page.uuid, "en"]).removesuffix("en/") + end
    assert client.get(address).status_code == (200 if "zzz" in end else 404)
