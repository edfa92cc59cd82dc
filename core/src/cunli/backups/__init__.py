"""Backups: database and files of one moment in one file that tells of every flipped byte, and back onto an empty machine."""
