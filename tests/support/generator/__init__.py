"""Random billing cases in the scenario format: `compose.scenario(seed, level)`.

A seed always gives the same case. Levels: 1 one or two features, 2 many, 3 many and awkward, 4 hostile evidence too,
5 few reads of small registers that live on the limits of the tests.
"""
