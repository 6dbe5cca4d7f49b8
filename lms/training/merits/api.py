"""The front door of expert merit for the other rooms of training: whoever has experts adds their lines.

from lms.training.merits.api import Line, register_source

register_source("tenders.panel", _("需求包评审"), lambda user: [Line(f"panel:{row.uuid}", row.day, _("评审 3 份申报"), row.body, row.number) …])
"""

from lms.training.merits.registry import Line, Part, Reader, Source, register_source, sources

__all__ = ["Line", "Part", "Reader", "Source", "register_source", "sources"]
