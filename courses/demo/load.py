"""Loading the demo catalogue: every demo pack goes the way any pack goes, and every translation the way of any PO file."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from courses.demo.build import CATALOGUE, DemoError, build_all, provider
from courses.packs.services import import_pack
from courses.pages.models import CoursePage
from courses.translations import services as translations
from lms.accounts.api import Organisation
from lms.lib.actor import Actor
from lms.lib.errors import Refusal


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
            load_translations(path.stem, actor)
    return changed


def load_translations(code: str, actor: Actor) -> None:
    """Load and publish what `catalogue/<code>/translations/<language>.po` says, into a course that has no translation into that
    language yet. Raises DemoError where one is refused, or translates what the course does not say."""
    for path in sorted((CATALOGUE / code / "translations").glob("*.po")):
        course = CoursePage.objects.get(code=code)
        if course.translations.filter(language=path.stem).exists():
            continue
        try:
            translations.load(actor, course, path.stem, path.read_bytes(), everything=True)
            translations.publish(actor, course, path.stem)
        except Refusal as refusal:
            faults = "\n".join(map(str, refusal.details.get("faults", [])))
            raise DemoError(f"{code}/translations/{path.name}: {refusal.message}\n{faults}") from refusal
