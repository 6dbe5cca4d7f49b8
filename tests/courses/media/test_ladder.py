"""Films become a ladder in the worker: whole or not at all, taken up again, and nothing read but the film itself."""

import contextlib
import json
import multiprocessing
import os
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.core.files.storage import InMemoryStorage, default_storage
from django.test import override_settings

from courses.media import encoding, ffmpeg, services
from courses.media.queries import films, state_of
from courses.models import CourseVideo, VideoLadder
from lms.lib.actor import Actor
from lms.lib.jobs import services as jobs
from lms.lib.jobs.models import Job
from tests.courses.media.clips import clip, video
from tests.courses.packs.making import mp4

pytestmark = pytest.mark.django_db
ACTOR = Actor.system("tests")


def made(film):
    """Ask for a film's ladder and have the job run; its row and its job."""
    ladder = services.ask(film, ACTOR)
    jobs.run(ladder.job_id)
    ladder.refresh_from_db()
    return ladder, Job.objects.get(pk=ladder.job_id)


def stored(ladder, name):
    with default_storage.open(f"{ladder.folder}/{name}") as file:
        return file.read()


@pytest.mark.parametrize(("choice", "kept"), [("yes", True), ("licence", True), ("no", False)])
def test_a_film_of_which_nothing_was_made_says_whether_it_may_be_taken_along(choice, kept):
    film = CourseVideo.objects.create(title="演示", file="a.mp4", duration_ms=9000, offline=choice)
    blocks = [{"type": "video", "value": {"file": name}} for name in ("a.mp4", "unknown.mp4")]
    assert films(blocks, 0) == {
        film.file.name: {"keepable": kept, "sizes": []},
        "unknown.mp4": {"keepable": False, "sizes": []},
    }


@pytest.mark.long
def test_a_film_becomes_a_ladder_in_any_storage():
    # A storage without paths: nothing may ask for one.
    with override_settings(STORAGES={"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}):
        film = video(clip())
        assert state_of(film) == "还没有处理"
        ladder, job = made(film)
        assert job.state == "done", job.message
        sizes = [(rung["code"], rung["width"], rung["height"]) for rung in ladder.made["rungs"]]
        assert sizes == [("low", 426, 240), ("mid", 640, 360)]
        assert ladder.made["length_ms"] in range(2900, 3200)
        # A sine at full level is brought down to where speech is.
        assert -2500 < ladder.made["loudness"] < -1000
        playlist = stored(ladder, "low.m3u8").decode()
        assert "#EXT-X-ENDLIST" in playlist
        assert "BYTERANGE" in playlist
        assert stored(ladder, "master.m3u8").decode().count("#EXT-X-STREAM-INF") == 2
        assert stored(ladder, "poster.jpg").startswith(b"\xff\xd8\xff")
        files = encoding.Made(**{k: v for k, v in ladder.made.items() if k != "recipe"}).files()
        assert ladder.bytes == sum(len(stored(ladder, name)) for name in files)
        # The same file again asks for nothing new.
        assert services.ask(film, ACTOR).job_id == job.pk
        assert Job.objects.count() == 1
        film.refresh_from_db()
        assert state_of(film) == "可以播放：240p、360p，可以只听声音"
        offer = films([{"type": "video", "value": {"file": film.file.name}}], 0)[film.file.name]
        assert [size["code"] for size in offer["sizes"]] == ["low", "mid"]
        assert offer["small_bytes"] == len(stored(ladder, "small.mp4"))
        assert offer["keepable"]
        folder = ladder.folder
        film.delete()
        assert VideoLadder.objects.count() == 0
        assert isinstance(default_storage._wrapped, InMemoryStorage), folder


@pytest.mark.long
def test_all_sizes_and_the_sound_alone_are_one_timeline(tmp_path):
    source = tmp_path / "source"
    source.write_bytes(clip(4, "320x240"))
    folder = tmp_path / "out"
    folder.mkdir()
    done = encoding.encode(source, "mp4", 4000, folder, lambda done, total: None)
    for name in ("audio.m4a", "small.mp4", "low.mp4"):
        length = ffmpeg.look(ffmpeg.Source(folder / name, "mp4"), seconds=30).length_ms
        assert abs(length - 4000) < 120, name
    assert [rung["height"] for rung in done.rungs] == [240]


@pytest.mark.long
def test_a_recording_of_sound_alone():
    film = video(clip(3, suffix="mp3"), "clip.mp3", sound=True)
    ladder, job = made(film)
    assert job.state == "done", job.message
    assert ladder.made["rungs"] == []
    assert ladder.made["master"] == ""
    assert stored(ladder, "audio.m4a")[4:8] == b"ftyp"
    assert state_of(film) == "可以播放：声音"


@pytest.mark.long
def test_a_silent_film_has_no_sound_alone():
    ladder, job = made(video(clip(2, "160x120", sound=False), duration_ms=2000))
    assert job.state == "done", job.message
    assert (ladder.made["audio"], ladder.made["loudness"]) == ("", None)
    assert [rung["height"] for rung in ladder.made["rungs"]] == [120]


@pytest.mark.parametrize(
    ("data", "said_ms", "code"),
    [
        (lambda: mp4(3000), 3000, "media_"),
        (lambda: clip()[:4000], 3000, "media_"),
        # An hour of hours for three seconds of film.
        (lambda: clip(), 3_600_000, "media_shorter_than_said"),
    ],
)
@pytest.mark.long
def test_a_film_that_cannot_be_used_is_said_and_leaves_nothing(data, said_ms, code, settings):
    film = video(data(), duration_ms=said_ms)
    ladder, job = made(film)
    assert job.state == "failed"
    assert job.tries == 1
    assert job.message in {str(sentence) for sentence in services.SENTENCES.values()}
    if code != "media_":
        assert job.message == str(services.SENTENCES[code.removeprefix("media_")])
    assert ladder.ready_at is None
    assert ladder.folder == ""
    assert state_of(film) == job.message
    assert [entry.name for entry in (settings.HOME / "encoding").iterdir()] == ["lock"]
    assert not (settings.MEDIA_ROOT / "videos" / "sizes").exists()


@pytest.mark.long
@pytest.mark.parametrize("kind", ["mp4", "webm", "mp3"])
@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXTINF:1,\n{url}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile {url}\n",
        "ffconcat version 1.0\nfile /etc/hostname\n",
    ],
)
def test_a_playlist_dressed_as_a_film_opens_nothing(tmp_path, kind, text):
    asked = []

    class Listening(BaseHTTPRequestHandler):
        def do_GET(self):  # the name http.server asks for
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Listening)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        source = tmp_path / "source"
        source.write_text(text.format(url=f"http://127.0.0.1:{server.server_port}/secret.ts"))
        with pytest.raises(encoding.Unusable):
            encoding.encode(source, kind, 1000, tmp_path, lambda done, total: None)
    finally:
        server.shutdown()
        server.server_close()
    assert asked == []


