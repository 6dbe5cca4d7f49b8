"""Changing synonyms: an officer of an authority adds a pair and ends one; nobody rewrites or deletes it."""

from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from lms.accounts.api import Role, User, require_role
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotFound
from search.synonyms import queries
from search.synonyms.models import Synonym
from search.synonyms.rules import MAX_TERM_CHARS, key

TARGET = "search.synonym"


def keeper(user: User) -> Actor:
    """Whoever may change synonyms, as audit rows name them. Raises NotAllowed."""
    return require_role(user, Role.OFFICER)


def add(user: User, term: str, meant: str, *, both_ways: bool, since: date | None = None) -> Synonym:
    """Whoever types `term` finds `meant` too, from that day (today if none is given).

    Raises NotAllowed; Invalid for words without letters or digits, too long, or the same; Conflict where the pair holds
    already.
    """
    by = keeper(user)
    term, meant = " ".join(term.split()), " ".join(meant.split())
    for one in (term, meant):
        if not key(one):
            raise Invalid(_("同义词要有文字或数字。"), code="synonym_empty")
        if len(one) > MAX_TERM_CHARS:
            raise Invalid(_("同义词最多 %(count)s 个字。") % {"count": MAX_TERM_CHARS}, code="synonym_long")
    if key(term) == key(meant):
        raise Invalid(_("两个词写法不同，但搜索时本来就是同一个词。"), code="synonym_same")
    with transaction.atomic():
        if any(_is(row, term, meant) for row in Synonym.objects.in_force(today())):
            raise Conflict(_("这两个词已经是同义词。"), code="synonym_known")
        made = Synonym.objects.create(
            term=term,
            meant=meant,
            both_ways=both_ways,
            since=since or today(),
            made_at=now(),
            made_by=by.person,
        )
        record(
            by,
            action="search.synonym.add",
            target_type=TARGET,
            target=made.uuid,
            data={"term": term, "meant": meant, "both_ways": both_ways, "since": made.since.isoformat()},
        )
        transaction.on_commit(queries.forget)
    return made


def end(user: User, uuid: UUID) -> Synonym:
    """The pair no longer holds, from today on. Ended once more: nothing happens. Raises NotAllowed, NotFound."""
    by = keeper(user)
    with transaction.atomic():
        row = Synonym.objects.select_for_update().filter(uuid=uuid).first()
        if row is None:
            raise NotFound
        if row.until is None or row.until > today():
            # One that was to begin later never did.
            row.until = max(today(), row.since)
            row.save(update_fields=["until"])
            record(
                by,
                action="search.synonym.end",
                target_type=TARGET,
                target=row.uuid,
                data={"until": row.until.isoformat()},
            )
            transaction.on_commit(queries.forget)
    return row


def _is(row: Synonym, term: str, meant: str) -> bool:
    pair = (key(row.term), key(row.meant))
    return pair == (key(term), key(meant)) or (row.both_ways and pair == (key(meant), key(term)))
