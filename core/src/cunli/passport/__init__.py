"""A village on its way to another county, and back: what it is and what stands in it, in one archive that is always spelled alike."""
