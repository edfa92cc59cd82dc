"""Branches, their members, and how somebody becomes one of them here."""
