"""Flower's simulation engine (Ray) with clients in plain numpy; a run is a few rounds, timed from the end of the first
to the end of the last, so that the start of Ray's processes is not counted."""

import logging
import os
import time

os.environ.setdefault("RAY_DEDUP_LOGS", "0")
os.environ.setdefault("FLWR_TELEMETRY_ENABLED", "0")
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

import numpy as np
from flwr.client import ClientApp, NumPyClient
from flwr.common import Context, ndarrays_to_parameters, parameters_to_ndarrays
from flwr.server import ServerApp, ServerAppComponents, ServerConfig
from flwr.server.strategy import FedAvg
from flwr.simulation import run_simulation

import federated

logging.getLogger("flwr").setLevel(logging.ERROR)
ROUNDS = 4
CACHE = {}


def epoch(layers, x, y, batch):
    """Plain SGD in place, in numpy."""
    for at in range(0, len(y), batch):
        rows, labels = x[at : at + batch], y[at : at + batch]
        inputs = [rows]
        for number, (matrix, bias) in enumerate(layers):
            h = inputs[-1] @ matrix + bias
            inputs.append(np.maximum(h, 0.0) if number + 1 < len(layers) else h)
        z = inputs.pop()
        p = np.exp(z - z.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        p[np.arange(len(labels)), labels] -= 1.0
        slope = (p / len(labels)).astype(np.float32)
        for number in reversed(range(len(layers))):
            matrix, bias = layers[number]
            below = (slope @ matrix.T) * (inputs[number] > 0.0) if number else None
            matrix -= federated.RATE * (inputs[number].T @ slope)
            bias -= federated.RATE * slope.sum(axis=0)
            slope = below


class Client(NumPyClient):
    def __init__(self, number, batch):
        self.number, self.batch = number, batch

    def fit(self, parameters, config):
        if not CACHE:
            CACHE["data"] = federated.data()
        x, y = CACHE["data"]
        layers = [[parameters[i].copy(), parameters[i + 1].copy()] for i in range(0, len(parameters), 2)]
        epoch(layers, x[self.number], y[self.number], self.batch)
        return [part for layer in layers for part in layer], federated.SAMPLES, {}


class Timed(FedAvg):
    """FedAvg that notes when each round is over, and the weights after the first."""

    def __init__(self, ends, **more):
        super().__init__(**more)
        self.ends = ends

    def aggregate_fit(self, server_round, results, failures):
        out = super().aggregate_fit(server_round, results, failures)
        self.ends.append((time.perf_counter(), out[0], len(results), len(failures)))
        return out


class Work:
    def __init__(self, net, batch):
        self.opening, self.batch, self.first = federated.opening_weights(net), batch, None

    def reset(self):
        pass

    def run(self):
        ends, batch = [], self.batch
        flat = [part for layer in self.opening for part in layer]

        def server_fn(context: Context):
            strategy = Timed(
                ends,
                fraction_fit=1.0,
                fraction_evaluate=0.0,
                min_fit_clients=federated.CLIENTS,
                min_available_clients=federated.CLIENTS,
                initial_parameters=ndarrays_to_parameters(flat),
            )
            return ServerAppComponents(strategy=strategy, config=ServerConfig(num_rounds=ROUNDS))

        def client_fn(context: Context):
            return Client(int(context.node_config["partition-id"]), batch).to_client()

        run_simulation(
            server_app=ServerApp(server_fn=server_fn),
            client_app=ClientApp(client_fn=client_fn),
            num_supernodes=federated.CLIENTS,
            backend_config={"client_resources": {"num_cpus": 1, "num_gpus": 0.0}},
        )
        if len(ends) != ROUNDS or any(n != federated.CLIENTS for _, _, n, _ in ends):
            raise RuntimeError(f"not all clients answered: {[(n, f) for _, _, n, f in ends]}")
        self.first = parameters_to_ndarrays(ends[0][1])
        return ROUNDS - 1.0, ends[-1][0] - ends[0][0]

    def check(self):
        layers = [[self.first[i], self.first[i + 1]] for i in range(0, len(self.first), 2)]
        return federated.moved(layers, self.opening)


def prepare(words):
    return Work(words[1], int(words[2]))
