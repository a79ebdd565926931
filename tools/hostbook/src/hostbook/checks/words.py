"""Words that name nothing, in identifiers and file names; and business nouns in the plumbing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from hostbook.checks.source import Finding, Source

EMPTY = frozenset({"manager", "helper", "util", "wrapper", "base", "impl", "data", "info"})
BUSINESS = frozenset({"invoice", "contract", "payment", "quote", "usage", "outlet", "dunning", "reading", "hashprice"})
LIBRARY_NAMES = frozenset({"handle_DATA", "data_converter", "base_url", "info"})  # given by those who call us
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def words_of(name: str) -> set[str]:
    """`OutboxManager`, `read_infos` -> their words, plural or not, in lower case."""
    found = {word.lower() for word in _WORD.findall(name)}
    return found | {word[:-1] for word in found if word.endswith("s")}


def _named(source: Source) -> Iterator[tuple[ast.AST | int, str]]:
    yield 1, source.where.stem
    for node in source.nodes:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                if not (source.is_test and name.startswith("test_")):  # a sentence may use any word
                    yield node, name
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield node, name
            case ast.ExceptHandler(name=str(name)) | ast.alias(asname=str(name)):
                yield node, name


def empty_words(source: Source) -> Iterator[Finding]:
    """Names say what a thing is; these words say only that it exists."""
    if source.is_generated:
        return
    for node, name in _named(source):
        found = words_of(name) & EMPTY if name not in LIBRARY_NAMES else set()
        if found:
            yield source.finding(node, f"{name}: '{found.pop()}' says nothing; name it by the glossary")


def business_words(source: Source) -> Iterator[Finding]:
    """Plumbing serves every service and knows the business of none."""
    if source.where.parts[:2] != ("libs", "common"):
        return
    for node, name in _named(source):
        found = words_of(name) & BUSINESS
        if found:
            yield source.finding(node, f"{name}: libs/common has no business noun such as '{found.pop()}'")
