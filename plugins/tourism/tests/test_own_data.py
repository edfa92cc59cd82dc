"""What one gets of one's own: bookings with the names that were given, and nothing of anybody else."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from typing import Any

from test_complaints import complain, stayed

from cunli.testing.live import LiveSite
from cunli.testing.visitor import Visitor
from cunli.testing.working import settled


async def archive_of(who: Visitor) -> dict[str, Any]:
    """The tables of this plugin in somebody's archive, by file name."""
    await (await who.open("/me/data")).form().send()
    await settled()
    answer = await (await who.open("/me/data")).form("form[action$='/download']").send()
    packed = zipfile.ZipFile(BytesIO(answer.response.content))
    ours = [name for name in packed.namelist() if name.startswith("tourism/") and name.endswith(".json")]
    return {name.removeprefix("tourism/"): json.loads(packed.read(name)) for name in ours}


async def test_guest_and_host_each_get_their_own_and_nothing_of_the_other(plugin_site: LiveSite) -> None:
    guest, host, _official, address = await stayed(plugin_site)
    await complain(guest, address)
    mine = await archive_of(guest)
    (booking,) = mine["bookings.json"]
    assert (booking["name"], booking["phone"], booking["place"]) == ("许先生", "13900000000", "田家老屋")
    assert [one["words"] for one in mine["complaints.json"]] == ["被子是湿的"]
    assert not mine.get("places.json")
    theirs = await archive_of(host)
    assert [one["phone"] for one in theirs["places.json"]] == ["13812345678"]
    assert not theirs.get("bookings.json")
    assert not theirs.get("complaints.json")
    assert "13900000000" not in json.dumps(theirs), "a guest's phone is the guest's"
