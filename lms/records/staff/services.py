"""Staff's look at what a store holds about one person: for a duty said in words, written where the person reads it.

Refuses: a look without a reason; people the store knows nothing of, told as if they did not exist, so that nobody learns
here who has an account.
"""

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.accounts.api import User, person_by_login
from lms.lib.audit.reasons import Reason
from lms.lib.audit.services import record
from lms.lib.errors import Invalid, NotFound
from lms.records.credentials.models import Store
from lms.records.credentials.services import require_keeper
from lms.records.live.queries import holds_any

MIN_REASON = 4
# How long an opened record stays open for who opened it.
OPEN_FOR_S = 3600
_SALT = "records.look"
DUTY = Reason("records.duty", gettext_lazy("职责：%(reason)s"))


def open_records(by: User, store: Store, login: str, reason: str) -> str:
    """Opens them for an hour; the token with which they are read. Raises NotAllowed, Invalid (no reason), NotFound."""
    who = require_keeper(by, store)
    said = " ".join(reason.split())[:200]
    if len(said) < MIN_REASON:
        raise Invalid(_("请写明理由（至少 4 个字）。"), code="reason_missing", details={"field": "reason"})
    person = person_by_login(login)
    if person is None or not holds_any(person.uuid, store):
        raise NotFound(_("这个记录库里没有这个人的记录。"))
    with transaction.atomic():
        record(
            who,
            action="records.view",
            # Under the person, so that it stands in their list of who looked at their record.
            target_type="accounts.User",
            target=person.uuid,
            reason=DUTY(reason=said),
            data={"store": str(store.uuid)},
        )
    return signing.dumps([by.pk, store.pk, person.pk], salt=_SALT)


def opened(by: User, store: Store, token: str) -> User:
    """Whose records a token opens. Raises NotAllowed, NotFound (over, or somebody else's)."""
    require_keeper(by, store)
    try:
        viewer, which, person = signing.loads(token, salt=_SALT, max_age=OPEN_FOR_S)
    except signing.BadSignature as error:
        raise NotFound(_("这次查看已经结束；需要时请重新打开，并写明理由。"), code="look_over") from error
    if (viewer, which) != (by.pk, store.pk):
        raise NotFound
    found = User.objects.filter(pk=person, erased_at__isnull=True).first()
    if found is None:
        raise NotFound
    return found
