"""A role of an organization's own making: a name and the permissions it stands for."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from identity.domain.roles import BadRole, Role, check_custom
from identity.domain.texts import plain_name


@dataclass(frozen=True, slots=True)
class CustomRole:
    """For people of the host; whatever the role says, it never holds what is the owner's alone."""

    id: UUID
    name: str
    permissions: frozenset[str]
    version: int = 1

    def __post_init__(self) -> None:
        plain_name(self.name, "name", 60)
        if self.name.lower() in set(Role):
            raise BadRole(f"{self.name} is a role already.", field="name", remedy="another name")
        check_custom(self.permissions)
