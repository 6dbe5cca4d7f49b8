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
from lms.learning.evidence.classwork import standing
from lms.learning.evidence.keys import SigningKey, signing_key
from lms.learning.evidence.models import EvidenceOrder, EvidencePack
from lms.learning.evidence.packing import COPY, Beat, counts_of, facts_in, place, write_zip
from lms.learning.evidence.recount import Line, worth
from lms.learning.looks import PACK
from lms.lib.actor import Actor
from lms.lib.audit.services import record_each
from lms.lib.clock import now
from lms.lib.jobs.registry import JobContext
from lms.lib.jobs.services import JobCancelled
from lms.lib.private import private_storage

CHUNK = 200
# How long a finished pack may be fetched; its hash stays for ever.
KEPT = timedelta(days=7)
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
    # Of its version: chunks that an earlier one began are not gone on with.
    return work_root() / f"{order.uuid}-{shape.VERSION}"


# --- chunks ----------------------------------------------------------------------------------------------


def _chunks(beat: Beat, order: EvidenceOrder, folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    frame = gather.frame_of(order, gather.course(order))
    enrolments = gather.enrolments_of(order)
    number, last = 0, 0
    for facts in facts_in(folder):
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
    facts = writer.facts | {
        "last": items[-1].pk,
        "asked": sorted(writer.asked),
        "checklists": sorted(writer.checklists),
    }
    (draft / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
    try:
        draft.rename(place(folder, number))
    except OSError:
        # Another worker was here first, with the same bytes.
        if not place(folder, number).is_dir():
            raise
        shutil.rmtree(draft)


class _Writer:
    """The lines of one chunk into its files, and the sums that the manifest states."""

    def __init__(self, files: Mapping[str, BinaryIO], people: int) -> None:
        self.files = files
        self.asked: set[tuple[str, str]] = set()
        self.checklists: set[str] = set()
        self.facts: Line = {
            "people": people,
            "rows": dict.fromkeys(shape.PARTS, 0),
            "counted_ms": 0,
            "period_counted_ms": 0,
            "centihours": 0,
            "attended_minutes": 0,
            "practice_passed": 0,
            "class_centihours": 0,
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
        for item, events, there in chunk.attendance():
            beat()
            self._lines("attendance.jsonl", item, events)
            self._lines("attended.jsonl", item, there)
            self.facts["attended_minutes"] += sum(line["minutes"] for line in there)
        for item, line in chunk.practice():
            self._lines("practice.jsonl", item, [line])
            self.checklists.add(line["checklist"])
            self.facts["practice_passed"] += line["passed"]
        for item, line in chunk.class_hours():
            self._lines("class_hours.jsonl", item, [line])
            self.facts["class_centihours"] += standing(line)
        for item, line in chunk.completions():
            self._lines("completions.jsonl", item, [line])
            self.facts["centihours"] += worth(line)

    def _lines(self, name: str, item: Enrolment, lines: Sequence[Line]) -> None:
        for line in lines:
            self._put(name, shape.json_line({"enrolment": str(item.uuid)} | line))

    def _put(self, name: str, data: bytes) -> None:
        self.files[name].write(data)
        self.facts["rows"][name] += 1


# --- the file ---------------------------------------------------------------------------------------------


def _finish(beat: Beat, order: EvidenceOrder, folder: Path, key: SigningKey) -> EvidencePack:
    facts = list(facts_in(folder))
    target = folder / f"pack-{secrets.token_hex(6)}.zip"
    manifest_sha256 = write_zip(target, order, folder, facts, key, beat)
    # The fence: whoever lost the job to another worker stops here, and whoever was stopped has looked at nobody.
    beat.now()
    if not order.own:
        _log_looks(order, beat)
    return _keep(order, target, manifest_sha256, key, counts_of(facts), beat)


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
        reason=PACK(reason=order.reason),
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
