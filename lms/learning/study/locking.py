"""The person's lock, under which everything of their study time is written."""

from lms.learning.study.models import StudyStream


def lock(person_id: int) -> StudyStream:
    """The person's stream row, locked until the end of the transaction (SQLite's transactions lock as a whole)."""
    rows = StudyStream.objects.select_for_update().filter(person_id=person_id)
    stream = rows.first()
    if stream is None:
        StudyStream.objects.bulk_create([StudyStream(person_id=person_id)], ignore_conflicts=True)
        stream = rows.get()
    return stream
