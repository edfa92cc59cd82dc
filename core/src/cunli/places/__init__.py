"""Regions of the administrative tree and the villages opened on it. Who lives there belongs to `people`."""
