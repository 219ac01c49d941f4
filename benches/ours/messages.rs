//! Tokens that wander from node to node, on the engine's event queue.

use super::{Work, hash};
use engine::chance::Chance;
use engine::network::{Event, Link, Links, Network};

const NODES: u32 = 100;
const DELIVERIES: u64 = 200_000;
const LINK: Link =
    Link { latency_ms: 1.0, jitter_ms: 9.0, loss: 0.0, bytes_per_second: f64::INFINITY };

pub struct Messages {
    tokens: u32,
    network: Network<[u32; 2]>,
}

impl Messages {
    pub fn new(tokens: u32) -> Option<Self> {
        (tokens > 0).then(|| Self { tokens, network: network() })
    }
}

fn network() -> Network<[u32; 2]> {
    Network::new(NODES, &Links::Uniform(LINK), Chance::new(1), "how long messages take")
        .expect("the network is small")
}

impl Work for Messages {
    fn reset(&mut self) {
        self.network = network();
    }

    fn run(&mut self) -> f64 {
        for token in 0..self.tokens {
            self.network.send(token % NODES, next(token, 0), 1, [token, 0]).expect("room for all");
        }
        for _ in 0..DELIVERIES {
            let Some(Event::Delivered { to, message: [token, hop], .. }) =
                self.network.next_event()
            else {
                break;
            };
            let message = [token, hop + 1];
            self.network.send(to, next(token, hop + 1), 1, message).expect("room for all");
        }
        self.network.ledger().delivered as f64
    }

    /// Seconds on the network's clock after all deliveries: `deliveries / tokens` hops of 5.5 ms each.
    fn check(&mut self) -> f64 {
        self.reset();
        self.run();
        engine::network::seconds(self.network.now())
    }
}

fn next(token: u32, hop: u32) -> u32 {
    hash(token.wrapping_mul(0x9e37_79b9) ^ hop) % NODES
}
