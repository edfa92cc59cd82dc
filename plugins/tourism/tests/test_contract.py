"""What holds for every plugin. Each failure says what to do."""

from cunli.testing.contract import *  # noqa: F403 the one line
