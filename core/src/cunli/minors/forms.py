"""The question whether somebody is grown up: asked where somebody joins a village, and nowhere else."""

from __future__ import annotations

from datetime import date
from typing import Final

from cunli.clock import today
from cunli.minors import rules
from cunli.web.forms import Form
from cunli.web.i18n import _

OLDEST: Final = 1900


def grown_up_on(form: Form) -> date | None:
    """The month that a form tells; None for grown-ups, of whom nothing is kept, and for a form with a mistake."""
    if form.choice("young", _("满 18 岁了吗"), ("", "1"), required=False) != "1":
        return None
    return born(form)


def born(form: Form) -> date | None:
    """From which day on somebody born in the month of the form is grown up. None with a mistake."""
    this = today()
    year = form.integer("born_year", _("哪年出生"), minimum=OLDEST, maximum=this.year)
    month = form.integer("born_month", _("几月出生"), minimum=1, maximum=12)
    if year is None or month is None:
        return None
    if date(year, month, 1) > this:
        form.error("born_month", _("这个月份还没有到，请再看看"))
        return None
    found = rules.adult_on(year, month)
    if found <= this:
        form.error("born_year", _("按这个年月已经满 18 岁了，选“满 18 岁了”就行"))
        return None
    return found
