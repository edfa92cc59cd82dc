"""What a department may be called and look like. Pure: no database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

SLUG: Final = re.compile(r"[a-z][a-z0-9-]{1,30}[a-z0-9]")
NOTICE, ARTICLE = "notice", "article"
KINDS: Final = (NOTICE, ARTICLE)
HUES: Final = ("indigo", "seal", "field", "gold", "tea")
ICONS: Final = (
    "building-bank",
    "scale",
    "users-group",
    "tractor",
    "wheat",
    "camera",
    "stethoscope",
    "school",
    "shield-check",
    "trees",
    "droplet",
    "road",
    "bus",
    "wallet",
    "speakerphone",
    "baby-carriage",
)
MOST_EDITORS: Final = 30
MOST: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """A department that most counties have."""

    slug: str
    name: str
    icon: str
    hue: str


USUAL: Final = (
    Usual(slug="jiwei", name="纪委监委", icon="scale", hue="seal"),
    Usual(slug="zuzhi", name="组织部", icon="users-group", hue="seal"),
    Usual(slug="nongye", name="农业农村局", icon="tractor", hue="field"),
    Usual(slug="wenlv", name="文旅局", icon="camera", hue="gold"),
    Usual(slug="weijian", name="卫健局", icon="stethoscope", hue="tea"),
)


def is_slug(text: str) -> bool:
    """Whether this can stand in an address: small letters, digits and hyphens, 3 to 32 of them, a letter first."""
    return SLUG.fullmatch(text) is not None
