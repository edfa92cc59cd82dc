"""Whose code asks: every door acts for the plugin that is running, and for no other."""

from __future__ import annotations

from cunli import db
from cunli.trips import current_plugin


class NotYours(ValueError):
    """A plugin named something of the core's, or of another plugin."""


def asking(name: str = "") -> str:
    """The plugin that asks. With a `name` such as `mailbox.answered`, the one it belongs to, which must be the one that asks.

    Code that is run by nobody, such as a test that calls an action of the plugin, asks as the owner of the name.
    """
    running = current_plugin.get()
    owner, dot, _ = name.partition(".")
    if not name:
        return running
    if not dot or owner == "core" or running not in ("core", owner):
        raise NotYours(f"“{name}” is not of the plugin “{running}”: names begin with the plugin's id and a dot")
    return owner


def own_village(what: str) -> int:
    """The village in scope, to which these photos or files of the plugin belong. Raises `NoScope` outside of one."""
    village = db.scoped_village()
    if village is None:
        raise db.NoScope(f"{what} belong to one village: use them in one, `.into(village_id)`")
    return village
