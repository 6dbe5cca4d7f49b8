"""What training registers with other rooms when the application is ready: its processes, what /verify/ says of its papers, and
a person's own data with what becomes of it.
"""

from lms.learning.api import register_gate
from lms.lib.verify.services import register_verifier
from lms.training import directories, letters, searching
from lms.training.bases import conduct as base_conduct
from lms.training.bases import papers as bases_papers
from lms.training.bases import queries as bases
from lms.training.bases.process import PROCESS
from lms.training.bases.services import KIND
from lms.training.board import consumers as board
from lms.training.board import data, printed, tables
from lms.training.ce_bases import conduct as ce_bases
from lms.training.ce_bases import data as ce_bases_data
from lms.training.ce_bases import people as ce_base_people
from lms.training.ce_bases.filings import FilingGate
from lms.training.coordination import people as coordination
from lms.training.digital import conduct as digital
from lms.training.digital import data as digital_data
from lms.training.digital import people as digital_people
from lms.training.digital import results as digital_results  # noqa: F401 -- the consumer of results
from lms.training.digital.process import PROCESS as DIGITAL
from lms.training.experts import people as experts
from lms.training.grants import conduct as grants
from lms.training.grants import papers as grants_papers
from lms.training.grants.conduct import GrantConduct
from lms.training.grants.process import PROCESS as GRANTS
from lms.training.lifecycle import letters as case_letters
from lms.training.lifecycle import people
from lms.training.lifecycle import tasks as lifecycle_tasks  # noqa: F401 -- Celery learns of the tasks
from lms.training.lifecycle.conduct import register_alarms, register_conduct, register_pages
from lms.training.lifecycle.declaration import register as declare
from lms.training.merits import people as merit_people
from lms.training.merits import queries as merits
from lms.training.merits import sources as merit_sources
from lms.training.merits.services import TEMPLATE as MERIT
from lms.training.papers import applications, objections
from lms.training.papers import queries as papers
from lms.training.papers.services import KIND as PAPER
from lms.training.papers.sheets import register as register_sheet
from lms.training.papers.templates import COMMON, register_template
from lms.training.posts import people as posts
from lms.training.programmes import letters as programme_letters
from lms.training.programmes import papers as programme_papers
from lms.training.programmes import people as programme_people
from lms.training.programmes import results as programme_results  # noqa: F401 -- the consumer of summaries
from lms.training.programmes.conduct import ProgrammeConduct
from lms.training.programmes.conduct import alarms as call_alarms
from lms.training.programmes.conduct import pages as programme_pages
from lms.training.programmes.enrolment import ProgrammeGate
from lms.training.programmes.process import PROCESS as PROGRAMMES
from lms.training.programmes.sign_in import ROOM as SIGN_IN_SHEETS
from lms.training.suggestions import people as suggestions
from lms.training.suggestions import tasks as suggestion_tasks  # noqa: F401 -- the same
from lms.training.supervision import people as supervision_people
from lms.training.supervision import tasks as supervision_tasks  # noqa: F401 -- the same
from lms.training.supervision.conduct import FindingConduct
from lms.training.supervision.conduct import pages as finding_pages
from lms.training.supervision.process import PROCESS as FINDINGS
from lms.training.tenders import conduct as tenders
from lms.training.tenders import people as tender_people
from lms.training.yearly_plans.commissions.papers import ROOM as ENTRUSTMENTS
from lms.training.yearly_plans.commissions.queries import alarms as commission_alarms
from lms.training.yearly_plans.queries import alarms as plan_alarms


def register() -> None:
    letters.register()
    case_letters.register()
    declare(PROCESS)
    register_conduct(PROCESS.code, base_conduct.BaseConduct())
    base_conduct.register()
    register_verifier(KIND, bases.verdict)
    for template in (*COMMON, *bases_papers.TEMPLATES, *grants_papers.TEMPLATES):
        register_template(template)
    for template in (*programme_papers.TEMPLATES, *printed.TEMPLATES):
        register_template(template)
    register_verifier(PAPER, papers.verdict)
    objections.register()
    applications.register()
    register_verifier(printed.KIND, printed.verdict)
    directories.register()
    declare(GRANTS)
    register_conduct(GRANTS.code, GrantConduct())
    grants.register()
    declare(PROGRAMMES)
    register_conduct(PROGRAMMES.code, ProgrammeConduct())
    register_alarms(PROGRAMMES.code, call_alarms)
    register_alarms("yearly-plan", plan_alarms)
    register_alarms("commissions", commission_alarms)
    register_sheet(ENTRUSTMENTS)
    register_pages(PROGRAMMES.code, programme_pages)
    register_gate(ProgrammeGate())
    ce_bases.register()
    ce_base_people.register()
    ce_bases_data.register()
    register_gate(FilingGate())
    programme_people.register()
    register_sheet(SIGN_IN_SHEETS)
    programme_letters.register()
    experts.register()
    coordination.register()
    tenders.register()
    tender_people.register()
    declare(DIGITAL)
    register_conduct(DIGITAL.code, digital.DigitalConduct())
    register_pages(DIGITAL.code, digital.pages)
    merit_sources.register()
    digital_people.register()
    digital_data.register()
    register_template(MERIT)
    register_verifier(merits.KIND, merits.verdict)
    merit_people.register()
    declare(FINDINGS)
    register_conduct(FINDINGS.code, FindingConduct())
    register_pages(FINDINGS.code, finding_pages)
    supervision_people.register()
    people.register()
    posts.register()
    board.register()
    data.register()
    tables.register()
    suggestions.register()
    searching.register()