@pytest.mark.long
def test_a_step_that_takes_too_long_is_stopped(tmp_path):
    source = tmp_path / "source"
    source.write_bytes(clip(4))
    began = time.monotonic()
    slow = ["-map", "0:v:0", "-vf", "realtime=speed=0.05", "-f", "null", "-"]
    with pytest.raises(ffmpeg.TooSlow):
        ffmpeg.run([ffmpeg.Source(source, "mp4")], slow, seconds=1)
    assert time.monotonic() - began < 10


def test_one_film_at_a_time_on_a_machine():
    film = video(b"")
    ladder = services.ask(film, ACTOR)
    with services._alone():
        jobs.run(ladder.job_id)
    job = Job.objects.get(pk=ladder.job_id)
    # Waiting is no try, and no failure.
    assert (job.state, job.tries, job.message) == ("queued", 0, "")
    assert job.next_try_at is not None
    assert state_of(film) == "等待处理；学员先看原文件"


def commands():
    """The command lines of what runs on this machine."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found.append(entry.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
    return found


def _encode_and_die(source, folder, steps):
    """In a process of its own, as a worker that is killed after so many steps."""

    def progress(done, total):
        if done >= steps * 1000:
            os.kill(os.getpid(), signal.SIGKILL)

    encoding.encode(source, "mp4", 3000, folder, progress)


@pytest.mark.long
def test_what_a_killed_worker_had_finished_is_used_and_its_encoder_ends(tmp_path):
    source, folder = tmp_path / "source", tmp_path / "work"
    source.write_bytes(clip())
    folder.mkdir()
    worker = multiprocessing.get_context("fork").Process(target=_encode_and_die, args=(source, folder, 5))
    worker.start()
    worker.join(60)
    assert worker.exitcode == -signal.SIGKILL
    end = time.monotonic() + 10
    while encoders := [line for line in commands() if str(folder) in line]:
        assert time.monotonic() < end, encoders
        time.sleep(0.05)
    there = {entry.name: entry.stat().st_mtime_ns for entry in folder.iterdir()}
    assert there.keys() >= {"audio.m4a", "low.m3u8"}
    assert "master.m3u8" not in there
    made = encoding.encode(source, "mp4", 3000, folder, lambda done, total: None)
    assert [rung["code"] for rung in made.rungs] == ["low", "mid"]
    for name in ("audio.m4a", "low.m3u8", "low.mp4"):
        assert (folder / name).stat().st_mtime_ns == there[name]
    assert json.loads((folder / "facts.json").read_text()) == {"loudness": made.loudness}


@pytest.mark.long
def test_what_an_attempt_left_in_the_storage_is_cleared_by_the_next(settings):
    film = video(clip(2, "160x120"), duration_ms=2000)
    left = settings.MEDIA_ROOT / "videos" / "sizes" / str(film.uuid) / "dead"
    left.mkdir(parents=True)
    (left / "low.mp4").write_bytes(b"half")
    ladder, job = made(film)
    assert job.state == "done", job.message
    assert [entry.name for entry in left.parent.iterdir()] == [ladder.folder.rpartition("/")[2]]
