"""A whole deployment on one machine, in a folder of its own: `python -m scripts.cluster`."""
