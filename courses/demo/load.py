"""Loading the demo catalogue: every demo pack goes the way any pack goes."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from courses.demo.build import DemoError, build_all, provider
from courses.packs.services import import_pack
from lms.accounts.api import Organisation
from lms.lib.actor import Actor


def load_catalogue(actor: Actor, organisation_by_code: Mapping[str, Organisation]) -> int:
    """Import every demo pack for its provider and return how many courses were made or renewed.

    Repeating it changes nothing: a pack that is there is recognised. Raises DemoError where one is refused.
    """
    changed = 0
    with tempfile.TemporaryDirectory() as folder:
        for path in build_all(Path(folder)):
            organisation = organisation_by_code[provider(path.stem)]
            report = import_pack(path, organisation=organisation, actor=actor)
            if not report.ok:
                raise DemoError("\n".join(f"{path.stem}: {problem}" for problem in report.problems))
            changed += report.state == "done"
    return changed
