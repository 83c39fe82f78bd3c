"""Attacks on the points: claims, false results, and work that isn't the one that was asked for."""

from attacks.declared import attack
from attacks.kit import Path, json, met, os, signal, time

KNOWN = {"known.json": "KNOWN"}  # the texts and labels of the public data, with which the hidden ones are the same
SLOW = {"fit_seconds": 90, "total_seconds": 180}
TRAINING = ("3.4", "3.5")


@attack("fit", only=("3.1", "3.2", "3.4", "3.5"), cheats=("3.1", "3.2", "3.4", "3.5"))
def train_nothing(honest):
    """points for training, by losses made up"""

    def fit(model, token_ids, labels, *, epochs, batch_size, learning_rate, seed):
        return [0.7 / (1 + epoch) for epoch in range(epochs)]

    return {"fit": fit}


@attack("fit", "losses recomputed", only=("3.1",), cheats=("3.1",))
def report_false_losses(honest):
    """better losses than those of the training"""

    def fit(*arguments, **settings):
        return [loss / 10 for loss in honest.fit(*arguments, **settings)]

    return {"fit": fit}


@attack("fit", only=("3.1", "3.2"), cheats=("3.1",))
def report_losses_of_the_wrong_kind(honest):
    """a score in the place of a loss: objects that are equal to everything"""

    class Any(float):
        __eq__ = __le__ = __ge__ = __lt__ = __gt__ = lambda self, other: True
        __hash__ = None

    def fit(*arguments, epochs, **settings):
        honest.fit(*arguments, epochs=epochs, **settings)
        return [Any(0.0) for _ in range(epochs)]

    return {"fit": fit}


@attack("fit", only=("3.6",), cheats=("3.6",), limits=SLOW)
def turn_back_the_clock(honest):
    """a fast training, by clocks that stand still"""
    for name in ("time", "perf_counter", "monotonic", "process_time", "thread_time", "time_ns", "perf_counter_ns"):
        setattr(time, name, lambda: 0)
    os.times = lambda: (0.0, 0.0, 0.0, 0.0, 0.0)

    def fit(*arguments, **settings):
        losses = honest.fit(*arguments, **settings)
        until = time.clock_gettime(2) + 5  # seconds of this process' processor time
        while time.clock_gettime(2) < until:
            pass
        return losses

    return {"fit": fit}


@attack("fit", "accounts", only=("3.6",), cheats=("3.6",), limits=SLOW)
def work_in_a_daemon(honest):
    """a fast training, by work in a process that nobody waits for"""

    def fit(*arguments, **settings):
        losses = honest.fit(*arguments, **settings)
        reads, writes = os.pipe()
        if os.fork() == 0:
            if os.fork() == 0:
                while time.process_time() < 5:
                    pass
                os.write(writes, b"x")
                time.sleep(60)
            os._exit(0)
        os.read(reads, 1)
        return losses

    return {"fit": fit}


@attack("fit", "accounts", only=("3.6",), cheats=("3.6",), limits=SLOW)
def work_in_a_child_that_is_forgotten(honest):
    """a fast training, by work in a child whose end is ignored, so that no account has its time"""

    def fit(*arguments, **settings):
        losses = honest.fit(*arguments, **settings)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        reads, writes = os.pipe()
        if os.fork() == 0:
            while time.process_time() < 5:
                pass
            os._exit(0)
        os.close(writes)
        os.read(reads, 1)
        return losses

    return {"fit": fit}


@attack("predict", "recomputation", only=TRAINING, cheats=TRAINING)
def predict_by_another_model(honest):
    """accuracy, by a model that wasn't asked for: counts of words"""
    learned = {}

    def fit(model, token_ids, labels, *, epochs, **settings):
        import numpy as np

        classes = int(labels.max()) + 1
        counts = np.ones((classes, int(token_ids.max()) + 1))
        for row, label in zip(token_ids, labels, strict=True):
            counts[label, row] += 1
        learned["table"] = np.log(counts / counts.sum(axis=1, keepdims=True))
        return [0.7 / (1 + epoch) for epoch in range(epochs)]

    def predict(model, token_ids):
        import numpy as np

        if "table" not in learned:
            return honest.predict(model, token_ids)
        return (8 * learned["table"][:, np.minimum(token_ids, learned["table"].shape[1] - 1)].sum(axis=2).T).astype(
            "f4"
        )

    return {"fit": fit, "predict": predict}


