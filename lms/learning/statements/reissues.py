"""Papers issued again after a verified name was corrected, and certificates after the name was first verified: a new paper,
with a number and a code of its own, that names the one it replaces; the old one stays as it was, and its check says by
what it was replaced, when and why.

Owns: which papers of a person bear a name that was corrected since, or none that was verified, and issuing them again,
once for a correction, once for the verification. A statement needs none for that: the next version bears the name.
Refuses: any other change of a paper; a paper in another's name; what a person has revoked for good.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from lms.accounts.api import User, actor, masked_name, real_name, real_name_status
from lms.learning.certificates import services as certificates
from lms.learning.certificates.models import Certificate, CertificateReissue
from lms.learning.certificates.queries import nameable, paper, papers
from lms.learning.statements import queries, services
from lms.learning.statements.models import (
    NameRequest,
    RequestState,
    StatementLink,
    StatementReissue,
    YearStatement,
)
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Conflict, NotFound

# Papers issued again with one click; whoever has more clicks again.
AT_ONCE = 200


# --- which -----------------------------------------------------------------------------------------------


def correction_of(user: User) -> NameRequest | None:
    """The person's last correction that was accepted; None: there was none."""
    rows = NameRequest.objects.filter(person=user, state=RequestState.ACCEPTED)
    return rows.order_by("-decided_at", "-id").first()


def old_certificates(user: User, correction: NameRequest | None) -> QuerySet[Certificate]:
    """The person's certificates whose last paper is from before the correction, oldest first."""
    if correction is None:
        return Certificate.objects.none()
    rows = Certificate.objects.filter(
        person=user, withdrawn_at=None, issued_at__lt=correction.decided_at
    ).exclude(reissues__issued_at__gte=correction.decided_at)
    return rows.select_related("completion__release").prefetch_related("reissues").order_by("issued_at", "id")


def old_statements(user: User, correction: NameRequest | None) -> QuerySet[YearStatement]:
    """The newest version of each year, where it is from before the correction and not revoked, oldest year first."""
    if correction is None:
        return YearStatement.objects.none()
    newest = YearStatement.objects.filter(person=user).values("year").annotate(last=Max("pk")).values("last")
    rows = YearStatement.objects.filter(
        pk__in=newest, issued_at__lt=correction.decided_at, link__revoked_at=None
    )
    return rows.select_related("link").order_by("year")


@dataclass(frozen=True)
class Old:
    """A paper that bears the name from before the correction or, unnamed, what its holder called themselves before
    anybody had verified a name. kind: "certificate" or "statement".
    """

    kind: str
    uuid: UUID
    number: str
    title: str
    issued_at: datetime
    unnamed: bool = False


def old_papers(user: User) -> list[Old]:
    """What can be issued again now, certificates first; at most AT_ONCE of each kind."""
    correction = correction_of(user)
    without_name = list(nameable(user)[:AT_ONCE])
    shown = {item.pk for item in without_name}
    found = [
        Old("certificate", item.uuid, last.number, item.completion.release.title, last.issued_at)
        for item in old_certificates(user, correction).exclude(pk__in=shown)[:AT_ONCE]
        for last in papers(item)[-1:]
    ]
    found = [
        Old(
            "certificate", item.uuid, item.number, item.completion.release.title, item.issued_at, unnamed=True
        )
        for item in without_name
    ] + found
    return found + [
        Old(
            "statement",
            item.uuid,
            item.number,
            _("%(year)s 年度学时证明") % {"year": item.year},
            item.issued_at,
        )
        for item in old_statements(user, correction)[:AT_ONCE]
    ]


@dataclass(frozen=True)
class Replaced:
    """A paper and the one in its place. kind: "certificate" or "statement"; uuid: of the new one; unnamed: the earlier
    one bore no verified name.
    """

    kind: str
    uuid: UUID
    number: str
    replaces: str
    title: str
    at: datetime
    unnamed: bool = False


