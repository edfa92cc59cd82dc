"""Diaries of members, from a private draft to the village's feed, and what the branch says to all its members."""
