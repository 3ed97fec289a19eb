"""The commands of the Makefile that aren't tests: a file or a folder for each, and what makes their environment."""
