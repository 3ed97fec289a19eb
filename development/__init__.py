"""The repository's own commands, which the Makefile calls: the environment, the release, the picture of the house."""
