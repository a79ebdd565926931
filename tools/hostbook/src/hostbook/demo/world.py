"""What the story has made: ids by the names of the recorded site."""

from __future__ import annotations

from dataclasses import dataclass, field

from hostbook.client.shapes import OrganizationAnswer


@dataclass
class World:
    """The organization of the demo and everything in it, by its recorded name."""

    organization: OrganizationAnswer
    customers: dict[str, str] = field(default_factory=dict)
    site_id: str = ""
    units: dict[str, str] = field(default_factory=dict)
    pdus: dict[str, str] = field(default_factory=dict)
    contracts: dict[str, str] = field(default_factory=dict)
    login: tuple[str, str] = ("", "")

    @property
    def id(self) -> str:
        return self.organization["id"]

    def name_of(self, ids: dict[str, str], wanted: str) -> str:
        """The recorded name behind an id."""
        return next((name for name, one in ids.items() if one == wanted), wanted)
