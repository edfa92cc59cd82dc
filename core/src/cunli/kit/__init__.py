"""Looking at a plugin as its author hands it over: a wheel, or the source it is built from. For `cunli plugin check` and the tests of authors.

Nothing here runs while the site does.
"""