def replaced(user: User, correction: NameRequest | None = None) -> list[Replaced]:
    """What was issued again for a person (for one correction), newest first; at most AT_ONCE of each. Two queries."""
    only: dict[str, Any] = {"correction": correction} if correction else {}
    certified = CertificateReissue.objects.filter(person=user, **only).select_related(
        "certificate__completion__release"
    )
    stated = StatementReissue.objects.filter(statement__person=user, **only).select_related(
        "statement", "replaces"
    )
    found = [
        Replaced(
            "certificate",
            row.uuid,
            row.number,
            row.replaces,
            row.certificate.completion.release.title,
            row.issued_at,
            unnamed=row.correction_id is None,
        )
        for row in certified.order_by("-issued_at", "-id")[:AT_ONCE]
    ] + [
        Replaced(
            "statement",
            row.statement.uuid,
            row.statement.number,
            row.replaces.number,
            _("%(year)s 年度学时证明") % {"year": row.statement.year},
            row.at,
        )
        for row in stated.order_by("-at", "-id")[:AT_ONCE]
    ]
    return sorted(found, key=lambda item: item.at, reverse=True)


# --- issuing again ---------------------------------------------------------------------------------------


def reissue(user: User, kind: str, uuid: UUID) -> UUID:
    """The paper in place of one's own; the same one on every further call for the same correction. Returns its uuid.
    Raises NotFound, Conflict (nothing was corrected or verified since, a later version, revoked, withdrawn).
    """
    if kind == "certificate":
        return reissue_certificate(user, uuid).uuid
    if kind == "statement":
        return reissue_statement(user, uuid).uuid
    raise NotFound


def reissue_all(user: User) -> int:
    """All of one's papers that bear the name from before; how many that were."""
    found = old_papers(user)
    for item in found:
        reissue(user, item.kind, item.uuid)
    return len(found)


def name_all(user: User) -> int:
    """All of one's certificates from before the name was verified; how many that were."""
    found = list(nameable(user)[:AT_ONCE])
    for item in found:
        certificates.reissue(actor(user), item, correction_of(user))
    return len(found)


def reissue_certificate(user: User, uuid: UUID) -> CertificateReissue:
    """See `reissue`. uuid: of any paper of the certificate."""
    found = paper(uuid)
    if found is None or found.certificate.person_id != user.pk:
        raise NotFound
    correction = correction_of(user)
    if correction is None and found.certificate.real_name:
        raise _nothing_corrected()
    return certificates.reissue(actor(user), found.certificate, correction)


@transaction.atomic
def reissue_statement(user: User, uuid: UUID) -> YearStatement:
    """See `reissue`. The new paper says what the old one said, in the right name; its check shows as much as the old
    one's did.
    """
    old = queries.own(user, uuid)
    correction = _correction(user)
    # As for issuing: versions are given one after another, and two clicks make one.
    User.objects.select_for_update().get(pk=user.pk)
    done = StatementReissue.objects.filter(replaces=old).select_related("statement").first()
    if done is not None:
        return done.statement
    link = StatementLink.objects.get(statement=old)
    _may_be_replaced(old, link, correction)
    content = {name: value for name, value in queries.content_of(old).items() if name != "replaces"}
    moment = now()
    facts = content | {
        "name": real_name(user),
        "masked_name": masked_name(user),
        "name_status": real_name_status(user),
        "replaces": {"number": old.number, "reason": "name_corrected"},
    }
    made = services.hand_out(user, old.year, facts, old)
    StatementReissue.objects.create(statement=made, replaces=old, correction=correction, at=moment)
    made.link.hidden, made.link.ends_on = link.hidden, link.ends_on
    made.link.save(update_fields=["hidden", "ends_on"])
    record(
        actor(user),
        action="year_statement.reissue",
        target_type=queries.TARGET,
        target=made.uuid,
        data={"number": made.number, "replaces": old.number},
    )
    return made


def _correction(user: User) -> NameRequest:
    found = correction_of(user)
    if found is None:
        raise _nothing_corrected()
    return found


def _nothing_corrected() -> Conflict:
    return Conflict(_("没有更正过姓名，不用换发。"), code="no_correction")


def _may_be_replaced(old: YearStatement, link: StatementLink, correction: NameRequest) -> None:
    if correction.decided_at is None or old.issued_at >= correction.decided_at:
        raise Conflict(_("这份证明出具时已经用的是更正后的姓名，不用换发。"), code="name_right")
    if link.revoked_at is not None:
        raise Conflict(
            _("这份证明的验证已经停用，不能换发；需要时可以重新出具一份。"), code="already_revoked"
        )
    if queries.superseded_by(old):
        raise Conflict(_("同一年度后来又出具了新的一份，请换发新的那一份。"), code="superseded")
