"""The Celery task of folders that the object store keeps."""

from celery import shared_task

from courses.folders.services import keep


@shared_task(name="courses.folders.keep")
def keep_folders() -> tuple[int, int]:
    """Every five minutes: what was installed since is kept; nothing where files lie in folders."""
    return keep()
