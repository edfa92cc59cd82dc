"""Mistakes of whoever operates the site. Light on purpose: the command line catches them without importing anything else."""

from __future__ import annotations


class OperatorMistake(Exception):
    """Settings, an address or a file that cannot be used. Each problem is a sentence that names it and the way out."""

    problems: list[str]

    def __init__(self, problems: list[str] | str) -> None:
        self.problems = [problems] if isinstance(problems, str) else problems
        super().__init__("\n".join(self.problems))
