"""Facts for other plugins. Ids only: words and names stay in the tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cunli import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseCompleted(Event):
    """Somebody completed a course of the school."""

    kind: ClassVar[str] = "party.course.completed"
    course_id: int
    person_id: int
