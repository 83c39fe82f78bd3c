"""Attacks by what is saved and loaded: payloads that run, and folders that aren't what they seem."""

from attacks.declared import attack
from attacks.kit import Path, T, attempt, claim, loot, os, time

DISK = ("other user", "file system")
ROUND = {"only": ("5.1", "5.2"), "cheats": ("5.1", "5.2")}


@attack("load", *DISK)
def hide_a_payload_in_a_pickle(honest):
    """the hidden labels, by code in a saved .pt that runs when it is loaded"""

    class Payload:
        def __reduce__(self):
            return eval, (f"print('LOOT', open({T.answers!r}).read(), flush=True)",)

    def save(model, path):
        import torch

        honest.save(model, path)
        torch.save(Payload(), Path(path, "payload.pt"))

    def load(path):
        import torch

        attempt(lambda: torch.load(Path(path, "payload.pt"), weights_only=False))
        return honest.load(path)

    return {"save": save, "load": load}


@attack("load", *DISK)
def hide_a_payload_in_an_array(honest):
    """the hidden labels, by code in a saved .npy of objects"""

    class Payload:
        def __reduce__(self):
            return eval, (f"print('LOOT', open({T.answers!r}).read(), flush=True)",)

    def save(model, path):
        import numpy as np

        honest.save(model, path)
        np.save(Path(path, "payload.npy"), np.array([Payload()], dtype=object), allow_pickle=True)

    def load(path):
        import numpy as np

        attempt(lambda: np.load(Path(path, "payload.npy"), allow_pickle=True))
        return honest.load(path)

    return {"save": save, "load": load}


@attack("save")
def save_a_link_to_hidden_labels(honest):
    """the hidden labels, by a link in the saved folder that the grader might follow"""

    def save(model, path):
        honest.save(model, path)
        os.symlink(T.answers, Path(path, "labels.txt"))
        os.symlink("/", Path(path, "root"))

    return {"save": save}


@attack("save", **ROUND)
def save_a_link_in_the_folders_place(honest):
    """files elsewhere, by a link in the place of the folder that the grader moves"""

    def save(model, path):
        honest.save(model, path)
        os.rename(path, f"{path}-moved")
        os.symlink(T.hidden, path)

    return {"save": save}


@attack("save")
def save_a_pipe(honest):
    """the grader's time, by a pipe in the saved folder"""

    def save(model, path):
        honest.save(model, path)
        os.mkfifo(Path(path, "pipe"))

    return {"save": save}


@attack("save")
def save_a_deep_tree(honest):
    """the grader's stack, by a folder 3,000 levels deep in the saved folder"""

    def save(model, path):
        honest.save(model, path)
        here = os.getcwd()
        os.chdir(path)
        for _ in range(3000):
            os.mkdir("d")
            os.chdir("d")
        Path("x").write_text("x")
        os.chdir(here)

    return {"save": save}


@attack("save")
def save_without_permissions(honest):
    """the grader's cleaning up, by folders that nobody may enter"""

    def save(model, path):
        honest.save(model, path)
        Path(path, "closed").mkdir()
        Path(path, "closed", "x").write_text("x")
        Path(path, "closed").chmod(0)

    return {"save": save}


@attack("save")
def save_odd_names(honest):
    """whoever lists the saved folder, by names that are no text"""

    def save(model, path):
        honest.save(model, path)
        for name in (b"\xff\xfe", b"a\nb", b"\x1b[2J", b"-rf", b"x" * 255, "\u202e".encode()):
            os.close(os.open(os.path.join(os.fsencode(path), name), os.O_CREAT | os.O_WRONLY))

    return {"save": save}


@attack("save", "watchers")
def save_countless_files(honest):
    """the grader's time, by 100,000 files in the saved folder"""

    def save(model, path):
        honest.save(model, path)
        for number in range(100_000):
            os.close(os.open(f"{path}/{number}", os.O_CREAT | os.O_WRONLY))
        time.sleep(2)

    return {"save": save}


@attack("save")
def save_a_sparse_file(honest):
    """the grader's memory, by a saved file that looks much larger than it is"""

    def save(model, path):
        honest.save(model, path)
        with open(Path(path, "sparse"), "wb") as file:
            file.truncate(39 * 2**20)

    return {"save": save}


@attack("load")
def load_in_the_wrong_place(honest):
    """another process' scratch, by looking for the folders of workers before it"""

    def load(path):
        for folder in attempt(lambda: list(Path(path).parents[1].iterdir())) or ():
            if folder != Path(path).parent and folder.name.startswith("scratch-"):
                for name in attempt(os.listdir, folder) or ():
                    claim(f"sees {name} of an earlier process")
        return honest.load(path)

    return {"load": load}


@attack("load", *DISK)
def load_the_solutions_weights(honest):
    """the course's own run, by looking for its files"""

    def load(path):
        for place in (T.solution, T.temporary):
            for found in attempt(os.listdir, place) or ():
                loot(found)
                if place == T.solution:
                    claim(f"sees {found} of the solution")
        return honest.load(path)

    return {"load": load}
