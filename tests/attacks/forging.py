"""Attacks on the line to the grader: answers that the worker's own code didn't give."""

from attacks.declared import attack
from attacks.kit import json, os, socket, struct, sys, time

FLAGGED = {"flagged": True, "only": ("2.5",), "cheats": ("2.5",)}


@attack("predict", **FLAGGED)
def forge_an_answer(honest):
    """points for predictions, by an answer sent ahead of the real one"""

    def predict(model, ids):
        import numpy as np

        logits = np.zeros((len(ids), model.sizes["num_classes"]), np.float32)
        frame = sys._getframe()
        while "request" not in frame.f_locals:
            frame = frame.f_back
        asked = frame.f_locals["request"].body["id"]
        for number in range(asked, asked + 40):
            header = {
                "body": {"id": number, "ok": {}},
                "arrays": [{"name": "logits", "dtype": "<f4", "shape": list(logits.shape)}],
            }
            head = json.dumps(header).encode()
            os.write(3, struct.pack("<II", len(head) + logits.nbytes, len(head)) + head + logits.tobytes())
        time.sleep(1)
        return logits

    return {"predict": predict}


@attack("predict", **FLAGGED)
def forge_a_score(honest):
    """points, by a message that says so"""

    def predict(model, ids):
        head = json.dumps({"body": {"id": 3, "ok": {}, "score": 100, "passed": True}, "arrays": []}).encode()
        os.write(3, struct.pack("<II", len(head), len(head)) + head)
        time.sleep(1)
        return honest.predict(model, ids)

    return {"predict": predict}


@attack("build", flagged=True)
def forge_a_huge_frame():
    """the grader's memory, by a frame that claims to have four gigabytes"""
    os.write(3, struct.pack("<II", 2**32 - 1, 100) + b"{}")


@attack("build", flagged=True)
def forge_an_array_of_objects():
    """the grader's process, by an array of objects, which are unpickled where one trusts them"""
    head = json.dumps({"body": {"id": 2, "ok": {}}, "arrays": [{"name": "x", "dtype": "|O", "shape": [1]}]}).encode()
    payload = b"cos\nsystem\n(S'echo'\ntR."[:8]
    os.write(3, struct.pack("<II", len(head) + 8, len(head)) + head + payload)


@attack("fit", flagged=True)
def send_noise():
    """a grader's error, which costs no points, by random bytes on its line"""
    os.write(3, bytes(range(256)) * 100)


@attack("fit", limits={"fit_seconds": 5, "call_seconds": 10, "total_seconds": 40})
def begin_and_never_end():
    """the grader's patience, by half a frame"""
    os.write(3, struct.pack("<II", 1000, 500) + b"{")
    time.sleep(600)


@attack("predict")
def close_the_line():
    """a grader's error, which costs no points, by closing its line"""
    os.close(3)


@attack("predict")
def shut_the_line_down():
    """a grader's error, which costs no points, by shutting its line down while the process lives on"""
    socket.socket(fileno=3).shutdown(socket.SHUT_RDWR)


@attack("build")
def put_something_else_in_its_place():
    """a grader that reads a file, by another file in the place of its line"""
    os.dup2(os.open("/dev/zero", os.O_RDWR), 3)


@attack("predict", only=("2.5", "3.4"))
def answer_twice():
    """an answer for the next question, by a child that answers as well"""
    os.fork()


@attack("fit", only=("3.4", "3.5", "3.6"), cheats=("3.4", "3.5"), flagged=True)
def answer_in_advance(honest):
    """points for training, by a child that writes the answers while the worker hangs"""

    def fit(model, ids, labels, *, epochs, **settings):
        import numpy as np

        losses = np.linspace(0.7, 0.1, epochs)
        frame = sys._getframe()
        while "request" not in frame.f_locals:
            frame = frame.f_back
        asked = frame.f_locals["request"].body["id"]
        if os.fork() == 0:
            for number in range(asked, asked + 60):
                header = {
                    "body": {"id": number, "ok": {}},
                    "arrays": [{"name": "losses", "dtype": "<f8", "shape": [epochs]}],
                }
                head = json.dumps(header).encode()
                os.write(3, struct.pack("<II", len(head) + losses.nbytes, len(head)) + head + losses.tobytes())
            os._exit(0)
        time.sleep(1)
        return list(losses)

    return {"fit": fit}
