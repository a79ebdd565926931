"""Puts a mutant into modules that are loaded: the changed functions get their new code in place.

So nothing has to be imported or collected again for a mutant, and every name that refers to the function sees it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from support.mutants.pick import Mutant


def module_of(mutant: Mutant) -> ModuleType | None:
    """The loaded module that the mutant changes; None where no test imports it."""
    parts = mutant.path.with_suffix("").parts
    return sys.modules.get(".".join(parts[parts.index("src") + 1 :]).removesuffix(".__init__"))


def swap(mutant: Mutant) -> bool:
    """Gives each function whose code or defaults differ the mutant's; False where no function could be found."""
    module = module_of(mutant)
    if module is None:
        return False
    tree = ast.parse(mutant.code)
    codes = dict(_codes(compile(mutant.code, module.__file__ or "", "exec")))
    found = False
    for name, node in _functions(tree):
        target = _function(module, name)
        if target is None or name not in codes:
            continue
        if target.__code__ != codes[name]:
            target.__code__ = codes[name]
            found = True
        found = _defaults(target, node, module) or found
    return found


def _codes(code: CodeType) -> Iterator[tuple[str, CodeType]]:
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield const.co_qualname, const
            yield from _codes(const)


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Functions of the module and methods of its classes."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{one.name}", one) for one in node.body if isinstance(one, ast.FunctionDef))


def _function(module: ModuleType, name: str) -> FunctionType | None:
    """The plain function behind a name: within a property, a class method, a cache, a context manager."""
    found: Any = module
    for part in name.split("."):
        found = vars(found).get(part)
        if found is None:
            return None
    for _ in range(4):
        if isinstance(found, FunctionType) and not hasattr(found, "__wrapped__"):
            return found
        found = next((getattr(found, way) for way in ("fget", "__func__", "__wrapped__") if hasattr(found, way)), None)
    return None


def _defaults(target: FunctionType, node: ast.FunctionDef, module: ModuleType) -> bool:
    """Default values that differ, computed in the module."""

    def value(expression: ast.expr) -> Any:
        return eval(compile(ast.Expression(expression), "default", "eval"), dict(vars(module)))

    plain = tuple(value(one) for one in node.args.defaults) or None
    named = {
        argument.arg: value(one)
        for argument, one in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        if one is not None
    } or None
    if plain == target.__defaults__ and named == target.__kwdefaults__:
        return False
    target.__defaults__, target.__kwdefaults__ = plain, named
    return True
