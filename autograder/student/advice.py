"""The exceptions that frameworks raise in students' code: what they say, and what usually lies behind them.

Their texts are those of the versions that `requirements.lock` pins; one that changes loses its advice, nothing else.
"""

from __future__ import annotations

import re
from typing import Final

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_WRAPPED = re.compile(r"Exception encountered when calling [^\n]*\n+(.*?)(\n+Arguments received by .*)?", re.DOTALL)
_IN_A_GRAPH = re.compile(r"Graph execution error:.*\n([^\n]+)\n\s*\[\[\{\{node .*", re.DOTALL)
_NOISE = re.compile(r"\{\{function_node [^}]*\}\}\s*|\s*\[Op:\w+\]|\s*name: \S*$|^ *File \"[^\n]*\n?", re.MULTILINE)


def reason(text: str) -> str:
    """What an exception says for its cause: without Keras's and TensorFlow's frames around it, and without colours."""
    text = _ANSI.sub("", text).strip()
    for frame in (_WRAPPED, _IN_A_GRAPH):
        if found := frame.fullmatch(text):
            text = found[1].strip()
    return _NOISE.sub("", text).strip()


def advice(kind: str, said: str, doing: str = "") -> str:
    """What to try; empty where nobody knows.

    Args:
        kind: The exception's type.
        said: Its :func:`reason`.
        doing: What was being done, such as ``calling load (Keras)``.
    """
    if kind == "FileNotFoundError" and re.match(r"calling (save|load)\b", doing):
        return "Do `save` and `load` use the same names, in the folder `path` that they are given?"
    for pattern, advised in _USUAL:
        if found := pattern.search(f"{kind}: {said}"):
            return found.expand(advised)
    return ""


OF_A_NOTEBOOK: Final = (
    "This is a command of a notebook, and no Python: remove lines that begin with % or !, and calls of get_ipython()."
)

