"""The front door of search: packages register what they have, pages ask. Search knows none of them.

class CourseSource:                      # in the package that has something to be found
    type, label = "course", _("课程")
    facets = (Facet("kind", _("类型"), values=dict(Kind.choices), order="given"), …)
    def documents(self, ids=None): …     # yields Document

register(CourseSource())                 # in consumers.py
index("course", [uuid])                  # in a consumer of the outbox; appears, changes or goes
results = search(parse_request(request.GET, types=["course"]))
"""

from search.documents import BESIDE, PUBLIC, Document, DocumentSource, Facet, StaffCard, StaffSource
from search.documents import add as register
from search.errors import SearchUnavailable
from search.indexing import index, rebuild, remove
from search.queries import (
    FacetResult,
    FacetValue,
    Hit,
    Results,
    SortChoice,
    Suggestion,
    search,
    suggest,
)
from search.ranking import Viewer
from search.reasons import Reason
from search.requests import SearchRequest, parse_request
from search.shown import Shown, in_words, show
from search.state import health
from search.texts import kept_texts, texts_of
from search.viewers import register_viewer
from search.warming import warm_in_background
from search.words import warm

__all__ = [
    "BESIDE",
    "PUBLIC",
    "Document",
    "DocumentSource",
    "Facet",
    "FacetResult",
    "FacetValue",
    "Hit",
    "Reason",
    "Results",
    "SearchRequest",
    "SearchUnavailable",
    "Shown",
    "SortChoice",
    "StaffCard",
    "StaffSource",
    "Suggestion",
    "Viewer",
    "health",
    "in_words",
    "index",
    "kept_texts",
    "parse_request",
    "rebuild",
    "register",
    "register_viewer",
    "remove",
    "search",
    "show",
    "suggest",
    "texts_of",
    "warm",
    "warm_in_background",
]
