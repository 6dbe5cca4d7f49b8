"""Demo data of deposits: a list of the demo's assessing body that waits to be agreed to. Safe to run twice."""

from collections.abc import Mapping

from django.core.files.uploadedfile import SimpleUploadedFile

from creditbank.deposits.models import DepositBatch
from creditbank.deposits.services import upload
from lms.accounts.api import Organisation, User

HEADING = "成果类型,姓名,手机号,名称,职业编码,等级,编号,日期"
# Invented people, of whom one may have an account; the list does not tell.
ROWS = (
    "职业技能等级证书,沈一帆,19000000021,电工,6-31-01-03,四级/中级工,S000131000101254000201,2025-06-18",
    "职业技能等级证书,顾小满,19000000022,电工,6-31-01-03,五级/初级工,S000131000101255000202,2025-06-18",
)


def load_demo_deposits(people: Mapping[str, User], organisations: Mapping[str, Organisation]) -> int:
    """people: "assessor" of "sjpj". The list is read in the background, as any. Returns how many lists there are."""
    body = organisations["sjpj"]
    if not DepositBatch.objects.filter(issuer=body).exists():
        content = "\n".join((HEADING, *ROWS)).encode("utf-8-sig")
        upload(people["assessor"], body, SimpleUploadedFile("六月评价名单.csv", content))
    return DepositBatch.objects.filter(issuer=body).count()
