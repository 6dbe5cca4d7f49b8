"""From a work folder of chunks to one zip with its signed manifest: pieces of a megabyte, whatever the pack's size.

Owns: the order of the files, the manifest and its signature, and the job's beat while that takes its time. Refuses: facts
of its own but the course's and the questions'; chunks come from making.py.
"""

import hashlib
import json
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from django.conf import settings

from lms.accounts.api import Organisation
from lms.learning.evidence import gather, shape
from lms.learning.evidence.keys import KEYS_PATH, SigningKey
from lms.learning.evidence.models import KIND, EvidenceOrder, SignIn
from lms.learning.evidence.recount import Line
from lms.lib.jobs.registry import JobContext
from lms.lib.verify.rules import grouped
from lms.lib.verify.services import issue

COPY = 1024 * 1024


class Beat:
    """The job's sign of life: renews the lease and looks whether to stop, every few seconds however long a step takes."""

    EVERY_S = 5.0

    def __init__(self, context: JobContext, total: int) -> None:
        self.context, self.total, self.done = context, total, 0
        self._last = 0.0

    def now(self) -> None:
        """Raises JobCancelled, or JobLost where another worker has taken over."""
        self.context.check_cancelled()
        self.context.progress(self.done, self.total)
        self._last = time.monotonic()

    def __call__(self) -> None:
        if time.monotonic() - self._last > self.EVERY_S:
            self.now()


# --- chunks ----------------------------------------------------------------------------------------------


def place(folder: Path, number: int) -> Path:
    """Where the chunk of a number lies once it is whole."""
    return folder / f"{number:06d}"


def facts_in(folder: Path) -> Iterator[Line]:
    """What the finished chunks say of themselves, in order."""
    number = 0
    while (found := place(folder, number)).is_dir():
        yield json.loads((found / "facts.json").read_text(encoding="utf-8"))
        number += 1


# --- the zip ---------------------------------------------------------------------------------------------


def counts_of(facts: Sequence[Line]) -> dict[str, int]:
    sums = (
        *("people", "counted_ms", "period_counted_ms", "centihours", "attended_minutes", "practice_passed"),
        "class_centihours",
    )
    return {name: sum(item[name] for item in facts) for name in sums} | {
        "completions": sum(item["rows"]["completions.jsonl"] for item in facts)
    }


def write_zip(
    target: Path, order: EvidenceOrder, folder: Path, facts: Sequence[Line], key: SigningKey, beat: Beat
) -> str:
    """The pack at `target`; returns the SHA-256 of its manifest, in hex."""
    asked = {(lesson, block) for item in facts for lesson, block in item["asked"]}
    questions = [shape.json_line(line) for line in gather.questions(order, asked)]
    used = {uuid for item in facts for uuid in item["checklists"]}
    checklists = [shape.json_line(line) for line in gather.checklists(used)]
    whole = {
        shape.COURSE: ([shape.json_document(gather.course(order))], 1),
        shape.QUESTIONS: (questions, len(questions)),
        shape.CHECKLISTS: (checklists, len(checklists)),
    }
    files = []
    with zipfile.ZipFile(target, "w") as pack:
        for name in shape.FILES:
            if name in whole:
                pieces, rows = whole[name]
                size = sum(map(len, pieces))
                files.append(_add(pack, name, size, iter(pieces), beat) | {"rows": rows})
            else:
                places = [place(folder, number) / name for number in range(len(facts))]
                size = len(shape.head_of(name)) + sum(place.stat().st_size for place in places)
                rows = sum(item["rows"][name] for item in facts)
                files.append(_add(pack, name, size, _pieces(name, places), beat) | {"rows": rows})
        manifest = shape.json_document(_manifest(order, files, counts_of(facts), key))
        pack.writestr(shape.entry(shape.MANIFEST, len(manifest)), manifest)
        signature = key.sign(manifest)
        pack.writestr(shape.entry(shape.SIGNATURE, len(signature)), signature)
    return hashlib.sha256(manifest).hexdigest()


def _pieces(name: str, places: Sequence[Path]) -> Iterator[bytes]:
    yield shape.head_of(name)
    for place in places:
        with place.open("rb") as file:
            while data := file.read(COPY):
                yield data


def _add(pack: zipfile.ZipFile, name: str, size: int, pieces: Iterator[bytes], beat: Beat) -> Line:
    digest = hashlib.sha256()
    with pack.open(shape.entry(name, size), "w") as target:
        for data in pieces:
            beat()
            digest.update(data)
            target.write(data)
    return {"name": name, "size": size, "sha256": digest.hexdigest()}


def _manifest(
    order: EvidenceOrder, files: Sequence[Line], counts: Mapping[str, int], key: SigningKey
) -> Line:
    release = order.release
    code = issue(KIND, order.uuid)
    since = SignIn.objects.filter(at__lte=order.at).order_by("pk").values_list("at", flat=True).first()
    return {
        "format": shape.FORMAT,
        "version": shape.VERSION,
        "pack": str(order.uuid),
        "platform": settings.PUBLIC_URL,
        "as_of": order.at.isoformat(),
        "asked": {
            "person": str(order.person.uuid),
            "role": order.role,
            "body": order.body,
            "body_name": body_name(order.body),
            "reason": order.reason,
        },
        "verify": {"code": grouped(code), "url": f"{settings.PUBLIC_URL}/verify/{code}/"},
        "scope": {
            "release": str(release.uuid),
            "number": release.number,
            "code": release.code,
            "title": release.title,
            "provider": release.provider.name,
            "first": order.first.isoformat() if order.first else None,
            "last": order.last.isoformat() if order.last else None,
            "class_run": str(order.class_run) if order.class_run else None,
            "people": order.people or None,
            "named": order.named,
            "own": order.own,
        },
        "rules": [rule["version"] for rule in gather.course(order)["study_rules"]],
        "sign_ins_since": since.isoformat() if since else None,
        "counts": dict(counts),
        "files": list(files),
        "key": {
            "id": key.public().id,
            "algorithm": "Ed25519",
            "published": f"{settings.PUBLIC_URL}{KEYS_PATH}",
        },
    }


def body_name(code: str) -> str:
    """An organisation's name by its code; "" where there is none."""
    return Organisation.objects.filter(code=code).values_list("name", flat=True).first() or "" if code else ""
