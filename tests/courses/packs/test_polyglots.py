"""Files that are two things at once: what is not what it is called refuses the pack; what is, and something else besides, is
handed out as nothing but itself, and never as a page of ours."""

import io
import zipfile

import pytest

from courses.h5p.api import Judged
from courses.models import CourseDocument, CourseImage
from courses.packs.native import read_pack
from courses.packs.services import import_pack
from lms.lib.actor import Actor
from tests.courses.packs import making
from tests.factories.accounts import member

SCRIPT = b"<script>fetch('/me/')</script>"
HTML = b"<!DOCTYPE html><html><body>" + SCRIPT + b"</body></html>"


def archive():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("Evil.class", b"\xca\xfe\xba\xbe")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("media/a.svg", HTML),
        ("media/a.svg", making.SVG.replace(b"<path", b"<handler/><path")),
        ("media/cover.png", HTML),
        ("media/cover.png", b"GIF89a/*" + making.png() + b"*/=1;alert(1)"),
        ("media/cover.png", making.PDF),
        ("media/card.pdf", HTML),
        ("media/card.pdf", b"MZ" + bytes(64) + making.PDF),
        ("media/v.mp4", HTML),
        ("media/v.vtt", HTML),
        ("media/v.vtt", b"\n" + SCRIPT + making.VTT),
        ("h5p/x.h5p", HTML + archive()),
    ],
)
def test_what_is_not_what_it_is_called_refuses_the_pack(name, data):
    check = {"h5p_check": lambda _: Judged(["no h5p.json"])} if name.endswith(".h5p") else {}
    plan = read_pack(making.pack(members=making.files() | {name: data}), **check)
    assert name in " ".join(str(problem) for problem in plan.problems)


@pytest.mark.long
def test_what_is_both_is_handed_out_as_itself(client, db, college, tmp_path):
    """A picture with a script behind its end, a PDF that is a Java archive too, captions and a manifest that say script."""
    members = making.files() | {
        "media/cover.png": making.png() + HTML,
        "media/card.pdf": making.PDF + archive(),
        "media/v.vtt": making.VTT.replace("先断电".encode(), SCRIPT),
    }
    path = tmp_path / "a.zip"
    path.write_bytes(making.pack(making.manifest(title="停电</script><script>x()"), members).getvalue())
    report = import_pack(path, organisation=college, actor=Actor.system("tests"), publish=False)
    assert report.problems == []
    for address, kind in (
        (CourseImage.objects.get(title="停电</script><script>x()").file.url, "image/png"),
        (CourseImage.objects.get(title="一条线").file.url, "image/svg+xml"),
    ):
        answer = client.get(address)
        assert answer["Content-Type"] == kind
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
        assert "script-src" not in answer["Content-Security-Policy"]
    document = CourseDocument.objects.get()
    assert client.get(f"/media/{document.file.name}").status_code == 404
    client.force_login(member("editor", college))
    answer = client.get(document.url)
    assert answer["Content-Type"] == "application/pdf"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer["Content-Security-Policy"]
