"""NOTICES.md names what asks to be named; the front pages lead to every document."""

import re
from importlib import metadata

import pytest

from tools.common import ROOT

# Licences that ask more than that their text is kept.
COPYLEFT = re.compile(r"GPL|MPL|EPL|CDDL|GNU|Mozilla|SSPL|Eclipse", re.IGNORECASE)


def licence_of(name: str) -> str:
    """What a package says of its licence; "" for one that only another system installs."""
    try:
        said = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    classified = [line for line in said.get_all("Classifier") or [] if line.startswith("License ::")]
    # The full text some put in the old field names other licences by the way.
    return said["License-Expression"] or " ".join(classified) or (said["License"] or "")[:60]


def test_python_packages_with_a_licence_that_asks_more_are_named() -> None:
    listed = re.findall(
        r"^([A-Za-z0-9_.-]+)==", (ROOT / "requirements" / "base.txt").read_text(), re.MULTILINE
    )
    notices = (ROOT / "NOTICES.md").read_text(encoding="utf-8")
    bound = [name for name in listed if COPYLEFT.search(licence_of(name))]
    assert "psycopg" in bound
    assert [name for name in bound if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", notices)] == []


@pytest.mark.parametrize("readme", ["README.md", "README.zh-Hans.md"])
def test_a_front_page_leads_to_every_document(readme: str) -> None:
    front = "".join((ROOT / name).read_text(encoding="utf-8") for name in (readme, "NOTICES.md"))
    linked = set(re.findall(r"docs/([a-z0-9-]+\.md)", front))
    # Pages of the credit bank and of packs are led to by their own front pages.
    for name in sorted(linked):
        page = (ROOT / "docs" / name).read_text(encoding="utf-8")
        linked |= set(re.findall(r"\(([a-z0-9-]+\.md)", page))
    assert {path.name for path in (ROOT / "docs").glob("*.md")} - linked == set()


def test_every_decision_is_in_their_list() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(re.findall(r"\(([a-z0-9-]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8")))
    assert {path.name for path in folder.glob("*.md")} - {"README.md"} == listed
