//! Bodies in each other's way: whose push is enough, by maximum flow.

use super::NOBODY;

/// The bodies that stand in each other's way, as a graph; columns by node.
#[derive(Clone, Debug, Default)]
pub(super) struct Tangle {
    pub(super) bodies: Vec<u32>,
    /// Node of a body, or NOBODY. As long as the board has bodies; cleared after use.
    pub(super) node_of: Vec<u32>,
    pub(super) fate: Vec<Fate>,
    pub(super) force: Vec<i32>,
    pub(super) mass: Vec<i32>,
    /// Ends of each node's run in `front`.
    pub(super) front_end: Vec<u32>,
    pub(super) front: Vec<u32>,
    /// For each arrow of `front`, the force that goes along it.
    flow: Vec<i32>,
    back_end: Vec<u32>,
    /// (node behind, arrow).
    back: Vec<(u32, u32)>,
    open: Vec<u32>,
    spare: Vec<i32>,
    lack: Vec<i32>,
    /// How the search came to each node.
    came: Vec<Came>,
    queue: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Open,
    Moves,
    Stays,
}

/// The next node on the way to the body that lacks force, by an arrow that gets more or one that gets less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    Not,
    Start,
    More { arrow: u32, to: u32 },
    Less { arrow: u32, to: u32 },
}

impl Tangle {
    pub(super) fn clear(&mut self) {
        let Self { bodies, fate, force, mass, front_end, front, .. } = self;
        bodies.clear();
        fate.clear();
        force.clear();
        mass.clear();
        front_end.clear();
        front.clear();
    }

    pub(super) fn node(&mut self, body: u32) -> u32 {
        let node = &mut self.node_of[body as usize];
        if *node == NOBODY {
            *node = self.bodies.len() as u32;
            self.bodies.push(body);
        }
        *node
    }

    pub(super) fn fronts(&self, node: usize) -> std::ops::Range<usize> {
        let start = if node == 0 { 0 } else { self.front_end[node - 1] };
        start as usize..self.front_end[node] as usize
    }

    fn backs(&self, node: usize) -> std::ops::Range<usize> {
        let start = if node == 0 { 0 } else { self.back_end[node - 1] };
        start as usize..self.back_end[node] as usize
    }

    /// Fills `back` from `front`.
    pub(super) fn turn_around(&mut self) {
        let nodes = self.bodies.len();
        self.back_end.clear();
        self.back_end.resize(nodes, 0);
        for &to in &self.front {
            self.back_end[to as usize] += 1;
        }
        let mut sum = 0;
        for end in &mut self.back_end {
            // For now where each run starts; it grows to its end while the run is filled.
            (*end, sum) = (sum, sum + *end);
        }
        self.back.clear();
        self.back.resize(self.front.len(), (0, 0));
        for node in 0..nodes {
            for arrow in self.fronts(node) {
                let end = &mut self.back_end[self.front[arrow] as usize];
                self.back[*end as usize] = (node as u32, arrow as u32);
                *end += 1;
            }
        }
    }

    /// Decides the fate of every node.
    pub(super) fn resolve(&mut self) {
        self.queue.clear();
        self.queue.extend(
            (0..self.bodies.len() as u32).filter(|n| self.fate[*n as usize] == Fate::Stays),
        );
        self.hold_back();
        self.let_the_strong_go();
        loop {
            self.route();
            self.queue.clear();
            for node in 0..self.bodies.len() {
                if self.fate[node] == Fate::Open && self.lack[node] > 0 {
                    self.fate[node] = Fate::Stays;
                    self.queue.push(node as u32);
                }
            }
            if self.queue.is_empty() {
                break;
            }
            self.hold_back();
        }
        for fate in self.fate.iter_mut().filter(|f| **f == Fate::Open) {
            *fate = Fate::Moves;
        }
    }

    /// Who stands behind one of the queue stays too.
    fn hold_back(&mut self) {
        while let Some(node) = self.queue.pop() {
            for i in self.backs(node as usize) {
                let behind = self.back[i].0;
                if self.fate[behind as usize] != Fate::Stays {
                    self.fate[behind as usize] = Fate::Stays;
                    self.queue.push(behind);
                }
            }
        }
    }

    /// Who can move by itself and has only such ones in front moves: no flow is needed for a marching column.
    fn let_the_strong_go(&mut self) {
        let nodes = self.bodies.len();
        self.open.clear();
        for node in 0..nodes {
            self.open.push(self.fronts(node).len() as u32);
            if self.open[node] == 0 && self.is_strong(node) {
                self.queue.push(node as u32);
            }
        }
        while let Some(node) = self.queue.pop() {
            self.fate[node as usize] = Fate::Moves;
            for i in self.backs(node as usize) {
                let behind = self.back[i].0 as usize;
                self.open[behind] -= 1;
                if self.open[behind] == 0 && self.is_strong(behind) {
                    self.queue.push(behind as u32);
                }
            }
        }
    }

    fn is_strong(&self, node: usize) -> bool {
        self.fate[node] == Fate::Open && self.force[node] >= self.mass[node]
    }

    /// A maximum flow among the open nodes: first each body's own force, then what others can spare.
    fn route(&mut self) {
        let nodes = self.bodies.len();
        self.flow.clear();
        self.flow.resize(self.front.len(), 0);
        self.spare.clear();
        self.lack.clear();
        self.came.clear();
        self.came.resize(nodes, Came::Not);
        for node in 0..nodes {
            let own = self.force[node].min(self.mass[node]);
            self.spare.push(self.force[node] - own);
            self.lack.push(self.mass[node] - own);
        }
        for node in 0..nodes {
            while self.fate[node] == Fate::Open && self.lack[node] > 0 && self.find_force(node) {}
        }
    }

    /// Brings one unit of force to the node; false if none can be had.
    fn find_force(&mut self, node: usize) -> bool {
        self.came[node] = Came::Start;
        self.queue.clear();
        self.queue.push(node as u32);
        let found = self.search();
        if let Some(source) = found {
            self.spare[source] -= 1;
            self.lack[node] -= 1;
            self.send(source);
        }
        for visited in &self.queue {
            self.came[*visited as usize] = Came::Not;
        }
        found.is_some()
    }

    /// The nearest node with force to spare that can reach the one in the queue.
    fn search(&mut self) -> Option<usize> {
        let mut next = 0;
        while let Some(&to) = self.queue.get(next) {
            next += 1;
            if self.spare[to as usize] > 0 {
                return Some(to as usize);
            }
            for i in self.backs(to as usize) {
                let (behind, arrow) = self.back[i];
                self.reach(behind, Came::More { arrow, to });
            }
            for arrow in self.fronts(to as usize) {
                if self.flow[arrow] > 0 {
                    self.reach(self.front[arrow], Came::Less { arrow: arrow as u32, to });
                }
            }
        }
        None
    }

    fn reach(&mut self, node: u32, came: Came) {
        let at = node as usize;
        if self.fate[at] == Fate::Open && self.came[at] == Came::Not {
            self.came[at] = came;
            self.queue.push(node);
        }
    }

    fn send(&mut self, mut node: usize) {
        loop {
            match self.came[node] {
                Came::More { arrow, to } => {
                    self.flow[arrow as usize] += 1;
                    node = to as usize;
                }
                Came::Less { arrow, to } => {
                    self.flow[arrow as usize] -= 1;
                    node = to as usize;
                }
                Came::Start | Came::Not => return,
            }
        }
    }
}
