"""record_empty.py BRANCH: makes a repository whose first commit holds one small file, and a branch on it."""

import sys

from oxen import Repo
from timed import timed

repo = Repo(".")
with timed():
    repo.init()
    with open("marker.txt", "w") as file:
        file.write("empty\n")
    repo.add("marker.txt")
    repo.commit("empty")
    repo.checkout(sys.argv[1], create=True)
    repo.checkout("main")
