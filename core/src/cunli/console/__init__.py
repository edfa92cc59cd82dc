"""The console: pages for those who run a county, a township or a village, on a desk or a phone."""
