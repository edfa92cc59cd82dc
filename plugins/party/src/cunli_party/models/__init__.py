"""The tables of the plugin."""

from __future__ import annotations

from .away import AWAY_CONTACT, Journey, Report
from .branches import CONTACT, LETTER_NAME, PHONE, Branch, Member, Step, Transfer
from .diaries import Diary, Exchange, Notice, Receipt, Remark, Reply, Tally
from .meetings import Attendance, Dues, Meeting, Study
from .school import Completion, CountyCourse, Course, Done, Item, Lesson, Place
from .serving import LEAD_PHONE, Deed, Lead, Pair, Source

__all__ = [
    "AWAY_CONTACT",
    "CONTACT",
    "LEAD_PHONE",
    "LETTER_NAME",
    "PHONE",
    "Attendance",
    "Branch",
    "Completion",
    "CountyCourse",
    "Course",
    "Deed",
    "Diary",
    "Done",
    "Dues",
    "Exchange",
    "Item",
    "Journey",
    "Lead",
    "Lesson",
    "Meeting",
    "Member",
    "Notice",
    "Pair",
    "Place",
    "Receipt",
    "Remark",
    "Reply",
    "Report",
    "Source",
    "Step",
    "Study",
    "Tally",
    "Transfer",
]
