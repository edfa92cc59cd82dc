"""The demo county: a dozen villages that do not exist, with people, posts and photos, computed back from the moment of loading.

The words are in `data/`, the pictures in `photos/`; this package turns them into rows. It is no part of a deployment
and refuses to touch a database that holds anything else.
"""
