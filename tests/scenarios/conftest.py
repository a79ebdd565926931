"""Counter-examples are looked for the same way on every run."""

import support.exploration  # noqa: F401 - loads the profile
