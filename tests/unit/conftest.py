"""How the searches for counterexamples run."""

from hypothesis import settings

# How long an example takes says how busy the machine is, and nothing of the package.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")
