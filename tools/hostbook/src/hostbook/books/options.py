"""A command with many options takes them as one value: the fields of a dataclass are its options."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar, get_type_hints

T = TypeVar("T")


def options(kind: type[T]) -> Callable[[Callable[[T], None]], Callable[..., None]]:
    """Make of a function of one value the function of its fields that typer reads."""

    def spread(work: Callable[[T], None]) -> Callable[..., None]:
        def command(**said: Any) -> None:
            work(kind(**said))

        hints = get_type_hints(kind, include_extras=True)
        fields = [p.replace(annotation=hints[p.name]) for p in inspect.signature(kind).parameters.values()]
        told = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in fields]
        command.__signature__ = inspect.Signature(told)  # type: ignore[attr-defined]
        command.__annotations__ = {p.name: p.annotation for p in told}
        command.__doc__, command.__name__ = work.__doc__, work.__name__
        return command

    return spread
