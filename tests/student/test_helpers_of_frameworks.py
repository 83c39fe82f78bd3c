"""What frameworks start besides: loaders in processes of their own, threads, files. It works within the walls."""

from __future__ import annotations

import json
from textwrap import dedent

import pytest

from autograder.errors import SubmissionError

RUN = """
import json

def build_vocabulary(texts, max_tokens):
    names = {}
    exec(texts[0], names)
    return [json.dumps(names.get("found"))]
"""
DATA_LOADER = """
import torch
from torch.utils.data import DataLoader, TensorDataset

data = TensorDataset(torch.arange(40.0).reshape(40, 1), torch.arange(40) % 2)
model = torch.nn.Linear(1, 2)
steps = torch.optim.Adam(model.parameters(), 0.01)
loader = DataLoader(data, 8, shuffle=True, num_workers=2, multiprocessing_context=CONTEXT, persistent_workers=True)
seen = []
for epoch in range(2):
    for x, y in loader:
        seen.extend(x.flatten().tolist())
        loss = torch.nn.functional.cross_entropy(model(x / 40), y)
        steps.zero_grad(); loss.backward(); steps.step()
torch.save(model.state_dict(), "model.pt")
model.load_state_dict(torch.load("model.pt", weights_only=True))
found = sum(seen)
"""
PY_DATASET = """
import os
import keras
import numpy as np
import tensorflow as tf

class Batches(keras.utils.PyDataset):
    def __len__(self): return 5
    def __getitem__(self, index):
        return np.full((8, 3), index, np.float32), np.zeros(8, np.int64)

model = keras.Sequential([keras.layers.Dense(2), keras.layers.Dense(2)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(Batches(workers=2, use_multiprocessing=False), epochs=2, verbose=0)
data = tf.data.Dataset.range(40).map(lambda x: (tf.fill([3], tf.cast(x, tf.float32)), x % 2), num_parallel_calls=2)
model.fit(data.shuffle(40).batch(8).prefetch(2), epochs=1, verbose=0)
model.save("model.keras"); model.save_weights("model.weights.h5")
again = keras.models.load_model("model.keras")
found = bool(np.allclose(again.predict(np.ones((2, 3)), verbose=0), model.predict(np.ones((2, 3)), verbose=0)))
"""
NETWORK = {
    "torch": "import torch; torch.hub.download_url_to_file('https://example.org/model.pt', 'model.pt')",
    "keras": "import keras; keras.utils.get_file('words.txt', 'https://example.org/words.txt', cache_dir='.')",
    "socket": "import socket; socket.create_connection(('127.0.0.1', 80))",
    "name": "import socket; socket.gethostbyname('example.org')",
    "url": "import urllib.request; urllib.request.urlopen('http://127.0.0.1/')",
}


def run(served, code: str):
    return json.loads(served.build_vocabulary([dedent(code)], 1)[0])


@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_a_data_loader_with_workers_trains(submit, torch_zygote, context):
    served = submit(RUN, zygote=torch_zygote)
    code = DATA_LOADER.replace("CONTEXT", repr(context))
    assert run(served, code) == 2 * sum(range(40))


def test_keras_loads_in_threads_and_saves(submit, keras_zygote):
    assert run(submit(RUN, zygote=keras_zygote), PY_DATASET) is True


@pytest.mark.parametrize("way", NETWORK)
def test_who_asks_for_the_network_is_told_that_it_is_off(submit, torch_zygote, keras_zygote, way):
    served = submit(RUN, zygote=keras_zygote if way == "keras" else torch_zygote)
    with pytest.raises(SubmissionError) as caught:
        run(served, NETWORK[way])
    assert "no network" in caught.value.finding.advice, caught.value.finding
