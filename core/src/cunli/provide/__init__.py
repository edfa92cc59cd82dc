"""Providers: what a county may have done by others. `kinds` is the catalogue, `chosen` those of this process, and each
other module one kind: its interface, what is in the box, and the functions that rooms and plugins call.
"""