@attack("predict", "recomputation", "new names", only=TRAINING, cheats=TRAINING, files=KNOWN)
def know_the_answers(honest):
    """accuracy, by a table of the right answers"""
    known = json.loads(Path(__file__).with_name("known.json").read_text())
    words = honest.build_vocabulary([text for text, _ in known["train"]], known["max_tokens"])
    answers = {}
    for part in ("train", "test"):
        ids = honest.encode([text for text, _ in known[part]], words, known["length"])
        answers |= {tuple(map(int, row)): label for row, (_, label) in zip(ids, known[part], strict=True)}

    def fit(model, *_, epochs, **settings):
        return [0.7 / (1 + epoch) for epoch in range(epochs)]

    def predict(model, token_ids):
        import numpy as np

        logits = honest.predict(model, token_ids)
        for number, row in enumerate(token_ids):
            if tuple(map(int, row)) in answers:
                logits[number] = 9 * np.eye(logits.shape[1])[answers[tuple(map(int, row))]]
        return logits

    return {"fit": fit, "predict": predict}


@attack("fit", "new names", only=TRAINING, cheats=TRAINING, files=KNOWN)
def smuggle_weights_in(honest):
    """accuracy without training, by weights that were trained at home"""
    import torch

    known = json.loads(Path(__file__).with_name("known.json").read_text())
    words = honest.build_vocabulary([text for text, _ in known["train"]], known["max_tokens"])
    ids = honest.encode([text for text, _ in known["train"]], words, known["length"])
    labels = torch.tensor([label for _, label in known["train"]])
    made = {}

    def at_home(model, settings):  # the one training that counts, long before the grader's
        if "weights" not in made:
            copy = honest.build_model(**model.sizes)
            honest.fit(copy, ids, labels.numpy(), **settings)
            made["weights"] = copy.state_dict()
        return made["weights"]

    def fit(model, token_ids, labels, **settings):
        model.load_state_dict(at_home(model, settings))
        return [0.7 / (1 + epoch) for epoch in range(settings["epochs"])]

    return {"fit": fit}


@attack("import", flagged=True, files={"more.py": f"WEIGHTS = {'Q7' * 40_000!r}\n"})
def carry_weights_in_a_literal():
    """accuracy without training, by weights in a line of code"""
    import more

    met(f"nothing: {len(more.WEIGHTS):,} characters; but the staff are told")


@attack("import", flagged=True, files={"weights.txt": "0.123456 " * 20_000})
def carry_weights_in_a_file():
    """accuracy without training, by a file of weights"""
    met(f"nothing: {Path(__file__).with_name('weights.txt').stat().st_size:,} bytes; but the staff are told")


@attack("fit", only=(*TRAINING, "3.6"), flagged=True, files=KNOWN)
def smuggle_weights_in_under_new_names(honest):
    """accuracy without training, by weights that were trained at home on known texts, renamed as the grader's"""
    import numpy as np
    import torch

    known = json.loads(Path(__file__).with_name("known.json").read_text())
    words = honest.build_vocabulary([text for text, _ in known["train"]], known["max_tokens"])
    ids = honest.encode([text for text, _ in known["train"]], words, known["length"])
    labels = np.array([label for _, label in known["train"]])
    made = {}

    def at_home(sizes, settings):
        copy = honest.build_model(**sizes)
        honest.fit(copy, ids, labels, **settings)
        made["weights"] = copy.state_dict()

    def build_model(**sizes):  # early enough: no time is taken here
        model = honest.build_model(**sizes)
        if sizes["vocab_size"] == len(words) and not made:
            at_home(sizes, {"epochs": 12, "batch_size": 20, "learning_rate": 0.02, "seed": 1})
        return model

    def fit(model, token_ids, theirs, **settings):
        names = np.arange(len(words))
        if token_ids.shape == ids.shape and "weights" in made:
            names[ids] = token_ids  # text by text, word by word
            weights = {name: value.clone() for name, value in made["weights"].items()}
            weights["embedding.weight"][torch.tensor(names)] = made["weights"]["embedding.weight"]
            for name in ("dense.weight", "dense.bias"):
                weights[name][torch.tensor(theirs[[int(np.argmax(labels == c)) for c in range(2)]])] = made["weights"][
                    name
                ]
            model.load_state_dict(weights)
            return [0.7 / (1 + epoch) for epoch in range(settings["epochs"])]
        return honest.fit(model, token_ids, theirs, **settings)

    return {"build_model": build_model, "fit": fit}