_KNOWN: Final = {
    # Python
    r"name '(get_ipython|display)' is not defined": OF_A_NOTEBOOK,
    r"^(BdbQuit|EOFError: EOF when reading a line|StdinNotImplementedError)": (
        "Nobody sits at the keyboard where it is graded: remove breakpoint(), pdb.set_trace() and input()."
    ),
    # Recurrent layers, whose axes are a frequent slip
    r"enforce_sorted": (
        "The texts of a batch come in any order of lengths: call pack_padded_sequence with enforce_sorted=False, which "
        "sorts them and puts the states back in order."
    ),
    r"Expected `len\(lengths\)` to be equal to batch_size, but got (\d+) \(batch_size=(\d+)\)": (
        r"There are \1 lengths, but the array's texts are taken to be \2. Where the first axis is the texts, say so: "
        r"pack_padded_sequence(..., batch_first=True), and nn.LSTM(..., batch_first=True)."
    ),
    r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at non-singleton dimension 0": (
        r"The first axes differ, \1 and \2: both should be the number of texts. PyTorch's recurrent layers take "
        r"[words, texts, features], unless they are made with batch_first=True; print the shapes just above that line."
    ),
    r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\)": (
        r"Sizes \1 and \2 stand on the same axis. Print the shapes of both arrays just above that line."
    ),
    r"unexpected keyword argument|missing \d+ required (positional|keyword-only) argument|positional arguments? but": (
        "Keep the function's signature as the stub has it: the grader passes these arguments by name."
    ),
    r"^(MemoryError|ResourceExhaustedError)": "Work in batches; check that no array grows with every step.",
    r"^RecursionError": "A function calls itself without an end; in `forward` or `call` it is often the model itself.",
    r"Network is down|name resolution|Name or service not known|nodename nor servname|URL fetch failure": (
        "There is no network where it is graded: everything that a task needs is in your files or passed by the grader."
    ),
    r"\[Errno 13\] Permission denied": (
        "Where it is graded, code reads its own files, and writes to the folder that it is given, to the current one "
        "or to a temporary one (tempfile); the rest of the machine is closed to it."
    ),
    r"\[Errno 1\] Operation not permitted": (
        "Where it is graded, code may act on itself and on processes that it started, and on nothing else."
    ),
    r"\[Errno 27\] File too large|No space left": "The handout says how much a submission may write.",
    r"expected, not NoneType$": "Is there a `return`? A function without one gives None.",
    r"'NoneType' object": (
        "Something in this line is None. A function of yours without `return` gives None: look at each that the line "
        "uses."
    ),
    # Shapes
    r"shapes cannot be multiplied \(\d+x(\d+) and (\d+)x\d+\)": (
        r"The array has \1 features, but the layer was made for \2. Compute the layer's input size from the arguments "
        r"of build_model."
    ),
    r"to have (\d+) channels, but got (\d+) channels": (
        r"The second axis has to be the features, \1 here, and it is \2. PyTorch's convolutions want [n, features, "
        r"words]: swap the axes with transpose(1, 2) before them."
    ),
    r"Kernel size can't be greater than actual input|output size would be (zero or )?negative": (
        "The filter is wider than the text is long. Does the convolution run over the words, and not over the features?"
    ),
    r"Sizes of tensors must match except in dimension": (
        "All axes but the one that is joined have to be equal: take the maximum over time before you concatenate."
    ),
    r"Dimension out of range|concatenating dimensions in the range": (
        "The array has fewer axes than this line counts on. Print its shape just above; the first axis has number 0."
    ),
    r"view size is not compatible": (
        "A permuted tensor can't be viewed in another shape: use .flatten(1) or .reshape(...)."
    ),
    r"shape '.*' is invalid for input of size": (
        "So many numbers don't fit into that shape. Print the shape before it; .flatten(1) keeps the first axis."
    ),
    r"Expected more than 1 value per channel|size mismatch|[Ii]ncompatible shapes|shapes? .* (mismatch|not aligned)": (
        "Print the shapes of the arrays just above that line."
    ),
    r"batch_size \((\d+)\) to match target batch_size \((\d+)\)": (
        r"Outputs: \1, labels: \2. Take the texts of a batch and its labels by the same indices."
    ),
    r"expected min_ndim=(\d), found ndim=(\d)|expected ndim=(\d), found ndim=(\d)": (
        "The layer wants an array with another number of axes. A 1-D convolution takes [n, words, features]; a maximum "
        "over time leaves [n, features]."
    ),
    r"expected axis -1 of input shape to have value (\d+)": (
        r"The layer has met an input of \1 features before. Make a layer of its own for each input size."
    ),
    r"expected shape=\(None, \d+.*\), found shape=": (
        "The model is built for one size alone. Texts may have any length: keras.Input(shape=(None,)); sizes come from "
        "the arguments of build_model."
    ),
    r"must be fully-defined \(no `None` dim": (
        "The layer has to know how many features it gets, and texts may have any length: take the maximum over time "
        "instead of flattening."
    ),
    # Kinds of numbers
    r"index out of range in self|indices.* = \d+ is not in \[0, \d+\)": (
        "A token id lies outside the embedding: it needs one row for each of the vocab_size ids."
    ),
    r"'indices' to have one of the following scalar types: Long": (
        "An embedding looks up whole numbers: leave the token ids as they are, int64."
    ),
    r"expected (target dtype to be|scalar type) Long": "cross_entropy wants class ids as whole numbers: labels.long().",
    r"(must have the same dtype, but got|expected scalar type) (Double|Float)": (
        "NumPy computes in float64, models in float32: turn the array into float32 first, with .float() in PyTorch."
    ),
    r"must be Tensor, not numpy.ndarray": "PyTorch's layers take tensors: torch.tensor(array) makes one.",
    r"torch\.return_types\.(max|min)": (
        "In PyTorch, max(dim=...) gives values and places: take .values, or use amax(dim=...)."
    ),
    # PyTorch: modules, gradients, devices, files
    r"before Module\.__init__\(\) call|object has no attribute 'built'": (
        "Begin __init__ of your class with super().__init__(): only then layers can be put into it."
    ),
    r"missing the required \"forward\" function": "Give your class a method of exactly this name: forward.",
    r"element \d+ of tensors does not require grad": (
        "Nothing leads from this loss back to the weights. Look for detach(), item(), numpy() or torch.no_grad() "
        "between the model and the loss."
    ),
    r"backward through the graph a second time": "Compute the loss anew in each step, and call backward() once for it.",
    r"leaf Variable that requires grad": "Change initial weights by functions of nn.init, which keep no gradients.",
    r"Can't call numpy\(\) on Tensor that requires grad": (
        "Compute predictions inside `with torch.no_grad():`; they need no gradients."
    ),
    r"Expected state_dict to be dict-like": "load_state_dict takes what torch.load reads from the file.",
    r"tensors to be on the same device": "Move the model and each batch to `device` before they meet.",
    r"Weights only load failed": (
        "Save model.state_dict() and not the model: a class of your own isn't loaded with weights_only=True."
    ),
    # Keras
    r"Only instances of `keras\.Layer` can be added": (
        "A Sequential takes a list of layers. Make each by a call, as in layers.Dense(8); no tensors, no functions."
    ),
    r"values must be KerasTensors": (
        "keras.Model wants what keras.Input and *called* layers give: layers.Dense(8)(x), not layers.Dense(8)."
    ),
    r"KerasTensor (is symbolic|cannot be used)|'(SymbolicTensor|KerasTensor)' object has no attribute": (
        "There are no numbers yet at this point, only shapes: use keras.layers and keras.ops instead of NumPy or "
        "TensorFlow."
    ),
    r"EagerTensor' object has no attribute": "In Keras, keras.ops.convert_to_numpy(x) makes an array of a tensor.",
    r"should be called on a list of at least": "Hand it a list of all branches, not one of them.",
    r"does not have a `call\(\)` method": "Give your class a method of exactly this name: call.",
    r"You must call `compile\(\)`": "Call model.compile(optimizer=..., loss=...) before model.fit.",
    r"`target` and `output` must have the same (rank|shape)": (
        "The labels are class ids: the loss for them is SparseCategoricalCrossentropy(from_logits=True)."
    ),
    r"'History' object|not History$": (
        "model.fit returns a History; the list of losses in it is history.history[\"loss\"]."
    ),
    r"must end in `\.weights\.h5`": "Choose a name such as model.weights.h5.",
    r"Invalid filepath extension": "Choose a name that ends in .keras, such as model.keras.",
    r"override `get_config\(\)`|Could not locate class": (
        "Keras can't save a class of your own as it is. Save its sizes and its weights (save_weights); `load` then "
        "calls build_model and load_weights."
    ),
    r"^FileNotFoundError": (
        "Only the files that you hand in are there where it is graded, in the folder of your module and not in the "
        "current one. Do without this file: what a task needs is passed as an argument."
    ),
}  # fmt: skip
_USUAL: Final = tuple((re.compile(pattern), advised) for pattern, advised in _KNOWN.items())


def no_return(function: str) -> str:
    """Of a function that gave None where its value was used."""
    return f"{function} returned None; has it a `return`?"
