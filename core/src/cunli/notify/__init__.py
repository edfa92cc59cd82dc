"""Telling people: the inbox and the channels that carry a message further."""
