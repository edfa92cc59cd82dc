"""`python -m cunli` is the same as `cunli`."""

from cunli.cli import main

main()
