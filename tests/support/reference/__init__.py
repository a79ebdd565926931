"""A second, slow reading of the billing rules: what a scenario is billed, from the rules' text alone.

Nothing here imports the product. Instants are seconds since 1970, everything else is an exact fraction, evidence is a
plain list of pieces of time. `reckon.reckon` takes a scenario and answers in the shape of its `expect`.
"""
