"""Reading the board: what is current, what is archived, and whether something was announced.

A posting that was replaced or withdrawn stands on its own page only; lists, feeds, open data and search leave it out. One whose matter
was called off stays in lists, feeds, open data and search, among what is archived, marked with day and reason.
"""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from lms.accounts.api import Organisation
from lms.lib.clock import today
from lms.lib.errors import NotFound
from lms.training.board.models import Kind, Posting, Withdrawal
from lms.training.lifecycle.paging import KeyPage, key_page

PER_PAGE = 20
FIRST_YEAR = 2000
LAST_YEAR = 2100
STATES = ("current", "archived")
LONGEST_WORDS = 60
MOST_WORDS = 5
# No index knows words inside a text: one page looks for them in so many postings, which takes as long however many there are.
LOOKED_THROUGH = 3_000
ORDER = ("-first_day", "-id")


@dataclass(frozen=True)
class BoardPage(KeyPage):
    """since: back to which day words were looked for, where there is more before it; None: everything was looked through."""

    since: date | None = None


@dataclass(frozen=True)
class Asked:
    """What a list is narrowed to; "" or None: not at all. authority: an organisation's code; words: each of them stands in the number, the title
    or the text."""

    kind: str = ""
    authority: str = ""
    state: str = ""
    year: int | None = None
    words: str = ""


def read(given: dict[str, str]) -> Asked:
    """What an address asks for; nonsense is left out."""
    year = given.get("year", "")
    number = int(year) if year.isascii() and year.isdecimal() and len(year) == 4 else 0
    kind, state = given.get("kind", ""), given.get("state", "")
    return Asked(
        kind=kind if kind in Kind.values else "",
        authority=given.get("authority", "").replace("\0", "")[:40],
        state=state if state in STATES else "",
        year=number if FIRST_YEAR <= number <= LAST_YEAR else None,
        words=" ".join(given.get("q", "").replace("\0", "")[:LONGEST_WORDS].split()),
    )


def standing() -> QuerySet[Posting]:
    """Every posting that is neither replaced nor withdrawn, archived ones too."""
    withdrawn = Withdrawal.objects.filter(posting=OuterRef("pk"))
    return last_ones().filter(~Exists(withdrawn))


def shown() -> QuerySet[Posting]:
    """What the board shows: what stands, and what was called off after it was rightly posted, with that."""
    wrong = Withdrawal.objects.filter(posting=OuterRef("pk"), ended=False)
    return last_ones().filter(~Exists(wrong)).select_related("authority", "withdrawal")


def last_ones() -> QuerySet[Posting]:
    """Every posting that nothing replaces, withdrawn ones too: what can be corrected or posted anew."""
    replaced = Posting.objects.filter(replaces=OuterRef("pk"))
    return Posting.objects.filter(~Exists(replaced)).select_related("authority")


def asked_for(asked: Asked) -> QuerySet[Posting]:
    """The postings of a question, unordered."""
    rows = shown()
    if asked.kind:
        rows = rows.filter(kind=asked.kind)
    if asked.authority:
        # A value instead of a join: the authority's own index has them in order.
        rows = rows.filter(authority=Organisation.objects.filter(code=asked.authority).values("pk")[:1])
    if asked.year is not None:
        rows = rows.filter(first_day__range=(date(asked.year, 1, 1), date(asked.year, 12, 31)))
    for word in asked.words.split()[:MOST_WORDS]:
        rows = rows.filter(Q(number__icontains=word) | Q(title__icontains=word) | Q(body__icontains=word))
    day = today()
    if asked.state == "current":
        rows = rows.filter(Q(last_day__isnull=True) | Q(last_day__gte=day), ~Exists(_ended()))
    elif asked.state == "archived":
        rows = rows.filter(Q(last_day__lt=day) | Exists(_ended()))
    return rows


def _ended() -> QuerySet[Withdrawal]:
    return Withdrawal.objects.filter(posting=OuterRef("pk"), ended=True)


def page(asked: Asked, after: str, per_page: int = PER_PAGE) -> BoardPage:
    """One page, the newest day first; of words, as much as is found in LOOKED_THROUGH postings, and where to go on."""
    rows = asked_for(asked)
    if not asked.words:
        found = key_page(rows, ORDER, after, per_page)
        return BoardPage(found.rows, found.next, found.first)
    every = asked_for(replace(asked, words="")).select_related(None).only("id", "first_day")
    looked = key_page(every, ORDER, after, LOOKED_THROUGH)
    if looked.next:
        last = looked.rows[-1]
        rows = rows.filter(first_day__gte=last.first_day).exclude(first_day=last.first_day, pk__lt=last.pk)
    found = key_page(rows, ORDER, after, per_page)
    following = found.next or looked.next
    since = looked.rows[-1].first_day if looked.next and not found.next else None
    return BoardPage(found.rows, following, found.first, since)


def newest(asked: Asked, most: int) -> list[Posting]:
    """For feeds."""
    return page(asked, "", most).rows


def posting(uuid: UUID) -> Posting:
    """Any posting, replaced and withdrawn ones too. Raises NotFound."""
    found = (
        Posting.objects.select_related("authority", "replaces", "replaced_by", "withdrawal")
        .filter(uuid=uuid)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def posters() -> QuerySet[Organisation]:
    """Authorities that have posted anything."""
    rows = Posting.objects.filter(authority=OuterRef("pk"))
    return Organisation.objects.filter(Exists(rows)).order_by("name")


def announced(subject: str, kind: str, *, key: str = "") -> date | None:
    """Since which day something stands announced on the board; None: it does not, or the posting was withdrawn. key: of the very
    posting that announces it; then another of the same subject and kind announces nothing.

    A correction keeps the day of the posting that it goes back to; one whose last day has passed stays announced.
    """
    rows = standing().filter(subject=subject, kind=kind, since__lte=today())
    if key:
        last = _last_of(key)
        rows = rows.filter(pk=last.pk) if last is not None else rows.none()
    return rows.order_by("since").values_list("since", flat=True).first()


def _last_of(key: str) -> Posting | None:
    """What a posting has become by corrections; a query a correction."""
    found = Posting.objects.filter(key=key).first()
    while found is not None and (newer := Posting.objects.filter(replaces=found).first()) is not None:
        found = newer
    return found


def standing_on(subject: str, kind: str) -> Posting | None:
    """The last posting of a kind on a subject that stands: as it was corrected by hand, if it was."""
    return standing().filter(subject=subject, kind=kind).order_by("-pk").first()


def by_key(key: str) -> Posting | None:
    """What was posted by a key, corrected since or not."""
    return Posting.objects.filter(key=key).first()


def last_of(key: str) -> Posting | None:
    """What a posting has become by corrections, where that stands; None: nothing was posted by this key, or it was taken back."""
    found = _last_of(key)
    if found is None or Withdrawal.objects.filter(posting=found).exists():
        return None
    return found


def standing_all(subject: str) -> list[Posting]:
    """Everything that stands on a subject, the oldest first."""
    return list(standing().filter(subject=subject).order_by("pk"))


def posted_by(authorities: QuerySet[Organisation], after: str) -> KeyPage:
    """The postings of some authorities that nothing replaces, newest first, with their withdrawals."""
    rows = last_ones().filter(authority__in=authorities).select_related("withdrawal")
    return key_page(rows, ("-first_day", "-id"), after, PER_PAGE)
