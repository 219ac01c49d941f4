"""FedJAX's own federated averaging (fedjax.algorithms.fed_avg) on the declared federation."""

import fedjax
import jax
import jax.numpy as jnp
from fedjax.algorithms import fed_avg

import federated


def loss(params, batch):
    h = batch["x"]
    for at, (matrix, bias) in enumerate(params):
        h = h @ matrix + bias
        if at + 1 < len(params):
            h = jax.nn.relu(h)
    picked = jnp.take_along_axis(jax.nn.log_softmax(h), batch["y"][:, None], axis=1)
    return -picked.mean()


class Work:
    def __init__(self, net, batch):
        x, y = federated.data()
        opening = federated.opening_weights(net)
        self.opening = jax.tree_util.tree_map(jnp.asarray, opening)
        gradient = jax.grad(loss)
        self.algorithm = fed_avg.federated_averaging(
            lambda params, batch, rng: gradient(params, batch),
            fedjax.optimizers.sgd(federated.RATE),
            fedjax.optimizers.sgd(1.0),
            fedjax.ShuffleRepeatBatchHParams(batch_size=batch, num_epochs=1, skip_shuffle=True),
        )
        keys = jax.random.split(jax.random.PRNGKey(0), federated.CLIENTS)
        self.clients = [
            (str(c), fedjax.ClientDataset({"x": x[c], "y": y[c]}), keys[c]) for c in range(federated.CLIENTS)
        ]
        self.state = None

    def reset(self):
        self.state = self.algorithm.init(self.opening)

    def run(self):
        self.state, _ = self.algorithm.apply(self.state, self.clients)
        jax.block_until_ready(self.state.params)
        return 1.0

    def check(self):
        return federated.moved(self.state.params, self.opening)


def prepare(words):
    return Work(words[1], int(words[2]))
