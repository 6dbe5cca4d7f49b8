"""A small H5P client: reads, judges, installs, lists and exports .h5p packages. See README.md.

Only the standard library; nothing of the project around it.
"""

from . import errors
from .errors import H5PError
from .export import export_content, write_package
from .filetypes import CONTENT_TYPES, extension
from .limits import CORE_API, Limits
from .manifest import LibraryManifest, PackageManifest, parse_library_manifest, parse_package_manifest
from .names import LibraryName, LibraryVersion
from .package import Package, PackagedLibrary, inspect_package, open_package
from .player import PlayerFiles, player_files, script_habits
from .resolve import resolve
from .semantics import check_params, check_semantics, files_in, libraries_in, translated, with_defaults
from .store import Installation, Store

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
    "errors",
    "export_content",
    "extension",
    "files_in",
    "inspect_package",
    "libraries_in",
    "open_package",
    "parse_library_manifest",
    "parse_package_manifest",
    "player_files",
    "resolve",
    "script_habits",
    "translated",
    "with_defaults",
    "write_package",
]
