"""Flocking, Schelling and the epidemic in Mesa, by its own spaces and its own order of activation."""

import math

import numpy as np
from scipy.special import gammainc
from mesa import Agent, Model
from mesa.discrete_space import CellAgent, OrthogonalMooreGrid
from mesa.experimental.continuous_space import ContinuousSpace, ContinuousSpaceAgent

from contestant import hash32, unit

STEPS, SPEED, COHERE, SEPARATION, SEPARATE, MATCH = 100, 1.0, 0.03, 1.0, 0.015, 0.05
HEADINGS = 0x48000000
FLOCKS = {"small": (200, 100.0, 5.0), "large": (400, 150.0, 15.0)}


class Bird(ContinuousSpaceAgent):
    def __init__(self, space, model, position, velocity):
        super().__init__(space, model)
        self.position = position
        self.velocity = velocity

    def step(self):
        near, far = self.get_neighbors_in_radius(radius=self.model.vision)
        if near:
            ways = self.space.calculate_difference_vector(self.position, agents=near)
            turn = ways.sum(axis=0) * COHERE
            turn -= ways[far < SEPARATION].sum(axis=0) * SEPARATE
            turn += np.asarray([other.velocity for other in near]).sum(axis=0) * MATCH
            velocity = self.velocity + turn / len(near)
            self.velocity = velocity / np.linalg.norm(velocity)
        self.position += self.velocity * SPEED


class Flock(Model):
    def __init__(self, birds, extent, vision):
        super().__init__(seed=1)
        self.vision = vision
        self.space = ContinuousSpace([[0, extent], [0, extent]], torus=True, random=self.random, n_agents=birds)
        at = unit(np.arange(2 * birds)).reshape(birds, 2) * extent
        cos = 2.0 * unit(HEADINGS + np.arange(birds)) - 1.0
        side = np.where(hash32(HEADINGS + np.arange(birds)) & np.uint32(1), -1.0, 1.0)
        velocity = np.stack([cos, side * np.sqrt(1.0 - cos * cos)], axis=1)
        for i in range(birds):
            Bird(self.space, self, at[i], velocity[i])

    def step(self):
        self.agents.shuffle_do("step")


class Flocking:
    def __init__(self, size):
        self.shape, self.model = FLOCKS[size], None

    def reset(self):
        self.model = Flock(*self.shape)

    def run(self):
        for _ in range(STEPS):
            self.model.step()
        return float(self.shape[0] * STEPS)

    def check(self):
        mean = np.mean([bird.velocity for bird in self.model.agents], axis=0)
        return np.linalg.norm(mean)


class Resident(CellAgent):
    def __init__(self, model, cell, group):
        super().__init__(model)
        self.cell, self.group, self.happy = cell, group, False

    def step(self):
        if self.happy:
            return
        alike = 0
        for other in self.cell.neighborhood.agents:
            if other.group == self.group:
                alike += 1
        if alike >= self.model.happy_from:
            self.happy = True
            self.model.unhappy -= 1
        else:
            self.cell = self.model.grid.select_random_empty_cell()


class Town(Model):
    def __init__(self, side, agents):
        super().__init__(seed=1)
        self.happy_from, self.unhappy = 3, agents
        self.grid = OrthogonalMooreGrid((side, side), torus=False, capacity=1, random=self.random)
        for number in range(agents):
            Resident(self, self.grid.select_random_empty_cell(), number % 2)

    def step(self):
        self.agents.do("step")


class Schelling:
    def __init__(self, size):
        self.side, self.agents = {"small": (40, 1000), "large": (100, 8000)}[size]
        self.model, self.steps = None, 0

    def reset(self):
        self.model, self.steps = Town(self.side, self.agents), 0

    def run(self):
        while self.model.unhappy > 0 and self.steps < 1000:
            self.model.step()
            self.steps += 1
        return float(self.steps * self.agents)

    def check(self):
        return self.steps


DAYS, CONTACTS, R, EXPOSED_DAYS, DAYS_ILL, MORTALITY = 10, 5, 4.5, 5, 10, 0.1
SUSCEPTIBILITY = [0.35, 0.69, 1.03, 1.03, 1.03, 1.03, 1.27, 1.52, 1.52]


def weights():
    """By days since exposure: infectiousness of the stage times the generation interval (Gamma 5.5, 2.4 over 10 days)."""
    below = gammainc(5.5, 2.4 * np.arange(11))
    interval = np.diff(below) / below[10]
    return [0.0] + [(0.33 if day <= EXPOSED_DAYS else 0.72) * interval[day - 1] for day in range(1, DAYS_ILL + 1)]


class Person(Agent):
    """Stage 0 susceptible, 1 exposed, 2 ill, 3 recovered, 4 dead."""

    def __init__(self, model, number):
        super().__init__(model)
        self.stage, self.since, self.exposure = 0, 0, 0.0
        self.susceptibility, self.contacts = SUSCEPTIBILITY[number % 9], []

    def meet(self):
        if self.stage in (1, 2):
            weight = self.model.weight[self.model.day - self.since]
            for other in self.contacts:
                other.exposure += weight

    def expose(self):
        if self.exposure > 0.0:
            if self.stage == 0:
                force = R * self.susceptibility / len(self.contacts) * self.exposure
                if self.random.random() < 1.0 - math.exp(-force):
                    self.stage, self.since = 1, self.model.day
            self.exposure = 0.0
        if self.stage in (1, 2):
            days = self.model.day - self.since
            if self.stage == 1 and days >= EXPOSED_DAYS:
                self.stage = 2
            elif self.stage == 2 and days >= DAYS_ILL:
                self.stage = 4 if self.random.random() < MORTALITY else 3


class City(Model):
    def __init__(self, agents):
        super().__init__(seed=1)
        self.day, self.weight = 0, weights()
        people = [Person(self, i) for i in range(agents)]
        pairs = np.stack([np.repeat(np.arange(agents), CONTACTS), hash32(np.arange(agents * CONTACTS)) % np.uint32(agents)])
        pairs = np.sort(pairs, axis=0)
        pairs = np.unique(pairs[:, pairs[0] != pairs[1]], axis=1)
        for a, b in pairs.T.tolist():
            people[a].contacts.append(people[b])
            people[b].contacts.append(people[a])
        self.people = people

    def start(self):
        self.day = 0
        for i, person in enumerate(self.people):
            person.stage, person.since, person.exposure = (1 if i % 100 == 0 else 0), 0, 0.0

    def step(self):
        self.day += 1
        self.agents.do("meet")
        self.agents.do("expose")


class Epidemic:
    def __init__(self, agents):
        self.model = City(agents)

    def reset(self):
        self.model.start()

    def run(self):
        for _ in range(DAYS):
            self.model.step()
        return float(DAYS)

    def check(self):
        return sum(person.stage > 0 for person in self.model.people) / len(self.model.people)


def prepare(words):
    if words[0] == "epidemic":
        return Epidemic(int(words[1]))
    if words[0] == "flocking":
        return Flocking(words[1])
    if words[0] == "schelling":
        return Schelling(words[1])
    raise ValueError(f"no work {words}")
