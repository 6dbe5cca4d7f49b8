"""imsss:sequencing of an item → plain values in the shape of npm scorm-again's ActivitySettings.

Owns: the names of IMS Simple Sequencing 1.0 and ADL's additions in that library's words. Refuses: judging a rule; what is
not of the vocabulary is left out, and the library falls back to the standard's default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

from courses.packs.foreign.xmltree import child, children, local, said

_CONTROLS = (
    "choice",
    "choiceExit",
    "flow",
    "forwardOnly",
    "useCurrentAttemptObjectiveInfo",
    "useCurrentAttemptProgressInfo",
)
_DELIVERY = ("tracked", "completionSetByContent", "objectiveSetByContent")
_MAP = (
    *("readSatisfiedStatus", "readNormalizedMeasure", "writeSatisfiedStatus", "writeNormalizedMeasure"),
    *("readCompletionStatus", "writeCompletionStatus", "readProgressMeasure", "writeProgressMeasure"),
    *("readRawScore", "writeRawScore", "readMinScore", "writeMinScore", "readMaxScore", "writeMaxScore"),
)
# Elements that are always read the same way, whoever wrote them: the standard's defaults say nothing new.
_PLAIN = {"choice": True, "choiceExit": True, "flow": False, "forwardOnly": False}


def attributes(element: Element | None) -> dict[str, str]:
    """By local names: editions differ in their namespaces."""
    return (
        {}
        if element is None
        else {key.rpartition("}")[2]: value.strip() for key, value in element.attrib.items()}
    )


def flag(value: str | None) -> bool | None:
    return None if value is None else value.lower() in ("true", "1")


def number(value: str | None) -> float | None:
    try:
        return None if value is None else float(value)
    except ValueError:
        return None


def collections_of(root: Element) -> dict[str, Element]:
    """Sequencing that several items share, by its id."""
    found = {}
    for element in children(child(root, "sequencingCollection"), "sequencing"):
        if name := attributes(element).get("ID"):
            found[name] = element
    return found


def settings_of(element: Element | None, shared: Mapping[str, Element]) -> dict[str, Any]:
    """What an item's own element and the shared one it names say together; its own words stand where both speak."""
    if element is None:
        return {}
    base = shared.get(attributes(element).get("IDRef", ""))
    found = _settings(base) if base is not None else {}
    return found | _settings(element)


