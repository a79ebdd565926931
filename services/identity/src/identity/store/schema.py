"""The metadata that all table files of identity share."""

from sqlalchemy import Column, MetaData, Uuid

from common.plumbing import NAMING, plumbing

metadata = MetaData(naming_convention=NAMING)
plumbing(metadata)


def organization() -> Column[object]:
    """Whose row it is."""
    return Column("organization_id", Uuid, nullable=False)
