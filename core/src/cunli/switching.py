"""Switching plugins on and off, as officials and the operator do it: what is allowed, and who stands in the way if it is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from cunli import enabling, lifecycle
from cunli.compliance import deciding, profile_now
from cunli.compliance.profiles import Rule
from cunli.enabling import Said
from cunli.places.queries import VillageNow, region_chain
from cunli.plugin_models import Mode
from cunli.trust.audit import By

if TYPE_CHECKING:
    from cunli.registry import Registry

Why = Literal["not running", "forbidden", "required", "needs", "profile"]


class CannotSwitch(Exception):
    """A switch stays as it is. `said`: the regions above that decided otherwise. `needs`: plugins that are off there.
    `rules`: what the compliance profile refuses of what the plugin needs."""

    def __init__(
        self, why: Why, *, said: Sequence[Said] = (), needs: Sequence[str] = (), rules: Sequence[Rule] = ()
    ) -> None:
        super().__init__(why)
        self.why = why
        self.said = tuple(said)
        self.needs = tuple(needs)
        self.rules = tuple(rules)


async def put_on(
    registry: Registry, name: str, village: VillageNow, *, actor: int | None = None, by: By = "web"
) -> None:
    """Ask a plugin, then switch it on in a village. Raises `CannotSwitch`, and `EnablingRefused` where the plugin would not."""
    if name not in registry.running:
        raise CannotSwitch("not running")
    await _refuse_by_profile(registry, name, village.chain)
    await _refuse_against(Mode.FORBID, name, village.chain[1:])
    on = await enabling.enabled_for(registry, village)
    if off := [one for one in registry.plugins[name].manifest.requires if one not in on]:
        raise CannotSwitch("needs", needs=off)
    await lifecycle.switch_on(registry, name, village, actor=actor, by=by)


async def put_off(name: str, village: VillageNow, *, actor: int | None = None, by: By = "web") -> None:
    """Switch a plugin off in a village; its rows stay, and a job tells it. Raises `CannotSwitch`. Runs no plugin."""
    await _refuse_against(Mode.REQUIRE, name, village.chain[1:])
    await lifecycle.switch_off(name, village, actor=actor, by=by)


async def set_rule(
    registry: Registry, name: str, region_id: int, mode: Mode, *, actor: int | None = None, by: By = "web"
) -> None:
    """Require, allow or forbid a plugin in a township or county. Raises `CannotSwitch`."""
    if mode == Mode.REQUIRE:
        if name not in registry.running:
            raise CannotSwitch("not running")
        chain = await region_chain(region_id)
        await _refuse_by_profile(registry, name, chain)
        await _refuse_against(Mode.FORBID, name, chain[1:])
    await enabling.switch(name, region_id, mode, village_level=False, actor=actor, by=by)


async def _refuse_by_profile(registry: Registry, name: str, chain: tuple[int, ...]) -> None:
    if refused := deciding.refusals(registry.plugins[name], await profile_now.along(chain)):
        raise CannotSwitch("profile", rules=[rule for _use, rule in refused])


async def _refuse_against(mode: Mode, name: str, above: Sequence[int]) -> None:
    if said := [one for one in await enabling.said_by(name, above) if one.mode == mode]:
        raise CannotSwitch("forbidden" if mode == Mode.FORBID else "required", said=said)
