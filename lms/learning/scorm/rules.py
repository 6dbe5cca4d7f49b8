"""The run-time data models of SCORM 1.2 and 2004 as plain functions over plain values (milliseconds, JSON).

Owns: which elements there are (SCORM 1.2 RTE 3.4; SCORM 2004 4th ed. RTE 4.2, of which the 2nd and 3rd are parts), what of
them claims something, times as each writes them. Refuses: elements that neither has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MAX_BYTES = 1024**2
# Longer than any element may be (suspend_data: 64,000 characters in the 4th edition; packages exceed it).
MAX_VALUE = 512 * 1024
_SCORE = ("raw", "min", "max")
_INTERACTION = (
    "id",
    "type",
    "weighting",
    "result",
    "latency",
    "objectives.#.id",
    "correct_responses.#.pattern",
)
KNOWN: dict[str, frozenset[str]] = {
    "scorm12": frozenset(
        {
            *(
                f"core.{name}"
                for name in ("student_id", "student_name", "lesson_location", "credit", "lesson_status")
            ),
            *(f"core.{name}" for name in ("entry", "total_time", "lesson_mode", "exit", "session_time")),
            *(f"core.score.{name}" for name in _SCORE),
            *("suspend_data", "launch_data", "comments", "comments_from_lms"),
            *("objectives.#.id", "objectives.#.status", *(f"objectives.#.score.{name}" for name in _SCORE)),
            *(f"student_data.{name}" for name in ("mastery_score", "max_time_allowed", "time_limit_action")),
            *(f"student_preference.{name}" for name in ("audio", "language", "speed", "text")),
            *(f"interactions.#.{name}" for name in (*_INTERACTION, "time", "student_response")),
        }
    ),
    "scorm2004": frozenset(
        {
            *(
                f"{who}.#.{name}"
                for who in ("comments_from_learner", "comments_from_lms")
                for name in ("comment", "location", "timestamp")
            ),
            *("completion_status", "completion_threshold", "credit", "entry", "exit", "launch_data"),
            *("learner_id", "learner_name", "location", "max_time_allowed", "mode", "progress_measure"),
            *(
                "scaled_passing_score",
                "session_time",
                "success_status",
                "suspend_data",
                "time_limit_action",
                "total_time",
            ),
            *(
                f"learner_preference.{name}"
                for name in ("audio_level", "language", "delivery_speed", "audio_captioning")
            ),
            *(f"score.{name}" for name in ("scaled", *_SCORE)),
            *(
                f"objectives.#.{name}"
                for name in ("id", "success_status", "completion_status", "progress_measure", "description")
            ),
            *(f"objectives.#.score.{name}" for name in ("scaled", *_SCORE)),
            *(
                f"interactions.#.{name}"
                for name in (*_INTERACTION, "timestamp", "learner_response", "description")
            ),
        }
    ),
}
# Said anew at each launch, by us; never taken from what a content told.
_OURS = {
    "scorm12": (
        "student_id",
        "student_name",
        "entry",
        "total_time",
        "session_time",
        "exit",
        "credit",
        "lesson_mode",
    ),
    "scorm2004": (
        "learner_id",
        "learner_name",
        "entry",
        "total_time",
        "session_time",
        "exit",
        "credit",
        "mode",
    ),
}


@dataclass(frozen=True)
class Claim:
    """What a SCO says of itself. completion: "completed", "incomplete" or ""; success: "passed", "failed" or ""."""

    completion: str = ""
    success: str = ""
    scaled: float | None = None
    raw: float | None = None
    least: float | None = None
    most: float | None = None
    session_ms: int = 0
    exit: str = ""

    @property
    def over(self) -> bool:
        """Whether by its own words there is nothing left to do, however well it was done."""
        return self.completion == "completed" or bool(self.success)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every element and its value: "interactions.0.id"."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from leaves(inner, f"{path}.{number}")
    else:
        yield path, value


def unknown(kind: str, cmi: Any) -> str:
    """The first element that the data model has not, or whose value is none; "" where all is well."""
    known = KNOWN[kind]
    for path, value in leaves(cmi):
        if re.sub(r"(?<=\.)\d{1,6}(?=\.|$)", "#", path) not in known:
            return path[:80] or "cmi"
        if not isinstance(value, str | int | float | bool | None) or len(str(value)) > MAX_VALUE:
            return path[:80]
    return ""


def claim(kind: str, cmi: Mapping[str, Any]) -> Claim:
    """What the elements of one SCO claim."""
    if kind == "scorm12":
        core = _map(cmi.get("core"))
        status = core.get("lesson_status", "")
        raw, least, most = (_number(_map(core.get("score")).get(name)) for name in _SCORE)
        return Claim(
            completion="completed"
            if status in ("completed", "passed", "failed")
            else "incomplete"
            if status
            else "",
            success=status if status in ("passed", "failed") else "",
            # Scores of SCORM 1.2 lie between 0 and 100.
            scaled=raw / 100 if raw is not None and 0 <= raw <= 100 else None,
            raw=raw,
            least=least,
            most=most,
            session_ms=duration_ms(kind, core.get("session_time")),
            exit=str(core.get("exit") or ""),
        )
    score = _map(cmi.get("score"))
    scaled, (raw, least, most) = _number(score.get("scaled")), (_number(score.get(name)) for name in _SCORE)
    completion, success = cmi.get("completion_status"), cmi.get("success_status")
    return Claim(
        completion=completion if completion in ("completed", "incomplete") else "",
        success=success if success in ("passed", "failed") else "",
        scaled=scaled if scaled is not None and -1 <= scaled <= 1 else None,
        raw=raw,
        least=least,
        most=most,
        session_ms=duration_ms(kind, cmi.get("session_time")),
        exit=str(cmi.get("exit") or ""),
    )


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or value in ("", None):
        return None
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if abs(found) < 1e12 else None


_CLOCK = re.compile(r"^(\d{1,4}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,3})\d*)?$")
_PERIOD = re.compile(
    r"^P(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,8})(?:\.(\d{1,3})\d*)?S)?)?$"
)
_DAY_S = 86_400


def duration_ms(kind: str, text: Any) -> int:
    """A time of either data model; 0 for what is none. A year has 365 days here, a month 30."""
    if not isinstance(text, str):
        return 0
    if kind == "scorm12":
        found = _CLOCK.match(text)
        if not found:
            return 0
        hours, minutes, seconds = (int(found[n]) for n in (1, 2, 3))
        return ((hours * 60 + minutes) * 60 + seconds) * 1000 + int((found[4] or "0").ljust(3, "0"))
    found = _PERIOD.match(text)
    if not found:
        return 0
    years, months, days, hours, minutes, seconds = (int(found[n] or 0) for n in range(1, 7))
    total = (years * 365 + months * 30 + days) * _DAY_S + hours * 3600 + minutes * 60 + seconds
    return total * 1000 + int((found[7] or "0").ljust(3, "0"))


def duration_text(kind: str, ms: int) -> str:
    """The other way round, in hundredths of a second."""
    hundredths = ms // 10
    if kind == "scorm12":
        minutes, rest = divmod(hundredths, 6000)
        hours, minutes = divmod(minutes, 60)
        return f"{min(hours, 9999):04d}:{minutes:02d}:{rest // 100:02d}.{rest % 100:02d}"
    return period(ms)


def period(ms: int) -> str:
    """ISO 8601, to the hundredth of a second."""
    hundredths = ms // 10
    minutes, rest = divmod(hundredths, 6000)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{rest // 100}.{rest % 100:02d}".rstrip("0").rstrip(".")
    return f"PT{f'{hours}H' if hours else ''}{f'{minutes}M' if minutes else ''}{seconds}S"


def given(
    kind: str,
    cmi: Mapping[str, Any] | None,
    item: Mapping[str, Any],
    *,
    learner: tuple[str, str],
    total_ms: int,
    resume: bool,
) -> dict[str, Any]:
    """The elements a SCO finds when it is launched: its own of before, ours beside them, the manifest's.

    cmi None: it was never launched in this attempt. resume: it was left to be gone on with.
    """
    entry = "ab-initio" if cmi is None else "resume" if resume else ""
    found = {key: value for key, value in (cmi or {}).items() if key not in _OURS[kind]}
    who, name = learner
    if kind == "scorm12":
        core = {key: value for key, value in _map(found.get("core")).items() if key not in _OURS[kind]}
        core.setdefault("lesson_status", "not attempted")
        found["core"] = core | {
            "student_id": who,
            "student_name": name,
            "credit": "credit",
            "lesson_mode": "normal",
            "entry": entry,
            "total_time": duration_text(kind, total_ms),
        }
        limits = {
            "mastery_score": "mastery",
            "max_time_allowed": "max_time",
            "time_limit_action": "time_action",
        }
        found["student_data"] = {key: item[name] for key, name in limits.items() if item.get(name)}
    else:
        found |= {
            "learner_id": who,
            "learner_name": name,
            "credit": "credit",
            "mode": "normal",
            "entry": entry,
            "total_time": duration_text(kind, total_ms),
        }
        manifest = {
            "scaled_passing_score": "passing",
            "completion_threshold": "threshold",
            "max_time_allowed": "max_time",
            "time_limit_action": "time_action",
        }
        found |= {key: item[name] for key, name in manifest.items() if item.get(name)}
        if cmi is None and item.get("objectives"):
            found["objectives"] = {str(n): {"id": id_} for n, id_ in enumerate(item["objectives"])}
    if item.get("data"):
        found["launch_data"] = item["data"]
    return found
