"""`cunli plugin`: what is installed, where it is on, what is wrong with it, and the kit for authors."""

from __future__ import annotations

import click

from cunli.cli.plugin_bisect import bisect
from cunli.cli.plugin_check import check
from cunli.cli.plugin_directory import directory
from cunli.cli.plugin_doctor import doctor
from cunli.cli.plugin_key import key
from cunli.cli.plugin_list import list_plugins
from cunli.cli.plugin_messages import messages
from cunli.cli.plugin_migration import migration
from cunli.cli.plugin_new import new
from cunli.cli.plugin_remove import import_, remove
from cunli.cli.plugin_run import run
from cunli.cli.plugin_settings import list_settings, set_setting, unset_setting
from cunli.cli.plugin_switch import disable, enable, rule


@click.group()
def plugin() -> None:
    """Look at plugins, say where they are on and how they are set, find what is wrong with them, and write new ones."""


SETTINGS = (list_settings, set_setting, unset_setting)
FOR_AUTHORS = (new, migration, messages, check, key, directory)
for command in (list_plugins, enable, disable, rule, *SETTINGS, doctor, run, bisect, remove, import_, *FOR_AUTHORS):
    plugin.add_command(command)
