"""Making a pack: the job. Chunk by chunk into a work folder, then one zip, its manifest signed, a row that keeps its hash.

A chunk is a folder that appears whole (one rename), so a killed job goes on after the last one; on another machine it
begins anew. Two workers at once write the same bytes. Owns: the work folder and the finished file. Refuses: deciding who
may ask (services.py).
"""

import hashlib
import json
import os
import secrets
import shutil
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.db import transaction

from lms.learning.enrolment.models import Enrolment
from lms.learning.evidence import gather, shape
from lms.learning.evidence.keys import KEYS_PATH, SigningKey, signing_key
from lms.learning.evidence.models import KIND, EvidenceOrder, EvidencePack, SignIn
from lms.learning.evidence.recount import Line
from lms.lib.actor import Actor
from lms.lib.audit.services import record_each
from lms.lib.clock import now
from lms.lib.jobs.registry import JobContext
from lms.lib.jobs.services import JobCancelled
from lms.lib.private import private_storage
from lms.lib.verify.rules import grouped
from lms.lib.verify.services import issue

CHUNK = 200
# How long a finished pack may be fetched; its hash stays for ever.
KEPT = timedelta(days=7)
COPY = 1024 * 1024
LOOKS = 1000


def make(context: JobContext) -> dict[str, Any]:
    """The pack of the order named in the job's args. Raises Refusal where there is no key to sign with."""
    order = EvidenceOrder.objects.select_related("release__provider", "release__content_rule").get(
        uuid=context.args["order"]
    )
    found = EvidencePack.objects.filter(order=order).first()
    if found is not None:
        return {"order": str(order.uuid), "sha256": found.sha256}
    key, folder = signing_key(), work_folder(order)
    beat = Beat(context, gather.enrolments_of(order).count())
    try:
        _chunks(beat, order, folder)
        pack = _finish(beat, order, folder, key)
    except JobCancelled:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)
    return {"order": str(order.uuid), "sha256": pack.sha256}


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


class _Watched(File):  # type: ignore[type-arg]
    """A file whose reading keeps the job alive: an upload of gigabytes takes longer than a lease."""

    def __init__(self, file: BinaryIO, beat: Beat) -> None:
        super().__init__(file)
        self.beat = beat

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        for data in super().chunks(chunk_size):
            self.beat()
            yield data


def work_root() -> Path:
    return Path(settings.HOME) / "private" / "evidence-work"


def work_folder(order: EvidenceOrder) -> Path:
    return work_root() / str(order.uuid)


# --- chunks ----------------------------------------------------------------------------------------------


