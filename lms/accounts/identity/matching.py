"""Finding the people whom a list names, many at a time: by identity paper, or by telephone and name.

Owns: what proves that somebody is the one a row means. A number alone proves nothing: anybody can type one, so the paper
must have been seen by staff (`verified`); a telephone must have been proved, and carry the same real name. Refuses: saying
who has an account: callers keep that to themselves.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from lms.accounts.identity import rules
from lms.accounts.identity.models import Identity
from lms.accounts.identity.services import SENTENCES, number_hash
from lms.accounts.people.models import User
from lms.accounts.people.rules import normalise_phone


@dataclass(frozen=True)
class Named:
    """Who a row means: name and phone normalised; paper: the keyed hash of the number, "" for none."""

    name: str
    phone: str
    paper: str


@dataclass(frozen=True)
class Fault:
    """field: name, phone, paper_kind or number; sentence: what is wrong with it."""

    field: str
    sentence: str


def named(name: str, phone: str, kind: str, number: str, today: date) -> tuple[Named, list[Fault]]:
    """The person a row means, and what cannot be right about it. kind "" is an identity card, or what shares its
    numbering; phone and number may be "", not both (which the caller says).
    """
    legal, digits = rules.normalise_name(name), rules.normalise_number(number)
    # The number stands for none: only what is said of the name is asked for.
    faults = [
        Fault("name", str(SENTENCES[fault.code]))
        for fault in rules.faults("id_card", legal, "", today)
        if fault.field == "legal_name"
    ]
    e164 = normalise_phone(phone) if phone else ""
    if e164 is None:
        faults.append(Fault("phone", "phone"))
    paper = ""
    if digits:
        wrong = _paper_fault(kind, digits, today)
        if wrong:
            faults.append(Fault("paper_kind" if wrong == "kind" else "number", str(SENTENCES[wrong])))
        else:
            paper = number_hash(kind or "id_card", digits)
    return Named(legal, e164 or "", paper), faults


def _paper_fault(kind: str, number: str, today: date) -> str:
    """A word of SENTENCES, "" where nothing is wrong."""
    if not kind and len(number) == 18:
        return rules.eighteen_fault(number, today) or ""
    found = rules.faults(kind or "id_card", "某某", number, today)
    return found[0].code if found else ""


@dataclass(frozen=True)
class Match:
    """Somebody's account, with the real name and paper that stand there."""

    user: User
    name: str
    paper: str


def by_paper(papers: Iterable[str]) -> dict[str, Match]:
    """Whom the papers belong to, of those that staff have seen: paper → match. One query.

    Lists name no issuing country. A passport's number that two people here have, of two countries, belongs to neither as
    long as nothing else says which: it is left out.
    """
    rows = Identity.objects.filter(
        number_hash__in=set(papers),
        status=Identity.Status.VERIFIED,
        user__is_active=True,
        user__erased_at=None,
    )
    found: dict[str, list[Match]] = {}
    for row in rows.select_related("user"):
        found.setdefault(row.number_hash, []).append(Match(row.user, row.legal_name, row.number_hash))
    return {paper: matches[0] for paper, matches in found.items() if len(matches) == 1}


def by_phone(phones: Iterable[str]) -> dict[str, Match]:
    """Whom the telephones belong to, of those that were proved and carry a real name: phone → match. One query."""
    rows = Identity.objects.filter(
        user__phone__in=set(phones), user__phone_verified=True, user__is_active=True, user__erased_at=None
    )
    return {
        str(row.user.phone): Match(row.user, row.legal_name, row.number_hash)
        for row in rows.select_related("user")
    }


def same_person(who: Named, match: Match, *, by_telephone: bool) -> bool:
    """Whether the match is the one the row means: the same name, and by telephone no other paper."""
    if who.name.casefold() != match.name.casefold():
        return False
    return not (by_telephone and who.paper and who.paper != match.paper)
