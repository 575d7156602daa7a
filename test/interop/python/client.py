"""client.py VERB [ARGUMENTS]: one call of the real client in the current folder; prints a JSON value on the last line."""

import json
import os
import sys

from oxen import RemoteRepo, Repo, clone


def remote_of(url):
    scheme, rest = url.split("://", 1)
    host, name = rest.split("/", 1)
    return RemoteRepo(name, host=host, scheme=scheme)


def create_remote(url):
    remote_of(url).create(empty=True)
    return True


def create_remote_with_readme(url):
    remote_of(url).create(empty=False)
    return True


def delete_remote(url):
    remote_of(url).delete()
    return True


def set_remote(url):
    Repo(".").set_remote("origin", url)
    return True


def push(branch):
    Repo(".").push("origin", branch)
    return True


def delete_remote_branch(branch):
    Repo(".").push("origin", branch, delete=True)
    return True


def pull(branch):
    Repo(".").pull("origin", branch)
    return True


def pull_all(branch):
    Repo(".").pull("origin", branch, all=True)
    return True


def clone_to(url, path, branch="main"):
    clone(url, path, branch=branch)
    return True


def clone_all(url, path):
    clone(url, path, all=True)
    return True


def clone_part(url, path, part):
    clone(url, path, filters=[part])
    return True


def checkout(name, create=""):
    Repo(".").checkout(name, create == "create")
    return True


def remove(path):
    Repo(".").rm(path, recursive=True)
    return True


def commit(message):
    repo = Repo(".")
    repo.add(".")
    return repo.commit(message).id


def small_commits(count):
    repo = Repo(".")
    for index in range(int(count)):
        path = f"commits/{index % 3}/file{index}.txt"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(f"{index}\n")
        repo.add(path)
        repo.commit(f"number {index}")
    return True


def commit_staged(message):
    return Repo(".").commit(message).id


def log():
    return [commit.id for commit in Repo(".").log()]


def branches():
    return sorted(branch.name for branch in Repo(".").branches())


def merge(branch):
    Repo(".").merge(branch)
    return True


def remote_branches(url):
    return sorted([branch.name, branch.commit_id] for branch in remote_of(url).branches())


def remote_ls(url, path):
    return sorted(entry.filename for entry in remote_of(url).ls(path))


def remote_log(url):
    return [commit.id for commit in remote_of(url).log()]


def remote_download(url, path, destination):
    remote_of(url).download(path, destination)
    return True


def remote_exists(url):
    return remote_of(url).exists()


verb, *arguments = sys.argv[1:]
print(json.dumps(globals()[verb](*arguments)))
