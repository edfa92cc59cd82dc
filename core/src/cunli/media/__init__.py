"""Uploaded photos: accepted, decoded apart from the web process, re-encoded, stored, served with a permission check."""
