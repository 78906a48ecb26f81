"""`python -m techguard`: the same as the command `techguard`."""

from techguard.cli.main import main

main()
