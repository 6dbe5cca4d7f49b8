"""The front door of foreign packages. Others import nothing behind it."""

from courses.activities.kinds import Reading
from courses.activities.models import ContentPackage
from courses.activities.queries import (
    activity_iri,
    file_url,
    own_origin,
    package,
    scorm_url,
    shown,
    write_package,
)
from courses.activities.services import check_package, install_package, remove_package, sweep_packages

__all__ = [
    "ContentPackage",
    "Reading",
    "activity_iri",
    "check_package",
    "file_url",
    "install_package",
    "own_origin",
    "package",
    "remove_package",
    "scorm_url",
    "shown",
    "sweep_packages",
    "write_package",
]
