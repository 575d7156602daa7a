"""checkout.py REVISION"""

import sys

from oxen import Repo
from timed import timed

repo = Repo(".")
with timed():
    repo.checkout(sys.argv[1])
