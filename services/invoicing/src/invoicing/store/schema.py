"""What all tables of the service share."""

from sqlalchemy import Column, MetaData, Numeric, Uuid

from common.plumbing import NAMING, plumbing

metadata = MetaData(naming_convention=NAMING)
plumbing(metadata)

AMOUNT = Numeric(24, 4)


def organization() -> Column[object]:
    """Every row belongs to one."""
    return Column("organization_id", Uuid, nullable=False)
