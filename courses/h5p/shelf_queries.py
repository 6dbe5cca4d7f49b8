"""What the staff screen of libraries shows: the libraries of one organisation's contents (or of the platform's), what they
are used by, and what is newer. Reads only.
"""

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from courses.h5p.client import LibraryName
from courses.h5p.models import H5PContent, H5PLibrary
from lms.accounts.api import Organisation


@dataclass(frozen=True, slots=True)
class ShelfRow:
    """One library in one minor version. contents: how many have it as their main library; newer: the runnable newer
    versions, lowest first."""

    library: H5PLibrary
    contents: int
    newer: tuple[LibraryName, ...]

    @property
    def name(self) -> LibraryName:
        """Name with major and minor version."""
        return name_of(self.library)

    @property
    def latest(self) -> LibraryName | None:
        """What its contents can be upgraded to."""
        return self.newer[-1] if self.contents and self.newer else None


def name_of(library: H5PLibrary) -> LibraryName:
    return LibraryName(library.machine_name, library.major, library.minor)


def shelf_rows(organisation: Organisation | None) -> list[ShelfRow]:
    """The libraries that an organisation's contents run, by name and version; None: the platform's own. Of one version
    the highest patch stands here, the platform's where equal."""
    shelf = organisation.code if organisation else ""
    found: dict[LibraryName, H5PLibrary] = {}
    for library in H5PLibrary.objects.filter(shelf__in={"", shelf}).order_by("shelf"):
        there = found.get(name_of(library))
        if there is None or library.patch > there.patch:
            found[name_of(library)] = library
    counted = dict(
        contents_of(organisation)
        .values_list("main_library")
        .annotate(count=Count("pk"))
        .order_by("main_library")
    )
    by_machine: dict[str, list[LibraryName]] = {}
    for name in sorted(found):
        if found[name].runnable:
            by_machine.setdefault(name.machine_name, []).append(name)
    return [
        ShelfRow(
            found[name],
            counted.get(str(name), 0),
            tuple(other for other in by_machine.get(name.machine_name, ()) if other > name),
        )
        for name in sorted(found)
    ]


def contents_of(organisation: Organisation | None) -> QuerySet[H5PContent]:
    """The contents of an organisation, or those of nobody, which are the platform's."""
    return H5PContent.objects.filter(organisation=organisation)
