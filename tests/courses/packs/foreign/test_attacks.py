"""The same attacks on every format that is a file of files: the pack is refused whole, and what is wrong is named."""

import io
import tarfile
import zipfile

import pytest
from pptx import Presentation

from courses.packs import archive
from tests.courses.packs.foreign.moodle import Backup
from tests.courses.packs.foreign.office import docx, p
from tests.courses.packs.foreign.reading import read, zipped
from tests.courses.packs.foreign.test_cartridge import cartridge, item, resource
from tests.courses.packs.foreign.test_elp import ode, ode_page
from tests.courses.packs.foreign.test_epub import book
from tests.courses.packs.foreign.test_olx import course
from tests.courses.packs.foreign.test_pptx import add
from tests.courses.packs.making import h5p, mp4

PAGE = "<html><title>停电</title><body><p>先断电，再救人。</p></body></html>"


def members_of(data):
    with zipfile.ZipFile(io.BytesIO(data)) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


def moodle():
    made = Backup()
    made.section(1, 1, "章", "1")
    made.activity(1, "page", "一", "<content>字</content>")
    return made.all()


def slides():
    made, out = Presentation(), io.BytesIO()
    add(made, "停电", (0, "验电"))
    made.save(out)
    return members_of(out.getvalue())


GOOD = {
    "moodle": lambda: ("x.mbz", moodle()),
    "olx": lambda: ("x.tar.gz", course("<html url_name='h'>先断电。</html>")),
    "cartridge": lambda: (
        "x.imscc",
        members_of(cartridge([item("i", "课", "r")], [resource("r", "a.html")], {"a.html": PAGE})),
    ),
    "elp": lambda: ("x.elpx", {"content.xml": ode(ode_page("p", "页"))}),
    "webzip": lambda: ("x.zip", {"index.html": PAGE}),
    "docx": lambda: ("x.docx", members_of(docx(p("先断电。")))),
    "pptx": lambda: ("x.pptx", slides()),
    "epub": lambda: ("x.epub", members_of(book())),
    "media": lambda: ("x.zip", {"a.mp4": mp4()}),
    "h5p": lambda: ("x.h5p", members_of(h5p())),
}


def tarred(members, evil):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as pack:
        for name, content in [*members.items(), *evil.items()]:
            info = tarfile.TarInfo(name)
            data = content if isinstance(content, bytes) else content.encode()
            if name == "link":
                info.type, info.linkname, data = tarfile.SYMTYPE, "/etc/passwd", b""
            info.size = len(data)
            pack.addfile(info, io.BytesIO(data))
    return out.getvalue()


def packed(members, evil):
    out = io.BytesIO(zipped(members))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as pack:
        for name, content in evil.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            if name == "link":
                info.external_attr = 0o120777 << 16
            pack.writestr(info, content)
    return out.getvalue()


ATTACKS = {
    "slip": ({"../a.txt": b"x"}, "path_traversal"),
    "absolute": ({"/etc/a.txt": b"x"}, "path_absolute"),
    "windows": ({"C:/a.txt": b"x"}, "path_absolute"),
    "link": ({"link": b"/etc/passwd"}, "symlink"),
    "bomb": ({"bomb.txt": bytes(4 * archive.RATIO_FREE_BYTES)}, "zip_ratio"),
    "case": ({"Same.txt": b"x", "same.txt": b"y"}, "zip_case"),
}


@pytest.mark.parametrize(
    ("name", "attack"),
    # Of a tar the whole is measured, before anybody asks what it is: test_drafts.py.
    [(name, attack) for name in GOOD for attack in ATTACKS if (name, attack) != ("olx", "bomb")],
)
def test_every_format_refuses_it(name, attack):
    evil, code = ATTACKS[attack]
    called, members = GOOD[name]()
    if name == "media":
        # With anything else in it the zip is none of films.
        evil = {member.replace(".txt", ".srt"): content for member, content in evil.items()}
    made = read((tarred if name == "olx" else packed)(members, evil), called, expect=name)
    assert code in made.problems()
    assert made.native is None
