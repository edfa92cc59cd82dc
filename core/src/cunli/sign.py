"""One sign of how the deployment is; see `cunli.signs`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cunli.web.i18n import LazyText

State = Literal["ok", "warning", "wrong"]
Text = LazyText | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One thing that was looked at: `ok`, `warning` (somebody should look) or `wrong` (somebody must act)."""

    what: Text
    state: State
    says: Text
    mend: Text = ""
