"""Files of a pack → stored files, and the image, video and document rows made of them.

Storing happens before the transaction (a long upload must not hold the one writer of SQLite), below a folder of
the import's own, so that a failed or killed import is cleaned by removing that folder. What the last import of
the same course already made is used again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from typing import IO

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db.models import Model
from wagtail.models import Collection

from courses.media.models import CourseDocument, CourseImage, CourseVideo, VideoCaption
from lms.accounts.api import Organisation

from .archive import Archive
from .indexing import on_commit_index
from .plan import FileBlock, ImageBlock, PackFile, PackPlan, VideoBlock

_MODELS: dict[str, type[Model]] = {"image": CourseImage, "video": CourseVideo, "document": CourseDocument}


_CHUNK = 1024 * 1024


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
        self, plan: PackPlan, organisation: Organisation, folder: str, earlier: dict[str, int]
    ) -> None:
        self.plan = plan
        self.organisation = organisation
        self.folder = folder
        self.made = _still_there(earlier)
        self.stored: dict[str, str] = {}
        self.sha1: dict[str, str] = {}

    # -- before the transaction ---------------------------------------------------------------------

    def wanted(self) -> list[str]:
        """The paths that have to be stored, in order."""
        paths: dict[str, None] = {}
        cover = self.plan.course.cover if self.plan.course else ""
        if cover and self._image_key(cover) not in self.made:
            paths[cover] = None
        for block in self.plan.blocks:
            if isinstance(block, ImageBlock) and self._image_key(block.file) not in self.made:
                paths[block.file] = None
            elif isinstance(block, VideoBlock) and self._video_key(block) not in self.made:
                names = [block.file, block.poster, *(caption.file for caption in block.captions)]
                paths.update(dict.fromkeys(name for name in names if name))
            elif isinstance(block, FileBlock) and self._document_key(block) not in self.made:
                paths[block.file] = None
        return list(paths)

    def store(self, pack: Archive, step: Callable[[str], None]) -> None:
        """Copy the wanted files into the storage; `step` is told each name."""
        for path in self.wanted():
            step(path)
            with pack.open(path) as member:
                name = f"{self.folder}/{_plain_name(self._file(path))}"
                content = _Hashed(member)
                self.stored[path] = default_storage.save(name, content)
            self.sha1[path] = content.digest() or _sha1(self.stored[path])

    # -- inside it ----------------------------------------------------------------------------------

    def make(self) -> None:
        """Make all images and documents at once; Wagtail's search learns of them after the commit."""
        collection = Collection.get_first_root_node()
        images: dict[str, CourseImage] = {}
        documents: dict[str, CourseDocument] = {}
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
        for model, rows in ((CourseImage, images), (CourseDocument, documents)):
            if rows:
                made = model._default_manager.bulk_create(rows.values(), batch_size=500)
                self.made |= {key: row.pk for key, row in zip(rows, made, strict=True)}
                on_commit_index(model, [row.pk for row in made])

    def image(self, path: str) -> int:
        """The pk of the image made of a file of the pack."""
        return self.made[self._image_key(path)]

    def _image(self, path: str, alt: str, collection: Collection) -> CourseImage:
        file = self._file(path)
        return CourseImage(
            title=(alt or file.name)[:255],
            alt_text=alt[:255],
            collection=collection,
            file=self.stored[path],
            width=file.width,
            height=file.height,
            file_size=file.size,
            file_hash=self.sha1[path],
        )

    def video(self, block: VideoBlock) -> int:
        """The pk of the video with its poster and captions."""
        key = self._video_key(block)
        if key not in self.made:
            video = CourseVideo.objects.create(
                title=block.title,
                file=self.stored[block.file],
                poster=self.stored[block.poster] if block.poster else "",
                duration_ms=self._file(block.file).duration_ms,
                transcript=block.transcript,
                organisation=self.organisation,
            )
            VideoCaption.objects.bulk_create(
                VideoCaption(
                    video=video,
                    language=caption.lang,
                    label=caption.label,
                    file=self.stored[caption.file],
                )
                for caption in block.captions
            )
            self.made[key] = video.pk
        return self.made[key]

    def document(self, block: FileBlock) -> int:
        """The pk of the document to download."""
        return self.made[self._document_key(block)]

    def _document(self, block: FileBlock, collection: Collection) -> CourseDocument:
        return CourseDocument(
            title=block.name,
            collection=collection,
            file=self.stored[block.file],
            file_size=self._file(block.file).size,
            file_hash=self.sha1[block.file],
        )

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
        return f"video:{_digest(*parts)}"


def remove_stored(folder: str) -> None:
    """Remove a folder of an import and all in it; nothing happens where there is none."""
    try:
        _, files = default_storage.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in files:
        default_storage.delete(f"{folder}/{name}")
    # On a disk the folder stays otherwise; object stores have none and may not mind or may not know how.
    default_storage.delete(folder)


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
    """Wagtail's own file hash, by which it finds duplicates."""
    total = hashlib.sha1(usedforsecurity=False)
    with default_storage.open(name) as stored:
        for chunk in stored.chunks():
            total.update(chunk)
    return total.hexdigest()


def _plain_name(file: PackFile) -> str:
    """A name that is safe in every storage and URL, told apart by its content."""
    stem, _, extension = file.name.rpartition(".")
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-")[:60]
    return f"{file.sha256[:10]}{'-' if plain else ''}{plain}.{extension.lower()}"
