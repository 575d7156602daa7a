"""connect.py NAMESPACE/NAME HOST:PORT REMOTE: makes the repository on the server and adds it as a remote."""

import sys

from oxen import RemoteRepo, Repo
from timed import timed

repository, address, remote = sys.argv[1:]
with timed():
    RemoteRepo(repository, address, scheme="http").create(empty=True)
    Repo(".").set_remote(remote, f"http://{address}/{repository}")
