"""A film in the staff's form: measured by its file, chapters as lines, and made ready in the background."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from courses.media import services
from courses.models import CourseVideo, VideoLadder
from lms.lib.actor import Actor
from lms.lib.jobs.models import Job
from tests.courses.media.clips import mp3_frames, video
from tests.courses.packs.making import mp4
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    user = UserFactory(is_superuser=True, is_staff=True)
    client.force_login(user)
    return user


def form(file, **more):
    return {
        "title": "录音",
        "transcript": "",
        "marks": "",
        "offline": "licence",
        "organisation": "",
        "file": file,
    } | more


def send(client, data):
    return client.post("/admin/snippets/courses/coursevideo/add/", data)


def test_a_recording_is_measured_and_ordered(client, admin):
    file = SimpleUploadedFile("talk.mp3", mp3_frames(100), "audio/mpeg")
    answer = send(client, form(file, marks="00:00 开头\n00:01.5 正文", offline="no"))
    assert answer.status_code == 302, answer.context["form"].errors
    film = CourseVideo.objects.get()
    assert (film.sound, film.duration_ms, film.offline) == (True, 2612, "no")
    assert film.chapters == [{"ms": 0, "title": "开头"}, {"ms": 1500, "title": "正文"}]
    ladder = VideoLadder.objects.get()
    assert (ladder.source, ladder.job.kind, ladder.job.person) == (film.file.name, services.JOB, admin.uuid)
    page = client.get("/admin/snippets/courses/coursevideo/").content.decode()
    assert "等待处理；学员先看原文件" in page


@pytest.mark.parametrize(
    ("file", "marks", "field"),
    [
        (SimpleUploadedFile("a.mp4", mp4()), "00:09 太晚", "marks"),
        (SimpleUploadedFile("a.mp4", mp4()), "没有时间", "marks"),
        (SimpleUploadedFile("a.mp3", b"ID3" + bytes(400)), "", "file"),
        (SimpleUploadedFile("a.mp4", b"#EXTM3U"), "", "file"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(client, admin, file, marks, field):
    file.seek(0)
    answer = send(client, form(file, marks=marks))
    assert list(answer.context["form"].errors) == [field]
    assert not CourseVideo.objects.exists()
    assert not Job.objects.exists()


def test_the_list_costs_the_same_however_many_films(client, admin, django_assert_max_num_queries):
    address = "/admin/snippets/courses/coursevideo/"
    client.get(address)

    def queries():
        with django_assert_max_num_queries(200) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    video(b"x", "1.mp4")
    one = queries()
    for number in range(5):
        services.ask(video(b"x", f"{number}.mp4"), Actor.system("tests"))
    assert queries() <= one + 1


SRT = "1\r\n00:00:00,000 --> 00:00:01,500\r\n先验电，再挂接地线。\r\n".encode("gbk")


def captioned(client, language="", data=b"", name="a.srt", **more):
    film = CourseVideo.objects.get()
    if data:
        more["caption_file"] = SimpleUploadedFile(name, data)
    said = form(film.file.name, caption_language=language, title=film.title, **more)
    return client.post(f"/admin/snippets/courses/coursevideo/edit/{film.pk}/", said)


def test_captions_in_several_languages_are_given_replaced_and_taken_away(client, admin):
    send(client, form(SimpleUploadedFile("a.mp4", mp4())))
    film = CourseVideo.objects.get()
    assert captioned(client, "zh-Hans", SRT).status_code == 302
    assert (
        captioned(client, "en", b"WEBVTT\n\n00:00.000 --> 00:01.500\nTest first.\n", "a.vtt").status_code
        == 302
    )
    first = film.captions.get(language="zh-Hans").file
    assert "先验电，再挂接地线。" in first.read().decode()
    assert (
        captioned(client, "zh-Hans", SRT.replace("先".encode("gbk"), "再".encode("gbk"))).status_code == 302
    )
    second = film.captions.get(language="zh-Hans")
    assert "再验电" in second.file.read().decode()
    # The lesson that was published with the first one goes on with it.
    assert first.storage.exists(first.name)
    assert captioned(client, caption_drop=["en"]).status_code == 302
    assert [row.label for row in film.captions.all()] == ["中文（简体）"]


@pytest.mark.parametrize(
    ("language", "data", "field"),
    [
        ("", SRT, "caption_language"),
        ("en", b"", "caption_file"),
        ("en", b"no captions at all", "caption_file"),
        ("en", b"WEBVTT\n\n" + b"x" * 3_000_000, "caption_file"),
        ("en", b"WEBVTT\n\n00:00.000 --> 00:01.500\nGood.\n\n00:02 --> 00:03.000\nBad.\n", "caption_file"),
        ("tlh", SRT, "caption_language"),
    ],
)
def test_captions_that_cannot_be_read_are_refused_at_their_field(client, admin, language, data, field):
    send(client, form(SimpleUploadedFile("a.mp4", mp4())))
    answer = captioned(client, language, data)
    assert field in answer.context["form"].errors
    assert not CourseVideo.objects.get().captions.exists()


def test_a_new_film_has_no_length_yet_and_one_that_is_there_says_it_as_people_do(client, admin):
    new = client.get("/admin/snippets/courses/coursevideo/add/").content.decode()
    assert ">None<" not in "".join(new.split())
    assert "保存以后从文件里读出" in new
    film = video(b"x", "1.mp4")
    CourseVideo.objects.filter(pk=film.pk).update(duration_ms=123_000)
    assert "2:03" in client.get(f"/admin/snippets/courses/coursevideo/edit/{film.pk}/").content.decode()
