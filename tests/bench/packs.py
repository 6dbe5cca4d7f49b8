"""Course packs: a big one imported beside unzipping and hashing the same files, and many handed in at once.

The pack is made of files as colleges have them: films, pictures, documents, by name and content all different; each run
makes its own, so that nothing is recognised.
"""

import hashlib
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

from PIL import Image

from tests.courses.packs import making

MIB = 1024**2
Say = Callable[..., None]


def make(path: Path, *, files: int, mebibytes: int, code: str, seed: int) -> None:
    """A native pack of `files` files and about `mebibytes` MiB: a tenth films, a tenth documents, pictures."""
    random = Random(seed)
    each = mebibytes * MIB // files
    lessons = []
    with zipfile.ZipFile(path, "w") as pack:
        for n in range(files):
            name, block, data = _file(n, random, each)
            # Packed already, as a college's tool does it; every tenth is not, and is packed here.
            kind = zipfile.ZIP_DEFLATED if n % 10 == 9 else zipfile.ZIP_STORED
            pack.writestr(name, data, compress_type=kind)
            text = {"type": "text", "html": f"<p>{n} {'先断电，再救人。' * 20}</p>"}
            if n % 50 == 0:
                lessons.append({"key": f"l{n}", "title": f"第 {n} 节", "blocks": [text]})
            lessons[-1]["blocks"].append(block)
        chapters = [
            {"title": f"第 {m} 章", "lessons": lessons[m : m + 10]} for m in range(0, len(lessons), 10)
        ]
        rule = {"min_coverage_percent": 90, "quizzes": "none"}
        manifest = making.manifest(code=code, chapters=chapters, question_bank=[], rule=rule)
        manifest.pop("cover", None)
        pack.writestr("manifest.json", json.dumps(manifest, ensure_ascii=False))


def _file(n: int, random: Random, size: int) -> tuple[str, dict[str, object], bytes]:
    noise = random.randbytes(size)
    if n % 10 == 0:
        film = making.mp4(60_000) + (size + 8).to_bytes(4, "big") + b"free" + noise
        return f"media/{n}.mp4", {"type": "video", "file": f"media/{n}.mp4", "title": f"片 {n}"}, film
    if n % 10 == 1:
        name = f"media/{n}.pdf"
        return name, {"type": "file", "file": name, "name": f"{n}.pdf"}, making.PDF + noise
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (n % 256, n // 256 % 256, 0)).save(out, "PNG")
    # Behind its end a picture may carry anything.
    return (
        f"media/{n}.png",
        {"type": "image", "file": f"media/{n}.png", "alt": f"图 {n}"},
        out.getvalue() + noise,
    )


def unzip_and_hash(path: Path, beside: Path, *, flushed: bool = False) -> float:
    """Seconds to unpack every member onto disk, into a new folder of `beside`, and hash it: what nobody can do without. `flushed`:
    until the disk has it, as the importer waits before it says that all is there.

    Nothing of an earlier measurement is still to be written, and the files stay: ext4 steps over every number of a file deleted
    within the last minutes when it looks for one for a new file, a tenth of this work and of the importer's."""
    folder = tempfile.mkdtemp(dir=beside)
    os.sync()
    began = time.perf_counter()
    with zipfile.ZipFile(path) as pack:
        for place, info in enumerate(pack.infolist()):
            sha = hashlib.sha256()
            with pack.open(info) as member, open(Path(folder) / str(place), "wb") as out:
                while chunk := member.read(MIB):
                    sha.update(chunk)
                    out.write(chunk)
    if flushed:
        with ThreadPoolExecutor(max_workers=8) as pool:
            list(pool.map(_flush, Path(folder).iterdir()))
    return time.perf_counter() - began


def _flush(path: Path) -> None:
    with open(path, "rb") as file:
        os.fsync(file.fileno())


# The importer in a process of its own, so that its memory is its own. It has imported before, as a worker has.
_IMPORT = """
import json, re, sys, time
import django
django.setup()
from courses.packs.api import import_pack
from lms.accounts.api import Organisation
from lms.lib.actor import Actor
def peak():
    # getrusage would tell the size of who started this process.
    return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read()).group(1)) // 1024
college = Organisation.objects.get(code=sys.argv[2])
before = peak()
import_pack(sys.argv[3], organisation=college, actor=Actor.system("bench"))
began, used = time.perf_counter(), time.process_time()
report = import_pack(sys.argv[1], organisation=college, actor=Actor.system("bench"))
print(json.dumps({
    "state": report.state, "problems": [str(p) for p in report.problems][:3],
    "seconds": round(time.perf_counter() - began, 2),
    "processor_seconds": round(time.process_time() - used, 2),
    "start_mib": before, "mib": peak(),
}))
"""


def big(say: Say, *, files: int, mebibytes: int) -> None:
    from tests.factories.accounts import OrganisationFactory

    seed = int.from_bytes(os.urandom(4), "big")
    college = OrganisationFactory()
    with tempfile.TemporaryDirectory(prefix="rongtong-bench-") as folder:
        path = Path(folder) / "big.zip"
        make(path, files=files, mebibytes=mebibytes, code=f"bench-{seed}", seed=seed)
        first = Path(folder) / "first.zip"
        make(first, files=20, mebibytes=1, code=f"first-{seed}", seed=seed + 1)
        unzip_and_hash(path, Path(folder))
        used = time.process_time()
        limit = unzip_and_hash(path, Path(folder))
        used = time.process_time() - used
        flushed = unzip_and_hash(path, Path(folder), flushed=True)
        os.sync()
        command = [sys.executable, "-c", _IMPORT, str(path), college.code, str(first)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout.strip().splitlines()[-1])
    say(
        "course pack imported",
        files=files,
        mebibytes=mebibytes,
        **found,
        limit_seconds=round(limit, 2),
        limit_processor_seconds=round(used, 2),
        limit_flushed_seconds=round(flushed, 2),
        # As asked. The importer waits for the disk before its commit, which this limit does not.
        ratio=round(found["seconds"] / limit, 2),
        ratio_flushed=round(found["seconds"] / flushed, 2),
        # On a machine that others use this one says more.
        processor_ratio=round(found["processor_seconds"] / used, 2) if used else 0.0,
        aim_ratio=2,
        aim_mib=300,
        seed=seed,
    )


def many(say: Say, *, count: int) -> None:
    """`count` packs of five colleges handed in at once; a worker takes their jobs as they come."""
    from courses.packs.handing_in import start_import
    from courses.packs.models import PackImport
    from lms.accounts.api import Role, require_role
    from lms.lib.jobs import services as jobs
    from tests.factories.accounts import OrganisationFactory, member

    seed = int.from_bytes(os.urandom(4), "big")
    colleges = [OrganisationFactory() for _ in range(5)]
    editors = [(college, member("editor", college)) for college in colleges]
    rows = []
    began = time.perf_counter()
    for n in range(count):
        college, user = editors[n * len(editors) // count]
        pack = making.pack(making.manifest(code=f"many-{seed}-{n}", title=f"课 {n}"))
        who = require_role(user, Role.EDITOR, organisation=college)
        rows.append(start_import(pack, name=f"{n}.zip", organisation=college, actor=who))
    sent = time.perf_counter() - began
    order = []
    for row in rows:
        jobs.run(row.job_id)
        order.append(row.pk)
    states = list(PackImport.objects.filter(pk__in=order).values_list("state", flat=True))
    say(
        "course packs handed in at once",
        count=count,
        done=states.count("done"),
        aim_done=count,
        handed_in_seconds=round(sent, 2),
        seconds=round(time.perf_counter() - began, 2),
        mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )
