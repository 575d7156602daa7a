"""status.py: compares the working tree with the last commit; it must be clean."""

from oxen import Repo
from timed import timed

repo = Repo(".")
with timed():
    clean = repo.status().is_clean()
assert clean, "the working tree is not clean"
