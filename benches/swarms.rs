//! Agent updates a second of the swarms that `coordination` builds on, natively, one thread:
//! `cargo bench --profile release --bench swarms`. Issue 6 asks for 2 million of Vicsek's and 10 million on grids.

// A bench is the one place besides the set-up command that needs a clock.
#![allow(clippy::disallowed_types)]

use engine::chance::Chance;
use engine::coordination::grid::{Board, Cell, Direction};
use engine::coordination::kuramoto::Kuramoto;
use engine::coordination::vicsek::{Near, Noise, Vicsek};
use rand::RngExt;
use std::time::{Duration, Instant};

const BUDGET: Duration = Duration::from_millis(1500);

fn main() {
    println!("{:<44} {:>12}", "swarm", "M updates/s");
    for agents in [1_000usize, 10_000, 100_000] {
        // Density 4 at a radius of 1: 13 neighbors.
        let radius = 1.0 / (agents as f32 / 4.0).sqrt();
        for (name, near) in [("radius", Near::Radius(radius)), ("7 nearest", Near::Nearest(7))] {
            let mut rng = Chance::new(1).stream(0, "bench");
            let mut swarm = Vicsek::among(agents, near, &mut rng);
            report(&format!("Vicsek, {name}, {agents} agents"), agents, || {
                swarm.align(0.3 * radius, Noise::Angular(1.5), &mut rng)
            });
        }
        let mut rng = Chance::new(1).stream(0, "bench");
        let mut swarm = Kuramoto::lorentzian(agents, None, 0.025, &mut rng);
        report(&format!("Kuramoto, all to all, {agents} agents"), agents, || swarm.couple(0.1));
    }
    for (side, agents) in [(10u32, 10usize), (40, 64), (300, 5_000)] {
        let mut rng = Chance::new(1).stream(0, "bench");
        let mut board = Board::new(side, side);
        let edge = |c: &Cell| [c.row, c.column].iter().any(|at| *at == 0 || *at == side as i32 - 1);
        let (walls, mut free): (Vec<Cell>, Vec<Cell>) = board.cells().partition(edge);
        for _ in 0..agents {
            let cell = free.swap_remove(rng.random_range(0..free.len()));
            board.place(&[cell], None, false);
        }
        board.place(&walls, None, true);
        let mut moves: Vec<Option<Direction>> = vec![None; agents];
        report(&format!("grid of {side} x {side}, {agents} that push"), agents, || {
            moves.fill_with(|| Direction::ALL.get(rng.random_range(0..5)).copied());
            board.push(&moves);
        });
    }
}

fn report(name: &str, agents: usize, mut step: impl FnMut()) {
    let (began, mut steps) = (Instant::now(), 0u32);
    while began.elapsed() < BUDGET {
        step();
        steps += 1;
    }
    let rate = agents as f64 * f64::from(steps) / began.elapsed().as_secs_f64() / 1e6;
    println!("{name:<44} {rate:>12.2}");
}
