"""Demo terms: how many look at a case, and within how many days. Every row says that it is only for trying things out."""

from datetime import date

from creditbank.applications.models import CaseTerms
from creditbank.applications.terms import NewTerms, publish_terms
from creditbank.rules.models import Programme
from lms.accounts.api import Organisation
from lms.lib.actor import Actor

FROM = date(2025, 1, 1)
# The programme whose cases one reviewer decides, so that the whole way can be walked with one account.
ALONE = "mechatronics"


def load_terms(college: Organisation, source: str) -> None:
    """The college's terms (two pairs of eyes), and those of the programme that takes one. What is there stays."""
    who = Actor.system("demo")
    days = {"review_days": 20, "supplement_days": 10, "appeal_days": 15}
    shared = {"valid_from": FROM, "source": source, "evidence_required": False, **days}
    if not CaseTerms.objects.filter(organisation=college, programme__isnull=True).exists():
        shelf = {"shelf_life_months": 84, "notice_days": (180, 90, 30)}
        publish_terms(who, college, NewTerms(**shared, **shelf))  # type: ignore[arg-type]
    alone = Programme.objects.filter(organisation=college, code=ALONE).first()
    if alone is not None and not CaseTerms.objects.filter(programme=alone).exists():
        publish_terms(who, college, NewTerms(**shared, reviewers=1), programme=alone)  # type: ignore[arg-type]
