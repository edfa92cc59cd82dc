"""HTTP: the gate, pages, forms, rendering and errors. What a page does belongs to its room."""

from cunli.web.forms import Form
from cunli.web.pages import EVERYONE, MEMBER, SIGNED_IN, Audience, Page, View
from cunli.web.visit import Visit

__all__ = ["EVERYONE", "MEMBER", "SIGNED_IN", "Audience", "Form", "Page", "View", "Visit"]
