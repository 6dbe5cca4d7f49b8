"""What goes when a person is erased: the words of statements of which they are the actor, their names and documents.

That there was a statement, when, and by whose credential, stays; so do the keys it is found by, which name nobody. A
statement of a group goes when one of its members does: nobody can take a name out of words that are kept to the letter. What
was sent on to other stores is theirs to erase (docs/records.md).
"""

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from uuid import UUID

from django.core.files.storage import default_storage
from django.db.models import Q

from lms.accounts.api import ErasurePart, User
from lms.lib.appendonly import erase_words
from lms.lib.clock import now
from lms.records.credentials.models import Credential, Store
from lms.records.documents.models import Document
from lms.records.people.queries import acts, identifier, key_of
from lms.records.statements.attachments import listed
from lms.records.statements.keys import Role
from lms.records.statements.models import AgentName, Attachment, Mention, Statement

_BATCH = 500
# store, moment, number
Row = tuple[int, int, int]


def obstacles(_user: User) -> list[str]:
    return []


def erase(user: User) -> list[UUID]:
    """See the module's text. Again without harm."""
    which, who = key_of(user.uuid), identifier(user.uuid)
    Credential.objects.filter(actor=who, revoked_at__isnull=True).update(revoked_at=now())
    Document.objects.filter(agent=which).delete()
    AgentName.objects.filter(store__in=Store.objects.all(), key=which).delete()
    for rows in _batches(which):
        _blank(rows, who)
    return []


def _batches(which: UUID) -> Iterator[list[Row]]:
    named = (
        Mention.objects.filter(store__in=Store.objects.all(), key=which)
        .extra(where=["(roles & %s) <> 0"], params=[int(Role.AGENT)])
        .values_list("store_id", "stored_ms", "statement")
        .order_by("store_id", "stored_ms", "statement")
    )
    rows = iter(list(named))
    while batch := list(islice(rows, _BATCH)):
        yield batch


def _blank(rows: Sequence[Row], who: str) -> None:
    theirs = Statement.objects.filter(_these(rows), erased=False)
    gone: list[Row] = []
    files: set[tuple[int, str]] = set()
    for row in theirs:
        data = json.loads(row.text or row.raw)
        # Others' statements that refer to one of theirs are found by the same key, and stay.
        if not acts(data, who):
            continue
        gone.append((row.store_id, row.stored_ms, row.pk))
        files |= {(row.store_id, item["sha2"].lower()) for item in listed(data)}
    if gone:
        erase_words(Statement, _these(gone))
    for store_id, sha2 in sorted(files):
        _forget_file(store_id, sha2)


def _these(rows: Sequence[Row]) -> Q:
    """By what they are cut and ordered by, too: the number alone would be looked for in every month."""
    stores, moments, numbers = zip(*rows, strict=True)
    return Q(store_id__in=set(stores), stored_ms__in=set(moments), pk__in=numbers)


def _forget_file(store_id: int, sha2: str) -> None:
    """The bytes behind a hash, unless another statement names them. A search through all words: rare beside what it saves."""
    row = Attachment.objects.filter(store_id=store_id, sha2=sha2).first()
    if row is None or Statement.objects.filter(store_id=store_id, raw__icontains=sha2).exists():
        return
    default_storage.delete(row.file)
    row.delete()


PART = ErasurePart(obstacles, erase)
