"""Cunli: villages, people and feeds, and the public API for plugins.

What stands in `__all__` is promised to plugins; nothing else is. Names are loaded when they are first used, because
every module of this package imports it first, and `cunli --help` should not wait for the web.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cunli.clock import today, village_zone
    from cunli.compliance.kinds import Sensitive, SensitiveUse
    from cunli.compliance.profile_now import allowed
    from cunli.db import Fold, Prefix, Stay, VillageModel, unit
    from cunli.db.ledger import LedgerLine, Unbalanced
    from cunli.deid.found import Found
    from cunli.deid.gate import Cleared, ask_about_personal_data, record_basis
    from cunli.deid.look import mask_personal_data, personal_data_in, personal_data_in_file_name, personal_data_in_table
    from cunli.doors.acts import audit
    from cunli.doors.charts import Series
    from cunli.doors.declared import Act, MessageKind
    from cunli.doors.departments import Department, Staff, county_departments, department_staff
    from cunli.doors.files import (
        AUDIO,
        DOCUMENTS,
        TEXTS,
        FileGone,
        StoredFile,
        discard_files,
        file_body_limit,
        send_file,
        stored_files,
        take_file,
        use_files,
    )
    from cunli.doors.groups import village_groups
    from cunli.doors.matters import MatterRaised, MatterSettled
    from cunli.doors.money import fen_of, yuan
    from cunli.doors.offices import Officer, Region, officers, regions_above, regions_below
    from cunli.doors.outside import FetchFailed, fetch, fetch_below
    from cunli.doors.owner import NotYours
    from cunli.doors.payment_notices import answer_payment_notice
    from cunli.doors.photos import (
        Photo,
        PhotoGone,
        developed_photos,
        discard_photos,
        photo_body_limit,
        send_photo,
        take_photos,
        use_photos,
    )
    from cunli.doors.reach import OutOfReach, Reach, VillageInReach, reach, reach_of, village_url
    from cunli.doors.sealed import SealedText
    from cunli.doors.sheets import csv_answer, qr
    from cunli.doors.telling import tell
    from cunli.doors.tries import Limit, count_try, count_unkept
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
    from cunli.plugin import FeedKind, Fragment, Manifest, MenuItem, Plugin, Refusal, Text
    from cunli.plugin_answers import CheckContext, Finding, SearchContext, SearchHit
    from cunli.plugin_data import DataContext, ErasureReport, ExportFile, Kept
    from cunli.plugin_setting import Setting
    from cunli.plugin_values import setting_of
    from cunli.provide.chosen import ProviderSlow, patiently, provider_of, providers_of
    from cunli.provide.holidays import Day, Due, add_working_days, working_days_between
    from cunli.provide.kinds import HOLIDAYS, MAP_TILES, METRICS, PAYMENT
    from cunli.provide.maps import Tiles
    from cunli.provide.metrics import Metric, Period, Reading, measure, metrics_for
    from cunli.provide.offline import confirm_payment
    from cunli.provide.paying import begin_payment, close_payment, find_payment, noticed_payment, refund_payment
    from cunli.provide.payment import BadNotice, Payment, PaymentError, PaymentOrder, Refund, UnknownPayment
    from cunli.trust.personal import Masked, reveal
    from cunli.trust.policy import Capability
    from cunli.web import EVERYONE, MEMBER, SIGNED_IN, Form, Page, Visit
    from cunli.web.i18n import _ as gettext
    from cunli.web.text import storable
    from cunli.web.tokens import new_key

__version__ = "0.1.0"
__all__ = [
    "AUDIO",
    "DOCUMENTS",
    "EVERYONE",
    "HOLIDAYS",
    "MAP_TILES",
    "MEMBER",
    "METRICS",
    "PAYMENT",
    "SIGNED_IN",
    "TEXTS",
    "Act",
    "BadNotice",
    "Capability",
    "CheckContext",
    "Cleared",
    "CommentPublished",
    "DataContext",
    "Day",
    "Department",
    "Due",
    "Entry",
    "ErasureReport",
    "Event",
    "ExportFile",
    "FeedContext",
    "FeedEntry",
    "FeedKind",
    "FetchFailed",
    "FileGone",
    "Finding",
    "Fold",
    "Form",
    "Found",
    "Fragment",
    "GrantContext",
    "Home",
    "Kept",
    "LedgerLine",
    "Limit",
    "Manifest",
    "Masked",
    "MatterRaised",
    "MatterSettled",
    "MembershipChanged",
    "MenuItem",
    "MessageKind",
    "Metric",
    "Names",
    "NotYours",
    "Officer",
    "OutOfReach",
    "Page",
    "PageContext",
    "Payment",
    "PaymentError",
    "PaymentOrder",
    "Period",
    "PersonErased",
    "PersonTold",
    "Photo",
    "PhotoGone",
    "Plugin",
    "PostChanged",
    "PostContext",
    "PostPublished",
    "Prefix",
    "ProviderSlow",
    "Reach",
    "Reading",
    "Refund",
    "Refusal",
    "Region",
    "Reviewed",
    "SealedText",
    "SearchContext",
    "SearchHit",
    "Sensitive",
    "SensitiveUse",
    "Series",
    "Setting",
    "SlotContext",
    "Staff",
    "Stay",
    "StoredFile",
    "Subscription",
    "Task",
    "TaskContext",
    "Text",
    "Tiles",
    "Unbalanced",
    "UnknownPayment",
    "Verdict",
    "VillageContext",
    "VillageInReach",
    "VillageModel",
    "Villager",
    "Visit",
    "__version__",
    "add_working_days",
    "allowed",
    "answer_payment_notice",
    "ask_about_personal_data",
    "audit",
    "begin_payment",
    "change_entry",
    "close_payment",
    "confirm_payment",
    "count_try",
    "count_unkept",
    "county_departments",
    "csv_answer",
    "department_staff",
    "developed_photos",
    "discard_files",
    "discard_photos",
    "emit",
    "enqueue",
    "fen_of",
    "fetch",
    "fetch_below",
    "file_body_limit",
    "find_payment",
    "gettext",
    "homes",
    "hookimpl",
    "mask_personal_data",
    "measure",
    "metrics_for",
    "names_of",
    "new_key",
    "noticed_payment",
    "officers",
    "patiently",
    "personal_data_in",
    "personal_data_in_file_name",
    "personal_data_in_table",
    "photo_body_limit",
    "provider_of",
    "providers_of",
    "publish_entry",
    "qr",
    "reach",
    "reach_of",
    "record_basis",
    "refund_payment",
    "regions_above",
    "regions_below",
    "reveal",
    "review_entry",
    "send_file",
    "send_photo",
    "setting_of",
    "storable",
    "stored_files",
    "take_file",
    "take_photos",
    "tell",
    "today",
    "unit",
    "use_files",
    "use_photos",
    "village_groups",
    "village_url",
    "village_zone",
    "villagers",
    "withdraw_entry",
    "working_days_between",
    "yuan",
]

_WHERE = {
    "cunli.doors.acts": "audit",
    "cunli.doors.charts": "Series",
    "cunli.doors.departments": "Department Staff county_departments department_staff",
    "cunli.doors.declared": "Act MessageKind",
    "cunli.doors.files": (
        "AUDIO DOCUMENTS TEXTS FileGone StoredFile discard_files file_body_limit send_file stored_files "
        "take_file use_files"
    ),
    "cunli.doors.groups": "village_groups",
    "cunli.doors.matters": "MatterRaised MatterSettled",
    "cunli.doors.money": "fen_of yuan",
    "cunli.doors.offices": "Officer Region officers regions_above regions_below",
    "cunli.doors.outside": "FetchFailed fetch fetch_below",
    "cunli.doors.owner": "NotYours",
    "cunli.doors.payment_notices": "answer_payment_notice",
    "cunli.doors.photos": (
        "Photo PhotoGone developed_photos discard_photos photo_body_limit send_photo take_photos use_photos"
    ),
    "cunli.doors.reach": "OutOfReach Reach VillageInReach reach reach_of village_url",
    "cunli.doors.sealed": "SealedText",
    "cunli.doors.sheets": "csv_answer qr",
    "cunli.doors.telling": "tell",
    "cunli.doors.tries": "Limit count_try count_unkept",
    "cunli.clock": "today village_zone",
    "cunli.trust.personal": "Masked reveal",
    "cunli.web.text": "storable",
    "cunli.web.tokens": "new_key",
    "cunli.compliance.kinds": "Sensitive SensitiveUse",
    "cunli.compliance.profile_now": "allowed",
    "cunli.db": "Fold Prefix Stay VillageModel unit",
    "cunli.db.ledger": "LedgerLine Unbalanced",
    "cunli.deid.found": "Found",
    "cunli.deid.gate": "Cleared ask_about_personal_data record_basis",
    "cunli.deid.look": "mask_personal_data personal_data_in personal_data_in_file_name personal_data_in_table",
    "cunli.feed.entries": "Entry Reviewed change_entry publish_entry review_entry withdraw_entry",
    "cunli.feed.events": "CommentPublished PostChanged PostPublished",
    "cunli.hooks": "FeedContext FeedEntry GrantContext PageContext PostContext SlotContext VillageContext hookimpl",
    "cunli.jobs": "Event Subscription Task TaskContext emit enqueue",
    "cunli.moderation": "Verdict",
    "cunli.notify.events": "PersonTold",
    "cunli.people.directory": "Home Names Villager homes names_of villagers",
    "cunli.people.events": "MembershipChanged PersonErased",
    "cunli.plugin": "FeedKind Fragment Manifest MenuItem Plugin Refusal Text",
    "cunli.plugin_answers": "CheckContext Finding SearchContext SearchHit",
    "cunli.plugin_data": "DataContext ErasureReport ExportFile Kept",
    "cunli.plugin_setting": "Setting",
    "cunli.plugin_values": "setting_of",
    "cunli.provide.chosen": "ProviderSlow patiently provider_of providers_of",
    "cunli.provide.kinds": "HOLIDAYS MAP_TILES METRICS PAYMENT",
    "cunli.provide.holidays": "Day Due add_working_days working_days_between",
    "cunli.provide.maps": "Tiles",
    "cunli.provide.metrics": "Metric Period Reading measure metrics_for",
    "cunli.provide.offline": "confirm_payment",
    "cunli.provide.paying": "begin_payment close_payment find_payment noticed_payment refund_payment",
    "cunli.provide.payment": "BadNotice Payment PaymentError PaymentOrder Refund UnknownPayment",
    "cunli.trust.policy": "Capability",
    "cunli.web": "EVERYONE MEMBER SIGNED_IN Form Page Visit",
}
_HOME = {name: module for module, names in _WHERE.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name in __all__:
        import_module("cunli.deprecation").name_used(name)
    if name == "gettext":
        return import_module("cunli.web.i18n")._
    if name not in _HOME:
        raise AttributeError(f"module 'cunli' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
