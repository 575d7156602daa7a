"""commit.py MESSAGE: adds everything in the current folder, commits it, and prints the commit id on the last line."""

import os
import sys

from oxen import Repo

repo = Repo(".")
if not os.path.exists(".oxen"):
    repo.init()
repo.add(".")
print(repo.commit(sys.argv[1]).id)
