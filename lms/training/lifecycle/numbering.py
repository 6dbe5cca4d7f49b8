"""Numbers of cases, notices and papers: each series counts by itself, without gaps.

Owns: Numbering. Refuses: the same number twice; a transaction that is undone gives its number back.
"""

from lms.training.lifecycle.models import Numbering


def next_number(series: str) -> int:
    """The next number of a series, given once; without gaps, since a transaction that is undone gives it back."""
    row = hold_series(series)
    row.last += 1
    row.save(update_fields=["last"])
    return row.last


def hold_series(series: str) -> Numbering:
    Numbering.objects.bulk_create([Numbering(series=series)], ignore_conflicts=True)
    return Numbering.objects.select_for_update().get(series=series)
