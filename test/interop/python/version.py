"""Prints the version of the real client."""

import oxen

print(oxen.__version__)
