"""What bad input gets: whoever acts on what is their own is refused with the document that says so, wherever that is decided."""

import ast
from pathlib import Path

import lms.training

ROOT = Path(lms.training.__file__).parent
FILES = sorted(path for path in ROOT.rglob("*.py") if "migrations" not in path.parts)


def refusals(tree):
    """Calls that make a refusal of one's own case."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            codes = [word.value for word in node.keywords if word.arg == "code"]
            if any(isinstance(code, ast.Constant) and code.value == "own_case" for code in codes):
                yield node


def cites(call):
    """Whether the sentence is one that the document was put behind."""
    said = call.args[0] if call.args else None
    name = getattr(said, "func", None)
    return (
        isinstance(name, ast.Name | ast.Attribute)
        and getattr(name, "attr", getattr(name, "id", "")) == "cite"
    )


def test_no_refusal_of_ones_own_case_without_its_document():
    found = [(path, call) for path in FILES for call in refusals(ast.parse(path.read_text(encoding="utf-8")))]
    assert {"lifecycle", "tenders", "programmes", "digital", "experts"} <= {
        path.parent.name for path, _ in found
    }
    assert [f"{path.relative_to(ROOT)}:{call.lineno}" for path, call in found if not cites(call)] == []
