"""What tests about people share."""

from __future__ import annotations

import pytest

from cunli.people import codes
from cunli.testing.accounts import CodeBox
from cunli.testing.live import LiveSite


@pytest.fixture
def outbox(site: LiveSite) -> CodeBox:
    """Where sign-in codes arrive."""
    found = CodeBox()
    codes.send_through(found)
    return found
