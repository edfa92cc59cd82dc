"""One photo of a good is taken away or put first without the others, by its shop and by nobody else."""

from __future__ import annotations

import asyncio

from stalls import M, put_up, seller_of

from cunli.testing.live import LiveSite
from cunli.testing.photos import photo_file
from cunli.testing.visitor import Opened, Visitor
from cunli_market.models import Good

COLOURS = ("red", "green", "blue")


async def with_photos(seller: Visitor, *colours: str) -> str:
    """A good with a photo of each colour: its address."""
    good = await put_up(seller)
    form = (await seller.open(f"{good}/edit")).form("form[action$='/edit']")
    done = await form.attach("photos", *(photo_file(f"{one}.jpg", colour=one) for one in colours)).send()
    assert done.status == 200, done.words(".f__err")
    return good


async def photos(site: LiveSite) -> list[str]:
    with site.inside():
        return list((await Good.get()).photos)


async def arrange(site: LiveSite, seller: Visitor, good: str, photo: str, how: str) -> Opened:
    page = await seller.open(f"{good}/edit")
    number = (await photos(site)).index(photo) + 1
    return await page.form(f"li:nth-child({number}) > form[action$='/photos']").send(button=("do", how))


async def test_one_photo_goes_and_the_others_stay_in_the_order_that_was_asked_for(plugin_site: LiveSite) -> None:
    seller = await seller_of(plugin_site)
    good = await with_photos(seller, *COLOURS)
    red, green, blue = await photos(plugin_site)
    assert (await arrange(plugin_site, seller, good, blue, "earlier")).status == 200
    assert await photos(plugin_site) == [red, blue, green]
    await arrange(plugin_site, seller, good, green, "first")
    assert await photos(plugin_site) == [green, red, blue]
    page = await arrange(plugin_site, seller, good, red, "away")
    assert await photos(plugin_site) == [green, blue]
    assert len(page.all("#p-market-photos li")) == 2
    guest = plugin_site.visitor()
    assert (await guest.client.get(f"{good}/photo/{red}")).status_code == 404, "it is gone for good"
    assert (await guest.client.get(f"{good}/photo/{blue}", follow_redirects=True)).status_code == 200


async def test_nobody_else_touches_a_photo_and_what_is_not_there_changes_nothing(plugin_site: LiveSite) -> None:
    seller, other = await seller_of(plugin_site), await seller_of(plugin_site, "别家")
    good = await with_photos(seller, "red", "green")
    red, green = await photos(plugin_site)
    stranger = await plugin_site.sign_in(await plugin_site.villager("路人"))
    for who in (other, stranger):
        assert (await who.post(f"{good}/photos", {"photo": red, "do": "away"})).status == 404
    for said in ({"photo": "k" * 22, "do": "away"}, {"photo": red, "do": "burn"}, {}):
        assert (await seller.post(f"{good}/photos", said)).status == 200
    assert await photos(plugin_site) == [red, green]
    await seller.post(f"{good}/photos", {"photo": red, "do": "away"})
    assert await photos(plugin_site) == [green], "the control: its shop does it"


async def test_two_changes_at_once_do_not_undo_each_other(plugin_site: LiveSite) -> None:
    seller = await seller_of(plugin_site)
    good = await with_photos(seller, *COLOURS, "black")
    red, green, blue, black = await photos(plugin_site)
    page = await seller.open(f"{good}/edit")
    forms = [page.form(f"li:nth-child({n}) > form[action$='/photos']") for n in (1, 2, 3)]
    await asyncio.gather(*(one.send(button=("do", "away")) for one in forms))
    assert await photos(plugin_site) == [black]
    assert {red, green, blue}.isdisjoint(await photos(plugin_site))


async def test_a_seventh_photo_is_refused_and_pushes_none_out(plugin_site: LiveSite) -> None:
    seller = await seller_of(plugin_site)
    good = await with_photos(seller, *COLOURS)
    before = await photos(plugin_site)
    form = (await seller.open(f"{good}/edit")).form("form[action$='/edit']")
    refused = await form.attach("photos", *(photo_file(f"{n}.jpg") for n in range(4))).send()
    assert refused.status == 422
    assert "最多 6 张" in refused.text
    assert await photos(plugin_site) == before
    assert (await seller.open(f"{M}/goods/none/edit")).status == 404
