"""`python -m petrel` is the command `petrel`."""

from petrel.cli import main

main(prog_name="petrel")
