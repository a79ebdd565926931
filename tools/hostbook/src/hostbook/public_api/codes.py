"""The stable `code`s of refusals, read from the classes that carry them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ProblemCode:
    """`code` in a problem+json answer, the HTTP status it comes with, and what it means."""

    code: str
    status: int
    meaning: str


OF_TRANSPORT = (
    ProblemCode("invalid_request", 422, "A field is missing, unknown, or not of its form; `errors` names each."),
    ProblemCode("invalid_value", 422, "A value breaks a constraint of its field."),
    ProblemCode("method_not_allowed", 405, "The path has other methods."),
    ProblemCode("internal", 500, "Something failed on our side; `trace_id` names it."),
    ProblemCode("unavailable", 503, "A part of the system does not answer; the same call may go through later."),
    ProblemCode("step_up_required", 403, "The person shows again who they are, then calls again."),
    ProblemCode("second_factor_required", 403, "The person sets up a second factor first."),
    ProblemCode("approval_required", 409, "Somebody else approves first (four eyes)."),
)


def problem_codes(root: Path) -> list[ProblemCode]:
    """Every code of the services and of what they share, by name; the first meaning of a code counts."""
    found = {known.code: known for known in OF_TRANSPORT}
    for folder in ("libs/common/src", "services/*/src"):
        for path in sorted(file for part in root.glob(folder) for file in part.rglob("*.py")):
            for known in _in(ast.parse(path.read_text("utf-8"))):
                found.setdefault(known.code, known)
    return sorted(found.values(), key=lambda known: known.code)


def _in(tree: ast.Module) -> Iterator[ProblemCode]:
    for node in tree.body:
        match node:
            case ast.Assign(value=ast.Call(func=ast.Name(id="refusal"), args=told)):
                code, status, meaning = (ast.literal_eval(one) for one in told)
                yield ProblemCode(code, status, meaning)
        if not isinstance(node, ast.ClassDef):
            continue
        said = _constants(node)
        if isinstance(said.get("code"), str) and _is_refusal(node):
            meaning = " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split())
            status = said.get("status", 422)
            yield ProblemCode(str(said["code"]), status if isinstance(status, int) else 422, meaning)


def _is_refusal(node: ast.ClassDef) -> bool:
    """A class with parents and a plain `code`: no other class of ours has one."""
    return bool(node.bases)


def _constants(node: ast.ClassDef) -> dict[str, object]:
    """`code = "x"` and `code, status = "x", 409` of a class."""
    said: dict[str, object] = {}
    for line in node.body:
        match line:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=value)):
                said[name] = value
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                pairs = zip(names, values, strict=True)
                said |= {
                    n.id: v.value for n, v in pairs if isinstance(n, ast.Name) and isinstance(v, ast.Constant)
                }  # fmt: skip
            case _:
                pass
    return said
