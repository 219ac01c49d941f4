"""The declared federation's data and opening weights."""

import numpy as np

from contestant import hash32, unit

CLIENTS, SAMPLES, WIDTH, CLASSES, RATE = 10, 600, 784, 10, 0.05
LABELS, WEIGHTS = 0x4C000000, 0x57000000


def data():
    every = CLIENTS * SAMPLES
    x = unit(np.arange(every * WIDTH)).astype(np.float32).reshape(CLIENTS, SAMPLES, WIDTH)
    y = (hash32(LABELS + np.arange(every)) % np.uint32(CLASSES)).astype(np.int32)
    return x, y.reshape(CLIENTS, SAMPLES)


def opening_weights(net):
    """[matrix, bias] a layer; uniform within 1 / sqrt(inputs), biases 0."""
    widths = {"softmax": [WIDTH, CLASSES], "mlp": [WIDTH, 200, 200, CLASSES]}[net]
    layers, place = [], WEIGHTS
    for rows, columns in zip(widths, widths[1:]):
        u = unit(place + np.arange(rows * columns))
        matrix = ((2.0 * u - 1.0) / np.sqrt(rows)).astype(np.float32).reshape(rows, columns)
        layers.append([matrix, np.zeros(columns, np.float32)])
        place += rows * columns + columns
    return layers


def moved(after, before):
    """How far the weights are from one another."""
    ways = [np.asarray(a, np.float64) - np.asarray(b, np.float64) for one, two in zip(after, before) for a, b in zip(one, two)]
    return np.sqrt(sum((w * w).sum() for w in ways))
