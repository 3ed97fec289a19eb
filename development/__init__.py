"""The commands that the Makefile calls: the environment, the release, the picture of the modules."""
