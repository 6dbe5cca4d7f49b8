"""docs/processes.md and its pictures, written from the declarations; in the field's own terms, with an English frame.

Owns: the text of the files. A test compares them with what is there; `python -m lms write_processes` writes them.
"""

from collections.abc import Iterator

from django.utils.translation import override

from lms.training.lifecycle import diagram
from lms.training.lifecycle.declaration import Process, processes

HEAD = """# Processes as they are declared

Written by `python -m lms write_processes` from the declarations; do not edit. What a declaration is made of and what the
mechanism refuses stands in [lifecycles](lifecycles.md).
"""


def files() -> Iterator[tuple[str, str]]:
    """(path below docs/, text) of each file."""
    with override("zh-hans"):
        parts = [HEAD]
        for process in processes():
            yield f"processes/{process.code}.svg", diagram.svg(process, alone=True) + "\n"
            parts.append(_part(process))
        yield "processes.md", "\n".join(parts)


def _part(process: Process) -> str:
    rows = diagram.rows(process)
    out = [
        f"## {process.title} (`{process.code}`)",
        "",
        f"Source: {process.source.number}. Overdue matters go to the role `{process.superior}` of the authority.",
        "",
        f"![{process.title}](processes/{process.code}.svg)",
        "",
        "The numbers on the arrows are the rows of this table; a double frame is an end.",
        "",
        "| # | act | from | to | who | needs, starts | source |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {row.number} | {row.label} | {row.sources} | {row.to} | {row.who} | {row.needs} | {row.source} |"
            for row in rows
        ),
        "",
        "Numbers that an authority's dated rule sets; without a standard the document says nothing, and unset means no deadline:",
        "",
        "| setting | name | standard | source |",
        "|---|---|---|---|",
        *(
            f"| `{row.name}` | {row.label} | {'' if row.standard is None else row.standard} | {row.source or ''} |"
            for row in process.settings
        ),
        "",
        "Evidence:",
        "",
        *(f"- {kind.label}: {kind.help} {kind.source or ''}".rstrip() for kind in process.evidence),
        "",
    ]
    return "\n".join(out)
