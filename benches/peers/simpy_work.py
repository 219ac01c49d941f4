"""The declared tokens in SimPy, in its usual form: one process a token that yields a timeout a hop."""

import random

import simpy

from contestant import hash32

NODES, DELIVERIES = 100, 200_000


class Work:
    def __init__(self, tokens):
        self.tokens, self.now = tokens, 0.0

    def reset(self):
        pass

    def run(self):
        env, chance = simpy.Environment(), random.Random(1)
        visits = [0] * NODES
        left = DELIVERIES
        done = env.event()
        draw = chance.random

        def token(number):
            nonlocal left
            hop = 0
            while left > 0:
                yield env.timeout(0.001 + 0.009 * draw())
                left -= 1
                hop += 1
                visits[next_node(number, hop)] += 1
            if not done.triggered:
                done.succeed()

        for number in range(self.tokens):
            env.process(token(number))
        env.run(until=done)
        self.now = env.now
        return float(sum(visits))

    def check(self):
        return self.now


def next_node(token, hop):
    x = ((token * 0x9E3779B9) & 0xFFFFFFFF) ^ hop
    x ^= x >> 16
    x = (x * 0x7FEB352D) & 0xFFFFFFFF
    x ^= x >> 15
    x = (x * 0x846CA68B) & 0xFFFFFFFF
    x ^= x >> 16
    return x % NODES


def prepare(words):
    assert words[0] == "messages"
    return Work(int(words[1]))
