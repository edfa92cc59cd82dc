"""Departments of a county (纪委监委, 农业农村局 …): what they are called, who writes for them, and what they say to all villages."""
