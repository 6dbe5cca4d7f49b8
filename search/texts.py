"""The words of files that never change, kept once they were read.

Owns: `FileText`. Refuses: knowing how any file is read; whoever has it hands in what reads it. Thrown away, they are read
again.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta

from django.db import DatabaseError

from lms.lib.clock import now
from search.analysis import clean
from search.models import FileText

logger = logging.getLogger(__name__)
MAX_CHARS = 60_000
# What could not be read (a program that is missing, a full disk) is tried again after this; meanwhile nothing waits for it.
TRY_AGAIN = timedelta(days=1)


def kept_texts(keys: Iterable[str]) -> dict[str, str]:
    """Key → words, of those that were read before (none, where they could not be read within the last day). One query."""
    wanted = list(keys)
    if not wanted:
        return {}
    rows = FileText.objects.filter(key__in=wanted)
    return {row.key: row.text for row in rows if row.text or row.read_at > now() - TRY_AGAIN}


def texts_of(readers: Mapping[str, Callable[[], str]]) -> dict[str, str]:
    """Key → words, for each of `readers`; those not read before are read now and kept. Two queries, however many.

    Reading may take minutes: not in a transaction. A reader that raises an error gives no words for a day.
    """
    found = kept_texts(readers)
    fresh = []
    for key in readers:
        if key in found:
            continue
        try:
            found[key] = clean(readers[key]())[:MAX_CHARS]
        except DatabaseError:
            raise
        except (
            Exception
        ):  # a file may be broken in any way; it must not keep everything else from being found
            logger.warning("The words of %s cannot be read", key, exc_info=True)
            found[key] = ""
        fresh.append(FileText(key=key, text=found[key], read_at=now()))
    if fresh:
        FileText.objects.bulk_create(
            fresh, update_conflicts=True, unique_fields=["key"], update_fields=["text", "read_at"]
        )
    return found
