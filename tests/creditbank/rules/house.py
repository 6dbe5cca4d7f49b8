"""A college with an editor, a panel and administrators, and drafts as far as a test needs them."""

from dataclasses import replace

from creditbank.rules.content import NewVersion
from creditbank.rules.drafts.services import (
    Publication,
    Said,
    publish_draft,
    start_draft,
    submit_draft,
    vote,
)
from creditbank.rules.facts import Rate
from lms.lib.clock import today
from tests.factories.creditbank import college, member, programme

ELECTRICIAN = NewVersion(
    occupation_code="6-31-01-03",
    occupation_name="电工",
    level=3,
    or_higher=True,
    courses=[{"code": "EL101", "name": "电工技术基础", "centicredits": 500}],
    source_document="测试认定办法〔2026〕1号",
    programme_cap_centicredits=3000,
    max_age_days=1825,
)
HOURS = NewVersion(
    outcome_kind="training_hours",
    rate=Rate(per=1600, centicredits=100, step=50),
    source_document="教职成〔2019〕13号",
)
EXEMPTION = NewVersion(
    outcome_kind="degree_course",
    course_code="EL101",
    course_name="电工技术基础",
    min_score=7000,
    exemptions=[{"code": "theory", "name": "理论知识考试"}],
    source_document="测试免考办法",
)
TRANSFER = NewVersion(
    outcome_kind="degree_course",
    course_code="GX01",
    min_score=6000,
    courses=[{"code": "EL101", "name": "电工技术基础", "centicredits": 400}],
    issuers=[{"code": "qpjx", "name": "青溪技师学院"}],
    source_document="测试校际协议",
)


class House:
    """Everybody a draft meets. `said(**changes)`: what the editor writes."""

    def __init__(self, code: str = "shenjiang-open", name: str = "申江开放大学") -> None:
        self.home = college(code, name)
        self.programme = programme(self.home)
        self.editor = member("editor", self.home, "周文")
        self.reviewers = [member("reviewer", self.home, f"评审{n}") for n in range(3)]
        self.admin = member("admin", self.home, "卫东")

    def said(
        self,
        title="电工高级工证书认定机电一体化课程",
        direction="certificate_to_credits",
        mode="certificate_recognition",
        base=ELECTRICIAN,
        **changes,
    ):
        return Said(title, direction, mode, self.programme, replace(base, **changes))

    def draft(self, *, rule=None, **changes):
        return start_draft(self.editor, self.home, self.said(**changes), rule=rule)

    def submitted(self, **changes):
        return submit_draft(self.editor, self.draft(**changes))

    def approved(self, **changes):
        draft = self.submitted(**changes)
        for reviewer in self.reviewers[:2]:
            draft = vote(reviewer, draft, round_seen=draft.round, approve=True)
        return draft

    def published(self, code="shkd-2026-001", *, valid_from=None, valid_until=None, **changes):
        draft = self.approved(**changes)
        said = Publication(valid_from or today(), valid_until, "" if draft.rule_id else code)
        return publish_draft(self.admin, draft, said)