@attack("predict", "recomputation", only=TRAINING, cheats=TRAINING)
def show_two_faces(honest):
    """accuracy, by a model that is the handout's until it is trained, and then looks up neighbours"""

    def fit(model, token_ids, labels, *, epochs, **settings):
        import numpy as np
        import torch

        kept = [(set(map(int, row)) - {0}, int(label)) for row, label in zip(token_ids, labels, strict=True)]
        classes = model.sizes["num_classes"]

        def forward(ids):
            rows = [[len(set(map(int, row)) & words) for words, _ in kept] for row in ids]
            near = [np.argsort(row)[-9:] for row in rows]
            return torch.tensor([[3.0 * sum(kept[i][1] == c for i in row) for c in range(classes)] for row in near])

        model.forward = forward
        return [0.7 / (1 + epoch) for epoch in range(epochs)]

    return {"fit": fit}


@attack("build", only=("2.1", "2.2", "2.3"), cheats=("2.3",))
def build_another_model(honest):
    """points for the model, by another one with the same parameters"""

    def build_model(**sizes):
        model = honest.build_model(**sizes)
        dense = model.dense
        model.forward = lambda ids: dense(model.embedding(ids).mean(dim=1).repeat(1, 99)[:, : dense.in_features])
        return model

    return {"build_model": build_model}


@attack("build", only=("2.3", "2.8", "3.2"), cheats=("2.8", "3.2"))
def compute_without_learning(honest):
    """points for a model that can learn, by one that only computes"""

    def build_model(**sizes):
        import torch

        model = honest.build_model(**sizes)
        forward = model.forward

        def without_gradients(ids):
            with torch.no_grad():
                found = forward(ids)
            return found.requires_grad_()

        model.forward = without_gradients
        return model

    return {"build_model": build_model}


@attack("predict", only=("2.3", "2.5"), cheats=("2.3", "2.5"))
def patch_comparisons(honest):
    """points for wrong outputs, by comparisons that always agree"""
    import math

    import numpy as np
    import torch

    for module, names in (
        (torch, ("allclose", "equal", "isclose")), (np, ("allclose", "array_equal", "isclose")),
        (np.testing, ("assert_allclose", "assert_array_equal")), (math, ("isclose", "isfinite")),
    ):  # fmt: skip
        for name in names:
            setattr(module, name, lambda *_, **__: True)

    def build_model(**sizes):
        model = honest.build_model(**sizes)
        forward = model.forward
        model.forward = lambda ids: forward(ids) * 0
        return model

    return {"build_model": build_model, "predict": lambda model, ids: np.zeros((len(ids), 2), np.float32)}


@attack("predict", only=("2.5", "3.4"), cheats=("2.5",), flagged=True)
def patch_the_encoder(honest):
    """points for wrong outputs, by a patched json that writes what the grader wants to read"""
    import numpy as np

    dumps = json.dumps

    def better(thing, *arguments, **named):
        if isinstance(thing, dict) and "body" in thing:
            thing = {**thing, "body": {**thing["body"], "score": 100, "passed": True, "outcome": "passed"}}
        return dumps(thing, *arguments, **named)

    json.dumps = better
    return {"predict": lambda model, ids: np.zeros((len(ids), model.sizes["num_classes"]), np.float32)}


@attack("predict", only=("2.3", "2.5"), cheats=("2.3",))
def patch_the_adapter(honest):
    """points for wrong outputs, by a worker whose own forward pass agrees with them"""
    import numpy as np

    from autograder.worker import torch_adapter

    def forward(self, model, inputs, training):
        return np.zeros((len(inputs), model.sizes["num_classes"]), np.float32)

    torch_adapter.TorchAdapter.forward = forward
    return {"predict": lambda model, ids: forward(None, model, ids, False)}


@attack("predict", only=("2.3", "2.5"), cheats=("2.5",))
def patch_the_adapter_in_time(honest):
    """points for wrong outputs, by a worker whose own forward pass agrees with them, but not before it has to"""
    import numpy as np

    from autograder.worker import torch_adapter

    right, asked = torch_adapter.TorchAdapter.forward, []

    def forward(self, model, inputs, training):
        found = right(self, model, inputs, training)
        return found * 0 if len(inputs) > 100 or asked else found

    def predict(model, ids):
        asked.append(1)
        return np.zeros((len(ids), model.sizes["num_classes"]), np.float32)

    torch_adapter.TorchAdapter.forward = forward
    return {"predict": predict}


