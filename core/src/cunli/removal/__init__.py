"""The end of a plugin's life: its rows are exported, its tables undone, and brought back when it is installed again.

Works on the tables as the models declare them and runs no code of the plugin; a plugin has nothing to write for it.
"""

from cunli.removal.errors import CannotDo
from cunli.removal.importing import bring_back
from cunli.removal.removing import Removed, Survey, remove, survey

__all__ = ["CannotDo", "Removed", "Survey", "bring_back", "remove", "survey"]
