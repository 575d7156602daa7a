"""Prints whether the repository of the current folder is clean."""

from oxen import Repo

print(Repo(".").status().is_clean())
