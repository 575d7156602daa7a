"""push.py REMOTE"""

import sys

from oxen import Repo
from timed import timed

repo = Repo(".")
with timed():
    repo.push(sys.argv[1], "main")
