"""Accounts, sign-in, sessions, membership of villages, and roles on the administrative tree."""
