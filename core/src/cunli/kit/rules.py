"""Every rule that a wheel is held to, by its id. An id never changes its meaning, and is not used again."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from cunli.kit import package, pieces, quality, sources, tables, words
from cunli.kit.subject import Subject

Look = Callable[[Subject], Iterator[str]]
Level = Literal["basic", "good", "excellent"]
LEVELS: Final[tuple[Level, ...]] = ("basic", "good", "excellent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that holds for every plugin. `look` gives what is wrong; its docstring says what to do."""

    id: str
    look: Look
    must: bool = True  # otherwise it is said and does not fail the check
    level: Level = "basic"

    @property
    def title(self) -> str:
        return self.look.__name__.replace("_", " ")

    @property
    def advice(self) -> str:
        return inspect.cleandoc(self.look.__doc__ or "")


RULES: Final = (
    Rule(id="kit.K101", look=package.says_what_it_is),
    Rule(id="kit.K102", look=package.has_a_licence),
    Rule(id="kit.K103", look=package.says_where_to_report),
    Rule(id="kit.K104", look=package.says_which_cunli_it_fits),
    Rule(id="kit.K105", look=package.is_typed),
    Rule(id="kit.K106", look=package.holds_everything),
    Rule(id="kit.K107", look=package.holds_nothing_else),
    Rule(id="kit.K108", look=package.is_a_package_of_its_own),
    Rule(id="kit.K109", look=package.leaves_no_placeholders, must=False),
    Rule(id="kit.K201", look=package.loads),
    Rule(id="kit.K202", look=package.does_nothing_when_imported),
    Rule(id="kit.K203", look=sources.uses_public_names_only),
    Rule(id="kit.K204", look=sources.says_which_plugins_it_uses),
    Rule(id="kit.K205", look=sources.leaves_the_database_to_cunli),
    Rule(id="kit.K206", look=sources.never_holds_up_the_loop),
    Rule(id="kit.K207", look=sources.never_catches_everything),
    Rule(id="kit.K208", look=sources.builds_no_markup_from_values),
    Rule(id="kit.K301", look=pieces.templates_can_be_read),
    Rule(id="kit.K302", look=pieces.templates_find_each_other),
    Rule(id="kit.K303", look=pieces.templates_hold_no_script_or_style),
    Rule(id="kit.K304", look=pieces.templates_escape_everything),
    Rule(id="kit.K305", look=pieces.asks_no_other_host),
    Rule(id="kit.K306", look=pieces.forms_carry_their_token),
    Rule(id="kit.K307", look=pieces.icons_and_files_exist),
    Rule(id="kit.K308", look=pieces.slots_are_its_own),
    Rule(id="kit.K309", look=pieces.styles_stay_in_their_layer),
    Rule(id="kit.K401", look=words.catalogues_can_be_read),
    Rule(id="kit.K402", look=words.every_message_is_translated),
    Rule(id="kit.K403", look=words.translations_keep_their_holes),
    Rule(id="kit.K404", look=words.templates_mark_their_words),
    Rule(id="kit.K405", look=words.code_marks_its_words),
    Rule(id="kit.K501", look=tables.tables_have_migrations),
    Rule(id="kit.K502", look=tables.migrations_say_what_the_models_say),
    Rule(id="kit.K503", look=tables.keys_point_at_what_is_required),
    Rule(id="kit.K504", look=tables.keys_put_nothing_on_others),
)

# what a plugin is held to beyond that, when its author asks for it
BEYOND: Final = (
    Rule(id="kit.K801", look=quality.tells_people_what_it_is_for, level="good"),
    Rule(id="kit.K901", look=quality.passes_strict_types, level="excellent"),
    Rule(id="kit.K902", look=quality.keeps_a_changelog, level="excellent"),
    Rule(id="kit.K903", look=quality.has_two_maintainers, level="excellent"),
    Rule(id="kit.K904", look=quality.passes_its_own_tests, level="excellent"),
    Rule(id="kit.K905", look=quality.tests_every_hook, level="excellent"),
    Rule(id="kit.K906", look=quality.fits_a_narrow_phone, level="excellent"),
    Rule(id="kit.K907", look=quality.does_everything_without_javascript, level="excellent"),
)


def up_to(level: Level) -> tuple[Level, ...]:
    """This level and those below it."""
    return LEVELS[: LEVELS.index(level) + 1]
