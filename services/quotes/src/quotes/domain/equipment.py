"""Machines as the catalogue lists them and quotes sell them (CB-91, CB-92, CB-111 to CB-114)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from common.errors import RuleBroken
from common.money import Money, round_half_up
from quotes.domain.words import checked_text

EFFICIENCY_DECIMALS = 3


class BadEquipment(RuleBroken):
    """A machine that cannot be so."""

    code = "bad_equipment"


class Condition(StrEnum):
    NEW = "new"
    USED = "used"
    REFURBISHED = "refurbished"


@dataclass(frozen=True, slots=True)
class Rating:
    """What a machine does: hashrate in TH/s, power in W, efficiency in J/TH (W / TH/s where it is blank, CB-113)."""

    hashrate_ths: Decimal | None = None
    power_w: Decimal | None = None
    efficiency_jth: Decimal | None = None

    def __post_init__(self) -> None:
        for name in ("hashrate_ths", "power_w", "efficiency_jth"):
            value = getattr(self, name)
            if value is not None and not 0 < value < 10**9:
                raise BadEquipment(f"{value} cannot be the {name}.", field=name, remedy="a number above zero")

    @property
    def shown_efficiency_jth(self) -> Decimal | None:
        """As given, else power by hashrate: 3,500 W / 200 TH/s = 17.5 J/TH."""
        if self.efficiency_jth is not None or self.hashrate_ths is None or self.power_w is None:
            return self.efficiency_jth
        return round_half_up(Fraction(self.power_w) / Fraction(self.hashrate_ths), EFFICIENCY_DECIMALS).normalize()


@dataclass(frozen=True, slots=True)
class CatalogueItem:
    """A model on offer. `cost_basis` is the host's own and never shown to a buyer; archived ones enter no new quote."""

    id: UUID
    name: str
    sku: str
    unit_price: Money
    rating: Rating
    stock: int | None = None
    cost_basis: Money | None = None
    is_archived: bool = False
    version: int = 1

    def __post_init__(self) -> None:
        checked_text(self.name, "name", 200)
        checked_text(self.sku, "sku", 64)
        check_prices(self.unit_price, self.cost_basis)
        if self.stock is not None and not 0 <= self.stock <= 10**7:
            raise BadEquipment(f"A stock of {self.stock} is not possible.", field="stock", remedy="zero or more")

    def changed(self, **changes: object) -> CatalogueItem:
        """The item after a change, its version one higher; every rule is checked again."""
        return replace(self, **changes, version=self.version + 1)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class QuotedItem:
    """One line of a quote, a snapshot: later changes of the catalogue do not reach it."""

    name: str
    quantity: int
    unit_price: Money
    rating: Rating
    condition: Condition = Condition.NEW
    cost_basis: Money | None = None
    catalogue_id: UUID | None = None

    def __post_init__(self) -> None:
        checked_text(self.name, "items.name", 200)
        check_prices(self.unit_price, self.cost_basis)
        if not 1 <= self.quantity <= 100_000:
            raise BadEquipment(
                f"A quantity of {self.quantity} is not possible.", field="items.quantity", remedy="1 to 100,000"
            )

    @property
    def amount(self) -> Money:
        return Money(self.unit_price.amount * self.quantity, self.unit_price.currency)


def check_prices(unit_price: Money, cost_basis: Money | None) -> None:
    for money, field in ((unit_price, "unit_price"), (cost_basis, "cost_basis")):
        if money is not None and money.amount < 0:
            raise BadEquipment(f"The {field} is below zero.", field=field, remedy="zero or more")


def from_catalogue(item: CatalogueItem, quantity: int, unit_price: Money | None) -> QuotedItem:
    """A line made from the catalogue; a price given replaces the listed one."""
    if item.is_archived:
        raise BadEquipment(f"{item.name} is archived.", field="items.catalogue_id", remedy="an item still on offer")
    return QuotedItem(
        name=item.name,
        quantity=quantity,
        unit_price=unit_price or item.unit_price,
        rating=item.rating,
        cost_basis=item.cost_basis,
        catalogue_id=item.id,
    )
