"""What the core consists of: its tables, its pages, its tasks. Plugins bring the same kinds of things through the registry."""

from __future__ import annotations

from cunli.db import AppConfig

APP = AppConfig(
    models=(
        "cunli.places.models",
        "cunli.people.models",
        "cunli.media.models",
        "cunli.feed.models",
        "cunli.trust.models",
        "cunli.notify.models",
        "cunli.jobs.models",
        "cunli.plugin_models",
        "cunli.compliance.models",
        "cunli.provide.models",
        "cunli.own_data.models",
    ),
    migrations="cunli.migrations",
)
PAGES = (
    "cunli.feed.pages",
    "cunli.places.pages",
    "cunli.people.pages",
    "cunli.media.pages",
    "cunli.notify.pages",
    "cunli.trust.pages",
    "cunli.trust.held_pages",
    "cunli.console.plugin_pages",
    "cunli.console.setting_pages",
    "cunli.console.profile_pages",
    "cunli.console.theme_pages",
    "cunli.console.removal_pages",
    "cunli.own_data.pages",
    "cunli.own_data.erase_pages",
    "cunli.web.service_pages",
)
TASKS = (
    "cunli.jobs.housekeeping",
    "cunli.media.tasks",
    "cunli.people.tasks",
    "cunli.places.tasks",
    "cunli.feed.tasks",
    "cunli.notify.channels",
    "cunli.console.exports",
)
HELD = (  # who holds data about a person, in the order in which it is erased: the account ends first
    "cunli.people.own_data",
    "cunli.feed.own_data",
    "cunli.media.own_data",
    "cunli.notify.own_data",
    "cunli.trust.own_data",
    "cunli.own_data.own_data",
)
