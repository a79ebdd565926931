"""Short names of organizations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.domain.slugs import RESERVED, BadSlug, checked_slug


@pytest.mark.parametrize("slug", ["abc", "panhandle", "a1-b2-c3", "9lives", "x" * 63])
def test_good_names_stay_as_they_are(slug: str) -> None:
    assert checked_slug(slug) == slug


@pytest.mark.parametrize(
    "slug",
    ["", "ab", "x" * 64, "Panhandle", "-abc", "abc-", "a--b", "a b", "a_b", "ünder", "abс", "abc\n", "../etc", "a.b"],
)
def test_malformed_names_are_refused(slug: str) -> None:
    with pytest.raises(BadSlug):
        checked_slug(slug)


@pytest.mark.parametrize("slug", sorted(RESERVED - {"v1", "me"}))
def test_reserved_names_are_refused(slug: str) -> None:
    with pytest.raises(BadSlug, match="reserved"):
        checked_slug(slug)


@given(st.uuids().map(str))
def test_no_organization_takes_an_id_as_its_name(text: str) -> None:
    """Ids and short names are told apart by their form."""
    for written in (text, text.replace("-", "")):
        with pytest.raises(BadSlug):
            checked_slug(written)
