"""The demo's board: what the demo has made public, and one notice by hand with its correction."""

from lms.accounts.api import Organisation
from lms.lib.actor import Actor
from lms.training.board.consumers import catch_up
from lms.training.board.models import Kind, Posting
from lms.training.board.services import post

DEMO = Actor.system("demo")
KEY = "demo:suggestions"


def load_demo_board(authority: Organisation) -> None:
    """Repeated, only what is missing is posted."""
    catch_up()
    first = post(
        DEMO,
        kind=Kind.OTHER,
        title="意见建议渠道开通的通知（演示）",
        body="对培训、学时和学分有意见建议的，可以在平台上提出，当场得到编号和答复日期。",
        authority=authority,
        url="/suggestions/",
        key=KEY,
    )
    if not Posting.objects.filter(key=f"{KEY}:2").exists():
        post(
            DEMO,
            kind=Kind.OTHER,
            title="意见建议渠道开通的通知（演示）",
            body="对培训、学时、学分和政策有意见建议的，不论是否登录，都可以在平台上提出，当场得到编号和答复日期。",
            authority=authority,
            url="/suggestions/",
            key=f"{KEY}:2",
            replaces=first,
            reason="补充说明不登录也可以提出",
        )
