"""One model, declared once without a framework: parameter tables, layouts, a float64 forward pass, known mistakes."""

from autograder.blueprint.activation import Dropout, LogSoftmax, ReLU, Sigmoid, Softmax, Tanh
from autograder.blueprint.composition import Chain, Parallel
from autograder.blueprint.convolution import Conv1D
from autograder.blueprint.convolution2d import Conv2D
from autograder.blueprint.dense import Dense
from autograder.blueprint.diagnosis import explain_any, explain_logits, explain_parameters, gives
from autograder.blueprint.embedding import Embedding
from autograder.blueprint.flatten import Flatten, GlobalAveragePool2D, GlobalMaxPool2D
from autograder.blueprint.framework import Framework, PerFramework
from autograder.blueprint.initializers import GlorotUniform, Normal, Ones, Uniform, Zeros
from autograder.blueprint.layer import Layer, Misconception, Mistake
from autograder.blueprint.matching import Match, StudentParameter, fitting, matches
from autograder.blueprint.model import Blueprint, LayerRow, Variant
from autograder.blueprint.normalization import BatchNorm, LayerNorm
from autograder.blueprint.oracle import cross_entropy, directional_derivative
from autograder.blueprint.parameter import Parameter, Weights
from autograder.blueprint.pooling import GlobalAveragePool1D, GlobalMaxPool1D, LastStep
from autograder.blueprint.recurrent import GRU, LSTM, Bidirectional, SimpleRNN
from autograder.blueprint.side_by_side import twin_layers
from autograder.blueprint.signal import TOKEN_IDS, Signal
from autograder.blueprint.tables import layer_table_markdown, parameter_table
from autograder.blueprint.tolerance import Tolerance
from autograder.blueprint.windows import AveragePool1D, AveragePool2D, MaxPool1D, MaxPool2D

__all__ = [
    "GRU",
    "LSTM",
    "TOKEN_IDS",
    "AveragePool1D",
    "AveragePool2D",
    "BatchNorm",
    "Bidirectional",
    "Blueprint",
    "Chain",
    "Conv1D",
    "Conv2D",
    "Dense",
    "Dropout",
    "Embedding",
    "Flatten",
    "Framework",
    "GlobalAveragePool1D",
    "GlobalAveragePool2D",
    "GlobalMaxPool1D",
    "GlobalMaxPool2D",
    "GlorotUniform",
    "LastStep",
    "Layer",
    "LayerNorm",
    "LayerRow",
    "LogSoftmax",
    "Match",
    "MaxPool1D",
    "MaxPool2D",
    "Misconception",
    "Mistake",
    "Normal",
    "Ones",
    "Parallel",
    "Parameter",
    "PerFramework",
    "ReLU",
    "Sigmoid",
    "Signal",
    "SimpleRNN",
    "Softmax",
    "StudentParameter",
    "Tanh",
    "Tolerance",
    "Uniform",
    "Variant",
    "Weights",
    "Zeros",
    "cross_entropy",
    "directional_derivative",
    "explain_any",
    "explain_logits",
    "explain_parameters",
    "fitting",
    "gives",
    "layer_table_markdown",
    "matches",
    "parameter_table",
    "twin_layers",
]
