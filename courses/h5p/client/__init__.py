"""A small H5P client: reads, judges, installs, lists and exports .h5p packages. See README.md.

Only the standard library; nothing of the project around it.
"""

from . import errors
from .directory import members_named
from .errors import H5PError
from .export import export_content, export_to, write_package
from .filetypes import CONTENT_TYPES, extension
from .limits import CORE_API, Limits
from .manifest import LibraryManifest, PackageManifest, parse_library_manifest, parse_package_manifest
from .names import LibraryName, LibraryVersion
from .package import Package, PackagedLibrary, inspect_package, open_package
from .player import PlayerFiles, player_documents, player_files, script_habits
from .resolve import resolve
from .semantics import (
    check_params,
    check_semantics,
    elsewhere_in,
    files_in,
    libraries_in,
    translated,
    with_defaults,
)
from .store import Installation, Store
from .upgrade import check_upgraded, newer, upgraded_manifest

__all__ = [
    "CONTENT_TYPES",
    "CORE_API",
    "H5PError",
    "Installation",
    "LibraryManifest",
    "LibraryName",
    "LibraryVersion",
    "Limits",
    "Package",
    "PackageManifest",
    "PackagedLibrary",
    "PlayerFiles",
    "Store",
    "check_params",
    "check_semantics",
    "check_upgraded",
    "elsewhere_in",
    "errors",
    "export_content",
    "export_to",
    "extension",
    "files_in",
    "inspect_package",
    "libraries_in",
    "members_named",
    "newer",
    "open_package",
    "parse_library_manifest",
    "parse_package_manifest",
    "player_documents",
    "player_files",
    "resolve",
    "script_habits",
    "translated",
    "upgraded_manifest",
    "with_defaults",
    "write_package",
]
