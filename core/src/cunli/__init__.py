"""Cunli: villages, people and feeds, and the public API for plugins.

What stands in `__all__` is promised to plugins; nothing else is. Names are loaded when they are first used, because
every module of this package imports it first, and `cunli --help` should not wait for the web.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cunli.compliance.kinds import Sensitive, SensitiveUse
    from cunli.compliance.profile_now import allowed
    from cunli.db import Fold, Prefix, Stay, VillageModel, unit
    from cunli.feed.entries import Entry, Reviewed, change_entry, publish_entry, review_entry, withdraw_entry
    from cunli.feed.events import CommentPublished, PostChanged, PostPublished
    from cunli.hooks import (
        FeedContext,
        FeedEntry,
        GrantContext,
        PageContext,
        PostContext,
        SlotContext,
        VillageContext,
        hookimpl,
    )
    from cunli.jobs import Event, Subscription, Task, TaskContext, emit, enqueue
    from cunli.moderation import Verdict
    from cunli.notify.events import PersonTold
    from cunli.people.directory import Home, Names, Villager, homes, names_of, villagers
    from cunli.people.events import MembershipChanged, PersonErased
    from cunli.plugin import FeedKind, Fragment, Manifest, MenuItem, Plugin, Refusal
    from cunli.plugin_answers import CheckContext, Finding, SearchContext, SearchHit
    from cunli.plugin_data import DataContext, ErasureReport, ExportFile, Kept
    from cunli.plugin_setting import Setting
    from cunli.plugin_values import setting_of
    from cunli.provide.chosen import patiently, provider_of, providers_of
    from cunli.provide.holidays import Day, Due, add_working_days, working_days_between
    from cunli.provide.kinds import HOLIDAYS, MAP_TILES, METRICS, PAYMENT
    from cunli.provide.maps import Tiles
    from cunli.provide.metrics import Metric, Period, Reading, measure, metrics_for
    from cunli.provide.offline import confirm_payment
    from cunli.provide.payment import Payment, PaymentError, PaymentOrder, Refund
    from cunli.trust.policy import Capability
    from cunli.web import EVERYONE, MEMBER, SIGNED_IN, Form, Page, Visit
    from cunli.web.i18n import _ as gettext

__version__ = "0.1.0"
__all__ = [
    "EVERYONE",
    "HOLIDAYS",
    "MAP_TILES",
    "MEMBER",
    "METRICS",
    "PAYMENT",
    "SIGNED_IN",
    "Capability",
    "CheckContext",
    "CommentPublished",
    "DataContext",
    "Day",
    "Due",
    "Entry",
    "ErasureReport",
    "Event",
    "ExportFile",
    "FeedContext",
    "FeedEntry",
    "FeedKind",
    "Finding",
    "Fold",
    "Form",
    "Fragment",
    "GrantContext",
    "Home",
    "Kept",
    "Manifest",
    "MembershipChanged",
    "MenuItem",
    "Metric",
    "Names",
    "Page",
    "PageContext",
    "Payment",
    "PaymentError",
    "PaymentOrder",
    "Period",
    "PersonErased",
    "PersonTold",
    "Plugin",
    "PostChanged",
    "PostContext",
    "PostPublished",
    "Prefix",
    "Reading",
    "Refund",
    "Refusal",
    "Reviewed",
    "SearchContext",
    "SearchHit",
    "Sensitive",
    "SensitiveUse",
    "Setting",
    "SlotContext",
    "Stay",
    "Subscription",
    "Task",
    "TaskContext",
    "Tiles",
    "Verdict",
    "VillageContext",
    "VillageModel",
    "Villager",
    "Visit",
    "__version__",
    "add_working_days",
    "allowed",
    "change_entry",
    "confirm_payment",
    "emit",
    "enqueue",
    "gettext",
    "homes",
    "hookimpl",
    "measure",
    "metrics_for",
    "names_of",
    "patiently",
    "provider_of",
    "providers_of",
    "publish_entry",
    "review_entry",
    "setting_of",
    "unit",
    "villagers",
    "withdraw_entry",
    "working_days_between",
]

_WHERE = {
    "cunli.compliance.kinds": ("Sensitive", "SensitiveUse"),
    "cunli.compliance.profile_now": ("allowed",),
    "cunli.db": ("Fold", "Prefix", "Stay", "VillageModel", "unit"),
    "cunli.feed.entries": (
        "Entry",
        "Reviewed",
        "change_entry",
        "publish_entry",
        "review_entry",
        "withdraw_entry",
    ),
    "cunli.feed.events": ("CommentPublished", "PostChanged", "PostPublished"),
    "cunli.hooks": (
        "FeedContext",
        "FeedEntry",
        "GrantContext",
        "PageContext",
        "PostContext",
        "SlotContext",
        "VillageContext",
        "hookimpl",
    ),
    "cunli.jobs": ("Event", "Subscription", "Task", "TaskContext", "emit", "enqueue"),
    "cunli.moderation": ("Verdict",),
    "cunli.notify.events": ("PersonTold",),
    "cunli.people.directory": ("Home", "Names", "Villager", "homes", "names_of", "villagers"),
    "cunli.people.events": ("MembershipChanged", "PersonErased"),
    "cunli.plugin": ("FeedKind", "Fragment", "Manifest", "MenuItem", "Plugin", "Refusal"),
    "cunli.plugin_answers": ("CheckContext", "Finding", "SearchContext", "SearchHit"),
    "cunli.plugin_data": ("DataContext", "ErasureReport", "ExportFile", "Kept"),
    "cunli.plugin_setting": ("Setting",),
    "cunli.plugin_values": ("setting_of",),
    "cunli.provide.chosen": ("patiently", "provider_of", "providers_of"),
    "cunli.provide.kinds": ("HOLIDAYS", "MAP_TILES", "METRICS", "PAYMENT"),
    "cunli.provide.holidays": ("Day", "Due", "add_working_days", "working_days_between"),
    "cunli.provide.maps": ("Tiles",),
    "cunli.provide.metrics": ("Metric", "Period", "Reading", "measure", "metrics_for"),
    "cunli.provide.offline": ("confirm_payment",),
    "cunli.provide.payment": ("Payment", "PaymentError", "PaymentOrder", "Refund"),
    "cunli.trust.policy": ("Capability",),
    "cunli.web": ("EVERYONE", "MEMBER", "SIGNED_IN", "Form", "Page", "Visit"),
}
_HOME = {name: module for module, names in _WHERE.items() for name in names}


def __getattr__(name: str) -> Any:
    if name in __all__:
        import_module("cunli.deprecation").name_used(name)
    if name == "gettext":
        return import_module("cunli.web.i18n")._
    if name not in _HOME:
        raise AttributeError(f"module 'cunli' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
