"""The words of files that never change, kept once they were read.

Owns: `FileText`. Refuses: knowing how any file is read; whoever has it hands in what reads it. Thrown away, they are read
again.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

from lms.lib.clock import now
from search.analysis import clean
from search.models import FileText

MAX_CHARS = 60_000
# What could not be read (a program that is missing, a full disk) is tried again after this; meanwhile nothing waits for it.
TRY_AGAIN = timedelta(days=1)


def texts_of(readers: Mapping[str, Callable[[], str]]) -> dict[str, str]:
    """Key → words, for each of `readers`; those not read before are read now and kept. Two queries, however many.

    A reader that raises OSError or ValueError gives no words for a day.
    """
    wanted = list(readers)
    if not wanted:
        return {}
    rows = FileText.objects.filter(key__in=wanted)
    found = {row.key: row.text for row in rows if row.text or row.read_at > now() - TRY_AGAIN}
    fresh = []
    for key in wanted:
        if key in found:
            continue
        try:
            found[key] = clean(readers[key]())[:MAX_CHARS]
        except (OSError, ValueError):
            found[key] = ""
        fresh.append(FileText(key=key, text=found[key], read_at=now()))
    if fresh:
        FileText.objects.bulk_create(
            fresh, update_conflicts=True, unique_fields=["key"], update_fields=["text", "read_at"]
        )
    return found
