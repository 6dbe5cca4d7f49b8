"""What an erasure takes from cases: the words of their steps, the files handed in, the words about redemptions, and the
receipts' codes. What was decided and posted stays, as figures and times.
"""

from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_noop

from creditbank.applications.models import ApplicationFile, ApplicationStep, Redemption
from creditbank.applications.redemptions import KIND
from lms.accounts.api import User
from lms.lib.appendonly import erase_words
from lms.lib.evidence import discard
from lms.lib.verify import services as verify


def erase_cases(user: User) -> list[UUID]:
    """Files first. The uuids of what is theirs."""
    discard(ApplicationFile.objects.filter(application__applicant=user))
    erase_words(ApplicationStep, Q(application__applicant=user))
    redemptions = Redemption.objects.filter(holder=user)
    uuids = list(redemptions.values_list("uuid", flat=True))
    for uuid in uuids:
        verify.revoke(KIND, uuid, gettext_noop("持有人已注销。"))
    redemptions.update(reason="")
    return uuids
