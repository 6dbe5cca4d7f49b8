"""Counting as things come and go, whichever screen or command they come by. What is written in bulk says so itself
(packs/materials.py), what has no row in h5p/services.py.
"""

from typing import Any

from django.db.models.signals import post_delete, post_save, pre_save

from courses.h5p.models import H5PContent, H5PFormerVersion
from courses.media.models import CourseDocument, CourseImage, CourseVideo, VideoCaption, VideoLadder
from courses.storage.measure import key_of
from courses.storage.models import StoredItem
from courses.storage.services import forget, note, note_left, release

# Files that stay where they are when others take their place: releases pinned them.
_STAYING: dict[type[Any], tuple[str, ...]] = {
    CourseVideo: ("file", "poster"),
    VideoCaption: ("file",),
    CourseDocument: ("file",),
}


def before_saved(
    sender: Any, instance: Any, raw: bool = False, update_fields: Any = None, **kwargs: Any
) -> None:
    """What a film, its captions or a document had until now, if that is about to be another file."""
    fields = [name for name in _STAYING[sender] if update_fields is None or name in update_fields]
    if raw or instance.pk is None or not fields:
        return
    before = sender._default_manager.filter(pk=instance.pk).values(*fields).first() or {}
    instance.storage_left = [
        name for field, name in before.items() if name and name != getattr(instance, field).name
    ]


def on_saved(sender: Any, instance: Any, raw: bool = False, **kwargs: Any) -> None:
    if raw:
        return
    if isinstance(instance, VideoLadder) and instance.ready_at is None:
        return
    if isinstance(instance, H5PContent) and StoredItem.objects.filter(key=key_of(instance)).exists():
        # Its files are not walked through for a change of the title.
        return
    note(instance)
    note_left(instance, getattr(instance, "storage_left", ()))
    instance.storage_left = []
    key = getattr(instance, "storage_hold", "")
    if key:
        release(key)
        instance.storage_hold = ""
        if isinstance(instance, CourseImage):
            # A new file: what was made of the one before goes with that.
            forget(f"sizes:{instance.pk}")


def on_deleted(sender: Any, instance: Any, **kwargs: Any) -> None:
    """Where the files go with the row. Films, captions and exercises stay in the storage: releases pinned them."""
    keys = [key_of(instance)]
    if isinstance(instance, CourseImage):
        keys.append(f"sizes:{instance.pk}")
    forget(*keys)


def connect() -> None:
    for model in (
        CourseImage,
        CourseDocument,
        CourseVideo,
        VideoCaption,
        VideoLadder,
        H5PContent,
        H5PFormerVersion,
    ):
        post_save.connect(on_saved, sender=model, dispatch_uid=f"courses.storage.{model.__name__}")
    for staying in _STAYING:
        pre_save.connect(before_saved, sender=staying, dispatch_uid=f"courses.storage.{staying.__name__}")
    for model in (CourseImage, CourseDocument, VideoLadder):
        post_delete.connect(on_deleted, sender=model, dispatch_uid=f"courses.storage.{model.__name__}")
