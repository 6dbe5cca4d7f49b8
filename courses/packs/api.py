"""The front door of packs for the rest of courses and for commands."""

from courses.packs.export import export_cartridge, export_course
from courses.packs.handing_in import start_import
from courses.packs.native import is_native, read_pack
from courses.packs.plan import PackPlan
from courses.packs.planning import plan_of
from courses.packs.problems import Problem
from courses.packs.report import ImportReport, State
from courses.packs.services import import_pack

__all__ = [
    "ImportReport",
    "PackPlan",
    "Problem",
    "State",
    "export_cartridge",
    "export_course",
    "import_pack",
    "is_native",
    "plan_of",
    "read_pack",
    "start_import",
]
