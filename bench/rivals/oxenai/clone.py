"""clone.py URL FOLDER"""

import sys

from oxen import Repo
from timed import timed

repo = Repo(sys.argv[2])
with timed():
    repo.clone(sys.argv[1])
