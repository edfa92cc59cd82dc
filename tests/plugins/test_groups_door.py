"""The groups of a village, as plugins are told of them."""

from __future__ import annotations

import pytest

from cunli import village_groups
from cunli.db import NoScope
from cunli.testing.live import LiveSite


async def test_a_plugin_learns_the_groups_of_the_village_it_stands_in_and_of_no_other(site: LiveSite) -> None:
    with site.inside("heping"):
        assert await village_groups() == ["一组", "二组", "三组"]
    with pytest.raises(NoScope):
        await village_groups()
