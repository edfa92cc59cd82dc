"""Members who are away: told before leaving, heard of once a year, together where they are."""
