"""Files of a pack → stored files, and the image, video and document rows made of them.

Storing happens before the transaction (a long upload must not hold the one writer of SQLite), below a folder of
the import's own, so that a failed or killed import is cleaned by removing that folder. What the last import of
the same course already made is used again.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO
from uuid import UUID

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db.models import Model
from wagtail.models import Collection

from courses.media.models import CourseDocument, CourseImage, CourseVideo, VideoCaption
from courses.media.stored import names_in, remove_folder
from courses.storage.api import note_each
from lms.accounts.api import Organisation

from .archive import Archive, Unpacked
from .indexing import on_commit_index
from .plan import FileBlock, ImageBlock, PackFile, PackPlan, VideoBlock

_MODELS: dict[str, type[Model]] = {"image": CourseImage, "video": CourseVideo, "document": CourseDocument}


# Whether it is to be a document, and its path in the pack.
Wanted = tuple[bool, str]
_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Folders:
    """Of one import, and of one try of it: no two tries store under the same name, so that one that begins anew, or one
    that wakes up late, removes nothing of the other's. What lessons show has an address of its own; documents are asked for at /documents/ alone, and no server
    gives away what lies below documents/."""

    shown: str
    documents: str
    attempt: int = 1

    @classmethod
    def of(cls, uuid: UUID, *, attempt: int = 1) -> Folders:
        # As long as the other, so that what fits there fits here (courses/media/stored.py knows both).
        return cls(shown=f"packs/{uuid}", documents=f"documents/{uuid.hex}", attempt=attempt)

    def names(self) -> list[str]:
        """Whatever is stored there now, of every try."""
        return [name for folder in (self.shown, self.documents) for name in names_in(folder)]

    def remove(self, names: Iterable[str]) -> None:
        """Remove files that `names` gave, and the folders, where nothing else is in them."""
        for name in names:
            default_storage.delete(name)
        for folder in (self.shown, self.documents):
            remove_folder(folder)


class _Moved(File):
    """A file that lies unpacked on this disk already: a storage on the same disk only gives it its place."""

    def __init__(self, unpacked: Unpacked) -> None:
        super().__init__(open(unpacked.path, "rb"))  # noqa: SIM115 -- closed with it
        self.unpacked = unpacked

    def temporary_file_path(self) -> str:
        return str(self.unpacked.path)

    def digest(self) -> str:
        return self.unpacked.sha1


class _Hashed(File):
    """A file that knows, once copied, what Wagtail calls its hash: read once, not twice."""

    def __init__(self, content: IO[bytes]) -> None:
        super().__init__(content)
        self.sha1 = hashlib.sha1(usedforsecurity=False)
        self.whole = False

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        for chunk in super().chunks(_CHUNK):
            self.sha1.update(chunk)
            yield chunk
        self.whole = True

    def digest(self) -> str:
        """Hexadecimal, "" where a storage copied in another way."""
        return self.sha1.hexdigest() if self.whole else ""


class Materials:
    """The materials of one import. `made` grows to what the report keeps."""

    def __init__(
        self, plan: PackPlan, organisation: Organisation, folders: Folders, earlier: dict[str, int]
    ) -> None:
        self.plan = plan
        self.organisation = organisation
        self.folders = folders
        self.made = _still_there(earlier)
        # Films and recordings made by this import, whose sizes are still to be made (jobs.py).
        self.films: list[int] = []
        # By whether it is a document, and the path in the pack.
        self.stored: dict[Wanted, str] = {}
        # "" where nobody asked for it while the file was read.
        self.sha1: dict[Wanted, str] = {}

    # -- before the transaction ---------------------------------------------------------------------

    def wanted(self) -> list[Wanted]:
        """The files that have to be stored, in order; one that is shown and offered as a document, too, twice."""
        found: dict[Wanted, None] = {}
        cover = self.plan.course.cover if self.plan.course else ""
        if cover and self._image_key(cover) not in self.made:
            found[False, cover] = None
        for block in self.plan.blocks:
            if isinstance(block, ImageBlock) and self._image_key(block.file) not in self.made:
                found[False, block.file] = None
            elif isinstance(block, VideoBlock) and self._video_key(block) not in self.made:
                names = [block.file, block.poster, *(caption.file for caption in block.captions)]
                found.update(((False, name), None) for name in names if name)
            elif isinstance(block, FileBlock) and self._document_key(block) not in self.made:
                found[True, block.file] = None
        return list(found)

    def bytes(self) -> int:
        """What the wanted files take in the storage."""
        return sum(self._file(path).size for _document, path in self.wanted())

    def store(self, pack: Archive, step: Callable[[str], None]) -> None:
        """Copy the wanted files into the storage; `step` is told each name."""
        wanted = self.wanted()
        times = Counter(path for _, path in wanted)
        for document, path in wanted:
            step(path)
            folder = self.folders.documents if document else self.folders.shown
            # What is moved is there once.
            there = pack.unpacked.get(path) if times[path] == 1 else None
            with _Moved(there) if there else _Hashed(pack.open(path)) as content:
                plain = _plain_name(self._file(path), self.folders.attempt)
                name = default_storage.save(f"{folder}/{plain}", content)
            self.stored[document, path] = name
            self.sha1[document, path] = content.digest()

    def drop(self) -> None:
        """Remove what was stored, and nothing that another try of the import has stored."""
        for name in self.stored.values():
            default_storage.delete(name)

    # -- inside it ----------------------------------------------------------------------------------

    def make(self) -> None:
        """Make all images, documents and films at once; Wagtail's search learns of them after the commit."""
        collection = Collection.get_first_root_node()
        images: dict[str, CourseImage] = {}
        documents: dict[str, CourseDocument] = {}
        films: dict[str, VideoBlock] = {}
        cover = self.plan.course.cover if self.plan.course else ""
        if cover and self.plan.course and self._image_key(cover) not in self.made:
            images[self._image_key(cover)] = self._image(cover, self.plan.course.title, collection)
        for block in self.plan.blocks:
            if isinstance(block, ImageBlock):
                key = self._image_key(block.file)
                if key not in self.made and key not in images:
                    images[key] = self._image(block.file, block.alt, collection)
            elif isinstance(block, FileBlock):
                key = self._document_key(block)
                if key not in self.made and key not in documents:
                    documents[key] = self._document(block, collection)
            elif isinstance(block, VideoBlock):
                key = self._video_key(block)
                if key not in self.made:
                    films.setdefault(key, block)
        for model, rows in ((CourseImage, images), (CourseDocument, documents)):
            if rows:
                made = model._default_manager.bulk_create(rows.values(), batch_size=500)
                self.made |= {key: row.pk for key, row in zip(rows, made, strict=True)}
                note_each(made, self.organisation)
                on_commit_index(model, [row.pk for row in made])
        if films:
            self._make_films(films)

    def _make_films(self, films: dict[str, VideoBlock]) -> None:
        made = CourseVideo.objects.bulk_create(
            [self._film(block) for block in films.values()], batch_size=500
        )
        captions = VideoCaption.objects.bulk_create(
            [
                VideoCaption(
                    video=film,
                    language=caption.lang,
                    label=caption.label,
                    file=self.stored[False, caption.file],
                )
                for film, block in zip(made, films.values(), strict=True)
                for caption in block.captions
            ],
            batch_size=500,
        )
        note_each(made, self.organisation)
        note_each(captions, self.organisation)
        self.made |= {key: film.pk for key, film in zip(films, made, strict=True)}
        self.films += [film.pk for film in made]

    def image(self, path: str) -> int:
        """The pk of the image made of a file of the pack."""
        return self.made[self._image_key(path)]

    def _image(self, path: str, alt: str, collection: Collection) -> CourseImage:
        file = self._file(path)
        return CourseImage(
            title=(alt or file.name)[:255],
            alt_text=alt[:255],
            collection=collection,
            file=self.stored[False, path],
            width=file.width,
            height=file.height,
            file_size=file.size,
            file_hash=self._sha1(False, path),
        )

    def video(self, block: VideoBlock) -> int:
        """The pk of the video with its poster and captions."""
        return self.made[self._video_key(block)]

    def _film(self, block: VideoBlock) -> CourseVideo:
        file = self._file(block.file)
        return CourseVideo(
            title=block.title,
            file=self.stored[False, block.file],
            poster=self.stored[False, block.poster] if block.poster else "",
            duration_ms=file.duration_ms,
            transcript=block.transcript,
            sound=file.kind == "mp3",
            chapters=list(block.chapters),
            offline=block.offline or CourseVideo.Offline.LICENCE,
            organisation=self.organisation,
        )

    def document(self, block: FileBlock) -> int:
        """The pk of the document to download."""
        return self.made[self._document_key(block)]

    def _document(self, block: FileBlock, collection: Collection) -> CourseDocument:
        return CourseDocument(
            title=block.name,
            collection=collection,
            file=self.stored[True, block.file],
            file_size=self._file(block.file).size,
            file_hash=self._sha1(True, block.file),
        )

    def _sha1(self, document: bool, path: str) -> str:
        """Wagtail's own file hash, by which it finds duplicates."""
        return self.sha1[document, path] or _sha1(self.stored[document, path])

    # -- keys ---------------------------------------------------------------------------------------

    def _file(self, path: str) -> PackFile:
        return self.plan.media[path]

    def _image_key(self, path: str) -> str:
        return f"image:{self._file(path).sha256}"

    def _document_key(self, block: FileBlock) -> str:
        return f"document:{_digest(self._file(block.file).sha256, block.name)}"

    def _video_key(self, block: VideoBlock) -> str:
        parts = [self._file(block.file).sha256, block.title, block.transcript]
        parts.append(self._file(block.poster).sha256 if block.poster else "")
        for caption in block.captions:
            parts += [self._file(caption.file).sha256, caption.lang, caption.label]
        for chapter in block.chapters:
            parts += [str(chapter["ms"]), chapter["title"]]
        if block.offline:
            parts += ["offline", block.offline]
        return f"video:{_digest(*parts)}"


def _still_there(earlier: dict[str, int]) -> dict[str, int]:
    """Of what an earlier import made, what nobody has deleted since."""
    kept: dict[str, int] = {}
    for role, model in _MODELS.items():
        named = {key: pk for key, pk in earlier.items() if key.startswith(f"{role}:")}
        there = set(model._default_manager.filter(pk__in=named.values()).values_list("pk", flat=True))
        kept.update({key: pk for key, pk in named.items() if pk in there})
    return kept


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _sha1(name: str) -> str:
    total = hashlib.sha1(usedforsecurity=False)
    with default_storage.open(name) as stored:
        for chunk in stored.chunks():
            total.update(chunk)
    return total.hexdigest()


def _plain_name(file: PackFile, attempt: int) -> str:
    """A name that is safe in every storage and URL, told apart by its content and, after the first, by the try; with its
    folder, and what a storage adds to one that is taken, it fits the 100 characters of its column."""
    stem, _, extension = file.name.rpartition(".")
    mark = f".{attempt}" if attempt > 1 else ""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-")[: 30 - len(mark)]
    return f"{file.sha256[:10]}{mark}{'-' if plain else ''}{plain}.{extension.lower()}"
