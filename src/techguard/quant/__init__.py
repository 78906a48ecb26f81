"""What a leak could cost, in money: ranges, risks, simulation, and where the next yen goes.

A pure room over `techguard.domain`: it reads no register and writes nothing. `ranges` says what a person may
estimate, `model` what a risk is, `moments` what follows exactly, `simulate` the rest by chance, `plan` which
countermeasures to buy. The method is told with its sources in docs/explanation/money.md.

NumPy and SciPy take a fifth of a second to load: import this room where it is used, not at the top.
"""
