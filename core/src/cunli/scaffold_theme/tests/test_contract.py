"""What holds for every theme. Each failure says what to do."""

from cunli.testing.theme_contract import *  # noqa: F403 the one line
