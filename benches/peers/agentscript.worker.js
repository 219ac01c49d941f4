// AgentScript (turtles and patches in JavaScript): flocking and Schelling by the declared rules, but neighbors across
// the seam of the torus, which its search does not know, are not seen (less work for it, not more).
import "./declared.js";
import { Model } from "../npm/agentscript/dist/agentscript2d.js";
const { hash, unit, contest } = declared;

/** A generator of our own, so that runs repeat. */
function chance(seed) {
  let at = seed;
  return () => unit((at = (at + 1) >>> 0));
}
function shuffle(list, random) {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [list[i], list[j]] = [list[j], list[i]];
  }
}
const bounds = (side) => ({ minX: 0, maxX: side - 1, minY: 0, maxY: side - 1, minZ: 0, maxZ: 0 });

function flocking(size) {
  const [birds, extent, vision] = { small: [200, 100, 5], large: [400, 150, 15], crowd: [20000, 1000, 5] }[size];
  let model;
  const fly = (bird) => {
    const near = model.turtles.inRadius(bird, vision, false);
    let [cx, cy, sx, sy, mx, my] = [0, 0, 0, 0, 0, 0];
    for (let i = 0; i < near.length; i++) {
      const other = near[i];
      const [dx, dy] = [other.x - bird.x, other.y - bird.y];
      cx += dx;
      cy += dy;
      if (dx * dx + dy * dy < 1) {
        sx -= dx;
        sy -= dy;
      }
      mx += other.vx;
      my += other.vy;
    }
    const n = Math.max(near.length, 1);
    const vx = bird.vx + (0.03 * cx + 0.015 * sx + 0.05 * mx) / n;
    const vy = bird.vy + (0.03 * cy + 0.015 * sy + 0.05 * my) / n;
    const length = Math.hypot(vx, vy);
    bird.vx = vx / length;
    bird.vy = vy / length;
    bird.setxy(bird.x + bird.vx, bird.y + bird.vy);
  };
  return {
    reset() {
      model = new Model(bounds(extent));
      model.patches.cacheRect(vision);
      model.turtles.create(birds, (turtle) => {
        const i = turtle.id;
        turtle.setxy(unit(2 * i) * (extent - 1), unit(2 * i + 1) * (extent - 1));
        turtle.vx = 2 * unit(0x48000000 + i) - 1;
        turtle.vy = (hash(0x48000000 + i) & 1 ? -1 : 1) * Math.sqrt(1 - turtle.vx ** 2);
      });
    },
    run() {
      const random = chance(7);
      const order = Array.from(model.turtles);
      for (let step = 0; step < 100; step++) {
        shuffle(order, random);
        order.forEach(fly);
      }
      return birds * 100;
    },
    check() {
      let [x, y] = [0, 0];
      model.turtles.ask((t) => ((x += t.vx), (y += t.vy)));
      return Math.hypot(x, y) / birds;
    },
  };
}

function schelling(size) {
  const [side, agents] = { small: [40, 1000], large: [100, 8000] }[size];
  let model, random, steps;
  const empty = () => {
    for (;;) {
      const patch = model.patches[Math.floor(random() * side * side)];
      if (patch.turtlesHere.length === 0) return patch;
    }
  };
  return {
    reset() {
      model = new Model(bounds(side));
      random = chance(11);
      steps = 0;
      model.patches.ask((patch) => patch.turtlesHere);
      for (let i = 0; i < agents; i++) {
        const patch = empty();
        model.turtles.create(1, (turtle) => {
          turtle.setxy(patch.x, patch.y);
          turtle.group = i % 2;
          turtle.happy = false;
        });
      }
    },
    run() {
      let unhappy = agents;
      while (unhappy > 0 && steps < 1000) {
        steps += 1;
        model.turtles.ask((turtle) => {
          if (turtle.happy) return;
          let alike = 0;
          turtle.patch.neighbors.ask((patch) => {
            const here = patch.turtlesHere;
            if (here.length > 0 && here[0].group === turtle.group) alike += 1;
          });
          if (alike >= 3) {
            turtle.happy = true;
            unhappy -= 1;
          } else {
            const to = empty();
            turtle.setxy(to.x, to.y);
          }
        });
      }
      return steps * agents;
    },
    check: () => steps,
  };
}

contest(([kind, size]) => {
  if (kind === "flocking") return flocking(size);
  if (kind === "schelling") return schelling(size);
  throw new Error(`no work ${kind}`);
});
