"""Meetings of a branch: when, who was there and how, the minutes, and what is overdue by the rules."""
