"""The front door of H5P: installing, playing, states and statements. Others import nothing behind it."""

from courses.h5p.models import H5PContent
from courses.h5p.queries import (
    activity_iri,
    content,
    exists,
    export,
    frame,
    language_of,
    play_url,
    played_in,
    title,
    titles,
)
from courses.h5p.services import (
    Judged,
    check_package,
    install_package,
    judge_package,
    remove_content,
    sweep_contents,
)
from courses.h5p.state import (
    H5PStateStore,
    State,
    check_state,
    load_state,
    register_state_store,
    save_state,
)
from courses.h5p.xapi import is_whole, named, statement, verb_of

__all__ = [
    "H5PContent",
    "H5PStateStore",
    "Judged",
    "State",
    "activity_iri",
    "check_package",
    "check_state",
    "content",
    "exists",
    "export",
    "frame",
    "install_package",
    "is_whole",
    "judge_package",
    "language_of",
    "load_state",
    "named",
    "play_url",
    "played_in",
    "register_state_store",
    "remove_content",
    "save_state",
    "statement",
    "sweep_contents",
    "title",
    "titles",
    "verb_of",
]
