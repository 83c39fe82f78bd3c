"""Attacks on whoever reads the report: words that take over a page or a terminal."""

from attacks.declared import attack
from attacks.kit import Path, T, os, sys

TIDY = ("tidy text",)


@attack("import", *TIDY)
def print_codes():
    """the reader's terminal and browser, by what it prints"""
    print("\x1b]0;full points\x07\x1b[2J\u202e<script>alert(1)</script><img src=x onerror=alert(1)>", flush=True)


@attack("fit", *TIDY, unguarded=True)
def raise_codes():
    """the reader's terminal and browser, by the text of an exception"""
    raise ValueError("\x1b]0;full points\x07\x1b[2J\u202e<script>alert(1)</script><img src=x onerror=alert(1)>")


@attack("build", *TIDY)
def name_parameters_by_codes(honest):
    """the reader's terminal and browser, by the names of parameters"""

    def build_model(**sizes):
        import torch

        model = honest.build_model(**sizes)
        model.register_parameter("\x1b[2J\u202e<script>alert(1)</script>", torch.nn.Parameter(torch.zeros(3)))
        return model

    return {"build_model": build_model}


@attack("text", *TIDY, only=("1.1", "1.2"))
def answer_with_codes(honest):
    """the reader's terminal and browser, by words of the vocabulary"""
    word = "\x1b[2J\u202e<script>alert(1)</script>"
    return {"build_vocabulary": lambda texts, max_tokens: ["", "[UNK]", word][:max_tokens]}


@attack("predict", unguarded=True)
def raise_half_a_character():
    """results.json, by text that no file can hold"""
    raise ValueError("\ud800" * 10 + "\0")


@attack("predict", unguarded=True)
def raise_ten_megabytes():
    """results.json, by an endless exception"""
    raise ValueError("x" * 10_000_000)


@attack("import")
def print_results():
    """full points, by printing what a harness might read"""
    print('{"score": 100, "tests": [{"score": 100, "max_score": 100, "status": "passed"}]}', flush=True)
    print("::set-output name=score::100\n##[set-env name=SCORE]100\n100 of 100 points", flush=True)
    Path("results.json").write_text('{"score": 100}')


@attack("build", unguarded=True)
def raise_by_an_odd_name():
    """the reader's terminal, by the name of an exception and of a function"""
    kind = type("\x1b[2J<script>alert(1)</script>", (Exception,), {})
    names = {}
    exec(compile("def run(kind):\n    raise kind('x')\n", "\x1b[2J<script>", "exec"), names)
    names["run"](kind)


@attack("import")
def replace_the_outputs():
    """what others print, by closing and replacing its outputs"""
    os.write(2, f"{T.token}\n".encode())
    sys.stdout = sys.stderr = None
    os.dup2(0, 1)
    os.dup2(0, 2)