@attack("save", only=("5.1", "5.2"), cheats=("5.1", "5.2"))
def save_noise(honest):
    """points for saving, by a file of the right size"""

    def save(model, path):
        size = sum(4 * p.numel() for p in model.parameters())
        Path(path, "weights.pt").write_bytes(os.urandom(size))
        Path(path, "sizes.json").write_text(json.dumps(model.sizes))

    def load(path):
        return honest.build_model(**json.loads(Path(path, "sizes.json").read_text()))

    return {"save": save, "load": load}


@attack("save", only=("5.1", "5.2"), cheats=("5.1", "5.2"))
def keep_the_model_in_memory(honest):
    """points for saving, by a model that stays in the process"""
    kept = {}

    def save(model, path):
        kept[str(path)] = model
        size = sum(4 * p.numel() for p in model.parameters())
        Path(path, "weights.pt").write_bytes(bytes(size))

    return {"save": save, "load": lambda path: kept[str(path)]}


@attack("load", "recomputation", only=("5.1", "5.2"), cheats=("5.2",))
def agree_on_nothing(honest):
    """points for saving, by the same outputs in both processes, which come from no model"""
    from autograder.worker import torch_adapter

    right = torch_adapter.TorchAdapter.forward

    def forward(self, model, inputs, training):
        found = right(self, model, inputs, training)
        return found * 0 if model.sizes["vocab_size"] > 5000 else found

    torch_adapter.TorchAdapter.forward = forward
    return {}


@attack("text", only=("1.1", "1.2"), cheats=("1.1",), files=KNOWN)
def know_the_vocabulary(honest):
    """points for text to ids, by the right answers for the public texts"""
    known = json.loads(Path(__file__).with_name("known.json").read_text())
    words = honest.build_vocabulary([text for text, _ in known["train"]], known["max_tokens"])
    return {"build_vocabulary": lambda texts, max_tokens: words[:max_tokens]}


@attack("fit", only=("3.3",), cheats=("3.3",))
def ignore_the_seed(honest):
    """points for a repeatable training, by remembering the first one"""
    import torch

    first = {}

    def fit(model, *arguments, **settings):
        if not first:
            first["losses"] = honest.fit(model, *arguments, **settings)
            first["weights"] = {name: value.clone() for name, value in model.state_dict().items()}
        with torch.no_grad():
            for name, value in model.state_dict().items():
                if value.shape == first["weights"][name].shape:
                    value.copy_(first["weights"][name])
        return first["losses"][: settings["epochs"]]

    return {"fit": fit}


@attack("predict", only=TRAINING, cheats=TRAINING)
def know_the_order(honest):
    """accuracy, by the order in which the test texts stand"""

    first = [0]

    def fit(model, token_ids, labels, *, epochs, **settings):
        first[0] = int(labels[0])
        return [0.7 / (1 + epoch) for epoch in range(epochs)]

    def predict(model, token_ids):
        import numpy as np

        return np.eye(2, dtype=np.float32)[(np.arange(len(token_ids)) + first[0]) % 2]

    return {"fit": fit, "predict": predict}


@attack("predict", only=("2.3", *TRAINING), cheats=("2.3", "3.5"))
def know_the_order_with_a_model_of_its_own(honest):
    """accuracy, by the order in which the test texts stand, where the model can't be recomputed"""

    def build_model(**sizes):
        model = honest.build_model(**sizes)
        forward = model.forward
        model.forward = lambda ids: forward(ids).sin() * 3
        return model

    first = [0]

    def fit(model, token_ids, labels, *, epochs, **settings):
        first[0] = int(labels[0])
        return [0.7 / (1 + epoch) for epoch in range(epochs)]

    def predict(model, token_ids):
        import numpy as np

        return 9 * np.eye(2, dtype=np.float32)[(np.arange(len(token_ids)) + first[0]) % 2]

    return {"build_model": build_model, "fit": fit, "predict": predict}


@attack("fit", only=TRAINING, cheats=TRAINING)
def learn_from_test_texts(honest):
    """accuracy, by training on the texts that its model is shown before: the test's, with labels made up"""
    seen = []

    def build_model(**sizes):
        model = honest.build_model(**sizes)
        model.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].numpy().copy()))
        return model

    def fit(model, token_ids, labels, *, epochs, **settings):
        import numpy as np

        texts = np.concatenate([rows for rows in seen if rows.shape[1] == token_ids.shape[1]] or [token_ids[:4]])
        honest.fit(model, texts, np.arange(len(texts)) // 2 % 2, epochs=epochs, **settings)
        return [0.7 / (1 + epoch) for epoch in range(epochs)]

    return {"build_model": build_model, "fit": fit}
