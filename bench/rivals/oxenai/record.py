"""record.py PATH...: add and commit in the repository of the current folder, which is made when it is missing."""

import os
import sys

from oxen import Repo
from timed import timed

repo = Repo(".")
if not os.path.exists(".oxen"):
    repo.init()
with timed():
    for path in sys.argv[1:]:
        repo.add(path)
    repo.commit("bench")