def _settings(element: Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    controls = _flags(attributes(child(element, "controlMode")), _CONTROLS)
    considered = attributes(child(element, "constrainedChoiceConsiderations"))
    controls |= _flags(considered, ("preventActivation", "constrainChoice"))
    random = attributes(child(element, "randomizationControls"))
    controls |= _flags(random, ("reorderChildren",))
    if (count := number(random.get("selectCount"))) is not None:
        controls |= {"selectCount": int(count)}
    for name in ("selectionTiming", "randomizationTiming"):
        if random.get(name) in ("never", "once", "onEachNewAttempt"):
            controls[name] = random[name]
    if controls.get("randomizationTiming", "never") != "never":
        controls["randomizeChildren"] = True
    rollup = child(element, "rollupRules")
    rolled = attributes(rollup)
    for theirs, ours in (
        ("rollupObjectiveSatisfied", "rollupObjectiveSatisfied"),
        ("rollupProgressCompletion", "rollupProgressCompletion"),
    ):
        if (value := flag(rolled.get(theirs))) is not None:
            controls[ours] = value
    if (weight := number(rolled.get("objectiveMeasureWeight"))) is not None:
        controls["objectiveMeasureWeight"] = weight
    if controls:
        found["sequencingControls"] = controls
    if delivery := _flags(attributes(child(element, "deliveryControls")), _DELIVERY):
        found["deliveryControls"] = delivery
    if rules := _rules(child(element, "sequencingRules")):
        found["sequencingRules"] = rules
    if rolls := [_rollup(rule) for rule in children(rollup, "rollupRule")]:
        found["rollupRules"] = {"rules": rolls}
    limits = attributes(child(element, "limitConditions"))
    if (most := number(limits.get("attemptLimit"))) is not None:
        found["attemptLimit"] = int(most)
    if limits.get("attemptAbsoluteDurationLimit"):
        found["attemptAbsoluteDurationLimit"] = limits["attemptAbsoluteDurationLimit"]
    found |= _objectives(element)
    considered = attributes(child(element, "rollupConsiderations"))
    if considered:
        found["rollupConsiderations"] = {
            **{
                key: considered[key]
                for key in (
                    "requiredForSatisfied",
                    "requiredForNotSatisfied",
                    "requiredForCompleted",
                    "requiredForIncomplete",
                )
                if key in considered
            },
            **_flags(considered, ("measureSatisfactionIfActive",)),
        }
    return found


def _flags(given: Mapping[str, str], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name in names if (value := flag(given.get(name))) is not None}


def _rules(element: Element | None) -> dict[str, Any]:
    found = {}
    for theirs, ours in (
        ("preConditionRule", "preConditionRules"),
        ("exitConditionRule", "exitConditionRules"),
        ("postConditionRule", "postConditionRules"),
    ):
        if rules := [_rule(rule) for rule in children(element, theirs)]:
            found[ours] = rules
    return found


def _rule(element: Element) -> dict[str, Any]:
    conditions = child(element, "ruleConditions")
    combined = attributes(conditions).get("conditionCombination", "all")
    made = []
    for condition in children(conditions, "ruleCondition"):
        given = attributes(condition)
        one: dict[str, Any] = {"condition": given.get("condition", "always")}
        if given.get("operator") == "not":
            one["operator"] = "not"
        if given.get("referencedObjective"):
            one["referencedObjective"] = given["referencedObjective"]
        if (threshold := number(given.get("measureThreshold"))) is not None:
            one["parameters"] = {"threshold": threshold}
        made.append(one)
    action = attributes(child(element, "ruleAction")).get("action", "")
    return {
        "action": action,
        "conditionCombination": "any" if combined == "any" else "all",
        "conditions": made,
    }


def _rollup(element: Element) -> dict[str, Any]:
    given = attributes(element)
    conditions = child(element, "rollupConditions")
    made: dict[str, Any] = {
        "action": attributes(child(element, "rollupAction")).get("action", "satisfied"),
        "consideration": given.get("childActivitySet", "all"),
        "conditionCombination": attributes(conditions).get("conditionCombination", "any"),
        "conditions": [
            {
                "condition": told.get("condition", "always"),
                **({"operator": "not"} if told.get("operator") == "not" else {}),
            }
            for told in map(attributes, children(conditions, "rollupCondition"))
        ],
    }
    if (count := number(given.get("minimumCount"))) is not None:
        made["minimumCount"] = int(count)
    if (share := number(given.get("minimumPercent"))) is not None:
        # The standard's share is of 1, the library's of 100.
        made["minimumPercent"] = share * 100 if share <= 1 else share
    return made


def _objectives(element: Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    others = []
    # ADL's objectives (4th edition) say more of the same ones, by their ids.
    more: dict[str, list[Element]] = {}
    groups = children(element, "objectives")
    for group in groups:
        for objective in group:
            if local(objective) == "objective" and child(objective, "minNormalizedMeasure") is None:
                more.setdefault(attributes(objective).get("objectiveID", ""), []).append(objective)
    seen: set[str] = set()
    for group in groups:
        for objective in group:
            kind, name = local(objective), attributes(objective).get("objectiveID", "")
            if kind not in ("primaryObjective", "objective") or (
                kind == "objective" and (not name or name in seen)
            ):
                continue
            seen.add(name)
            made = _objective(objective, [one for one in more.get(name, []) if one is not objective])
            if kind == "primaryObjective":
                found["primaryObjective"] = made | {"isPrimary": True}
            else:
                others.append(made)
    if others:
        found["objectives"] = others
    return found


def _objective(element: Element, more: list[Element]) -> dict[str, Any]:
    given = attributes(element)
    made: dict[str, Any] = {"objectiveID": given.get("objectiveID", "")}
    if (by := flag(given.get("satisfiedByMeasure"))) is not None:
        made["satisfiedByMeasure"] = by
    if (least := number(said(element, "minNormalizedMeasure") or None)) is not None:
        made["minNormalizedMeasure"] = least
    maps: dict[str, dict[str, Any]] = {}
    for one in (element, *more):
        for info in children(one, "mapInfo"):
            told = attributes(info)
            if target := told.get("targetObjectiveID"):
                maps.setdefault(target, {"targetObjectiveID": target}).update(_flags(told, _MAP))
    if maps:
        made["mapInfo"] = list(maps.values())
    return made


def says_something(settings: Mapping[str, Any]) -> bool:
    """Whether sequencing does more than let learners choose freely: then the package is to be played as one."""
    rest = {
        key: value
        for key, value in settings.items()
        if key not in ("sequencingControls", "deliveryControls", "primaryObjective", "objectives")
    }
    controls = settings.get("sequencingControls", {})
    odd = any(controls[key] != value for key, value in _PLAIN.items() if key in controls and key != "flow")
    mapped = any(
        "mapInfo" in one for one in [settings.get("primaryObjective", {}), *settings.get("objectives", [])]
    )
    extra = set(controls) - set(_PLAIN) - {"useCurrentAttemptObjectiveInfo", "useCurrentAttemptProgressInfo"}
    return (
        bool(rest)
        or odd
        or mapped
        or bool(extra - {"objectiveMeasureWeight", "rollupObjectiveSatisfied", "rollupProgressCompletion"})
    )
