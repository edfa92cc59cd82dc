"""Numbers for offices: sums only, nobody's name."""