def _chunks(beat: Beat, order: EvidenceOrder, folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    frame = gather.frame_of(order, gather.course(order))
    enrolments = gather.enrolments_of(order)
    number, last = 0, 0
    for facts in _facts(folder):
        number, last = number + 1, facts["last"]
        beat.done += facts["people"]
    while True:
        beat.now()
        items = list(enrolments.filter(pk__gt=last)[:CHUNK])
        if not items:
            return
        _write_chunk(folder, number, frame, items, beat)
        number, last = number + 1, items[-1].pk
        beat.done += len(items)


def _place(folder: Path, number: int) -> Path:
    return folder / f"{number:06d}"


def _facts(folder: Path) -> Iterator[Line]:
    """What the finished chunks say of themselves, in order."""
    number = 0
    while (place := _place(folder, number)).is_dir():
        yield json.loads((place / "facts.json").read_text(encoding="utf-8"))
        number += 1


def _write_chunk(
    folder: Path, number: int, frame: gather.Frame, items: Sequence[Enrolment], beat: Beat
) -> None:
    draft = folder / f".{number:06d}-{secrets.token_hex(6)}"
    draft.mkdir(mode=0o700)
    with ExitStack() as stack:
        writer = _Writer(
            {name: stack.enter_context((draft / name).open("wb")) for name in shape.PARTS}, len(items)
        )
        writer.write(gather.Chunk(frame, items), beat)
    facts = writer.facts | {"last": items[-1].pk, "asked": sorted(writer.asked)}
    (draft / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
    try:
        draft.rename(_place(folder, number))
    except OSError:
        # Another worker was here first, with the same bytes.
        if not _place(folder, number).is_dir():
            raise
        shutil.rmtree(draft)


class _Writer:
    """The lines of one chunk into its files, and the sums that the manifest states."""

    def __init__(self, files: Mapping[str, BinaryIO], people: int) -> None:
        self.files = files
        self.asked: set[tuple[str, str]] = set()
        self.facts: Line = {
            "people": people,
            "rows": dict.fromkeys(shape.PARTS, 0),
            "counted_ms": 0,
            "period_counted_ms": 0,
            "centihours": 0,
        }

    def write(self, chunk: gather.Chunk, beat: Beat) -> None:
        for row in chunk.people():
            self._put("people.csv", shape.csv_line(row))
        for row in chunk.sign_ins():
            self._put("sign_ins.csv", shape.csv_line(row))
        for item, raw in chunk.study():
            beat()
            stretches, totals = gather.recounted(chunk.frame, raw)
            for name, lines in (
                ("sessions", raw.sessions),
                ("reports", raw.reports),
                ("grants", raw.grants),
                ("claims", raw.claims),
                ("stretches", stretches),
                ("totals", totals),
            ):
                self._lines(f"{name}.jsonl", item, lines)
            self.facts["counted_ms"] += sum(line["counted_ms"] for line in totals)
            self.facts["period_counted_ms"] += sum(line["period_counted_ms"] for line in totals)
        for item, line in chunk.attempts():
            self._lines("attempts.jsonl", item, [line])
            if line["closed_at"]:
                self.asked.add((line["lesson"], line["block"]))
        for item, line in chunk.exercises():
            self._lines("exercises.jsonl", item, [line])
        for item, line in chunk.attendance():
            self._lines("attendance.jsonl", item, [line])
        for item, line in chunk.completions():
            self._lines("completions.jsonl", item, [line])
            self.facts["centihours"] += line["centihours"] + sum(
                part["centihours"] for part in line["top_ups"]
            )

    def _lines(self, name: str, item: Enrolment, lines: Sequence[Line]) -> None:
        for line in lines:
            self._put(name, shape.json_line({"enrolment": str(item.uuid)} | line))

    def _put(self, name: str, data: bytes) -> None:
        self.files[name].write(data)
        self.facts["rows"][name] += 1


# --- the zip ---------------------------------------------------------------------------------------------


def _finish(beat: Beat, order: EvidenceOrder, folder: Path, key: SigningKey) -> EvidencePack:
    facts = list(_facts(folder))
    target = folder / f"pack-{secrets.token_hex(6)}.zip"
    manifest_sha256 = write_zip(target, order, folder, facts, key, beat)
    # The fence: whoever lost the job to another worker stops here, and whoever was stopped has looked at nobody.
    beat.now()
    if not order.own:
        _log_looks(order, beat)
    return _keep(order, target, manifest_sha256, key, counts_of(facts), beat)


def counts_of(facts: Sequence[Line]) -> dict[str, int]:
    sums = ("people", "counted_ms", "period_counted_ms", "centihours")
    return {name: sum(item[name] for item in facts) for name in sums} | {
        "completions": sum(item["rows"]["completions.jsonl"] for item in facts)
    }


def write_zip(
    target: Path, order: EvidenceOrder, folder: Path, facts: Sequence[Line], key: SigningKey, beat: Beat
) -> str:
    """The pack at `target`; returns the SHA-256 of its manifest, in hex."""
    asked = {(lesson, block) for item in facts for lesson, block in item["asked"]}
    questions = [shape.json_line(line) for line in gather.questions(order, asked)]
    whole = {
        shape.COURSE: ([shape.json_document(gather.course(order))], 1),
        shape.QUESTIONS: (questions, len(questions)),
    }
    files = []
    with zipfile.ZipFile(target, "w") as pack:
        for name in shape.FILES:
            if name in whole:
                pieces, rows = whole[name]
                size = sum(map(len, pieces))
                files.append(_add(pack, name, size, iter(pieces), beat) | {"rows": rows})
            else:
                places = [_place(folder, number) / name for number in range(len(facts))]
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
    from lms.accounts.api import Organisation

    return Organisation.objects.filter(code=code).values_list("name", flat=True).first() or "" if code else ""


def _log_looks(order: EvidenceOrder, beat: Beat) -> None:
    """A row under every person in the pack, once, however often the job was started."""

    def people() -> Iterator[UUID]:
        for uuid in gather.enrolments_of(order).values_list("person__uuid", flat=True).iterator():
            beat()
            yield uuid

    record_each(
        Actor(person=order.person.uuid, role=order.role, body=order.body, user_id=order.person_id),
        people(),
        key=order.uuid,
        action="evidence.pack.view",
        target_type="accounts.User",
        reason=order.reason,
        data={"order": str(order.uuid), "release": str(order.release.uuid), "named": order.named},
        batch=LOOKS,
    )


def _keep(
    order: EvidenceOrder,
    target: Path,
    manifest_sha256: str,
    key: SigningKey,
    counts: dict[str, int],
    beat: Beat,
) -> EvidencePack:
    digest, size = _hash(target, beat)
    storage, name = private_storage(), f"evidence/{order.uuid}.zip"
    if storage.exists(name):
        storage.delete(name)
    with target.open("rb") as file:
        stored = storage.save(name, _Watched(file, beat))
    moment = now()
    with transaction.atomic():
        return EvidencePack.objects.create(
            order=order,
            file=stored,
            size=size,
            sha256=digest,
            manifest_sha256=manifest_sha256,
            key_id=key.public().id,
            counts=counts,
            made_at=moment,
            expires_at=moment + KEPT,
        )


def _hash(path: Path, beat: Beat) -> tuple[str, int]:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(COPY):
            beat()
            digest.update(data)
    return digest.hexdigest(), os.path.getsize(path)
