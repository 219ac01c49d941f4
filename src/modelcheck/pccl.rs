//! The protocol under a model checker: master and peers as they run in the simulation, in every order in which messages
//! can arrive, with one death at any point. Channels keep their order, as TCP does; a broken connection is noticed last.

use engine::federated::compress::Quantizer;
use engine::network::Floats;
use stateright::{Checker, Model, Property};
use std::collections::{BTreeMap, VecDeque};
use systems::pccl::hash::hash;
use systems::pccl::master::Master;
use systems::pccl::peer::Peer;
use systems::pccl::protocol::{Act, Ask, Call, Id, Offer, Reply, Return, Word};

const PEERS: Id = 3;
const MASTER: Id = Id::MAX;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Wire {
    Ask(Ask),
    Reply(Reply),
    Word(Word),
    /// The sender's connection broke.
    Broken,
}

/// What a peer's program has come to: one reduce (again after an abort), one agreement (again if undone), the end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Program {
    column: Floats,
    /// The outcome of the reduce: the mean, or nothing when too few were left.
    reduced: Option<Floats>,
    aborts: u32,
    done: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct World {
    master: Master,
    peers: BTreeMap<Id, (Peer, Program)>,
    channels: BTreeMap<(Id, Id), VecDeque<Wire>>,
    deaths: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Step {
    Deliver(Id, Id),
    /// `silent`: what it had under way is lost as well.
    Kill {
        peer: Id,
        silent: bool,
    },
}

struct Group {
    codec: Quantizer,
    owner_decodes: bool,
    deaths_max: u32,
}

/// Sums of these depend on their order: 1e8 + 1 is 1e8 in f32. Slices hold three numbers each, so that 8 bits lose
/// something of the middle one.
fn opening(id: Id) -> Floats {
    let columns = [
        [1e8, 0.3, -7.0, 0.1, 0.77, 5.0, -1.0, 0.21, 3.0],
        [1.0, 1e8, 2.5, 0.9, -0.33, 1.0, 4.0, 0.02, 8.0],
        [-1e8, 0.7, 1e-3, 2.0, 0.19, -6.0, 0.5, 7.7, 0.4],
    ];
    Floats(columns[id as usize].to_vec())
}

impl Group {
    fn start(&self) -> World {
        let mut world = World {
            master: Master::new(None, true),
            peers: BTreeMap::new(),
            channels: BTreeMap::new(),
            deaths: 0,
        };
        for id in 0..PEERS {
            let (peer, hello) = Peer::new(id, self.codec, self.owner_decodes);
            let program = Program { column: opening(id), reduced: None, aborts: 0, done: false };
            world.peers.insert(id, (peer, program));
            world.send(id, MASTER, Wire::Ask(hello));
        }
        // The first is accepted alone; it lets the others in. Until then there is one order of events.
        let run = |world: &mut World| {
            while let Some(((from, to), _)) = world.channels.iter().find(|(_, c)| !c.is_empty()) {
                let (from, to) = (*from, *to);
                world.deliver(from, to, false);
            }
        };
        run(&mut world);
        world.call(0, Call::Accept);
        run(&mut world);
        for id in 0..PEERS {
            world.call(id, Call::Reduce(opening(id)));
        }
        world
    }
}

impl World {
    fn send(&mut self, from: Id, to: Id, wire: Wire) {
        if to == MASTER || self.peers.contains_key(&to) {
            self.channels.entry((from, to)).or_default().push_back(wire);
        }
    }

    fn call(&mut self, id: Id, call: Call) {
        let mut acts = Vec::new();
        if let Some((peer, _)) = self.peers.get_mut(&id) {
            peer.call(call, &mut acts);
        }
        self.carry_out(id, acts, true);
    }

    fn deliver(&mut self, from: Id, to: Id, programs: bool) {
        let Some(wire) = self.channels.get_mut(&(from, to)).and_then(VecDeque::pop_front) else {
            return;
        };
        self.channels.retain(|_, channel| !channel.is_empty());
        let (mut replies, mut acts) = (Vec::new(), Vec::new());
        match (wire, self.peers.get_mut(&to)) {
            (Wire::Ask(ask), _) => self.master.ask(from, ask, &mut replies),
            (Wire::Broken, _) => self.master.lost(from, &mut replies),
            (Wire::Reply(reply), Some((peer, _))) => peer.reply(reply, &mut acts),
            (Wire::Word(word), Some((peer, _))) => peer.hear(from, word, &mut acts),
            _ => {}
        }
        for (to, reply) in replies {
            self.send(MASTER, to, Wire::Reply(reply));
        }
        self.carry_out(to, acts, programs);
    }

    fn carry_out(&mut self, id: Id, acts: Vec<Act>, programs: bool) {
        for act in acts {
            match act {
                Act::Tell(ask) => self.send(id, MASTER, Wire::Ask(ask)),
                Act::Send(to, word) => self.send(id, to, Wire::Word(word)),
                Act::Serve { to, sequence, .. } => {
                    let held = self.peers[&id].1.state();
                    let word = Word::State { sequence, tensors: vec![(0, held)], updates: 1 };
                    self.send(id, to, Wire::Word(word));
                }
                Act::Take { sequence, mut tensors, hashes, .. } => {
                    let mut acts = Vec::new();
                    if let (Some((peer, program)), Some((_, state))) =
                        (self.peers.get_mut(&id), tensors.pop())
                    {
                        let whole = hashes == [hash(&state.0)];
                        program.reduced = Some(state);
                        peer.taken(sequence, whole, &mut acts);
                    }
                    self.carry_out(id, acts, programs);
                }
                Act::Back(with) if programs => self.go_on(id, with),
                Act::Back(_) | Act::Measure(_) => {}
            }
        }
    }

    fn go_on(&mut self, id: Id, with: Return) {
        let Some((peer, program)) = self.peers.get_mut(&id) else { return };
        let alone = peer.world() < 2;
        let call = match with {
            Return::Reduced { values, whole: true } => {
                program.reduced = Some(values);
                Call::Sync(program.offer())
            }
            Return::Reduced { values, whole: false } => {
                // What comes back is what was handed in, to the bit.
                assert_eq!(values, program.column);
                program.aborts += 1;
                if alone {
                    program.done = true;
                    return;
                }
                Call::Reduce(values)
            }
            Return::Agreed { whole: false, .. } if !alone => Call::Sync(program.offer()),
            _ => {
                program.done = true;
                return;
            }
        };
        self.call(id, call);
    }
}

impl Program {
    fn state(&self) -> Floats {
        self.reduced.clone().unwrap_or_else(|| self.column.clone())
    }

    fn offer(&self) -> Offer {
        Offer { revision: 0, hashes: vec![hash(&self.state().0)], receive_only: false }
    }
}

impl Model for Group {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        vec![self.start()]
    }

    fn actions(&self, world: &World, steps: &mut Vec<Step>) {
        steps.extend(world.channels.keys().map(|(from, to)| Step::Deliver(*from, *to)));
        if world.deaths < self.deaths_max {
            for peer in world.peers.keys() {
                steps.extend([true, false].map(|silent| Step::Kill { peer: *peer, silent }));
            }
        }
    }

    fn next_state(&self, world: &World, step: Step) -> Option<World> {
        let mut next = world.clone();
        match step {
            Step::Deliver(from, to) => next.deliver(from, to, true),
            Step::Kill { peer, silent } => {
                next.deaths += 1;
                next.peers.remove(&peer);
                next.channels.retain(|(from, to), _| *to != peer && !(silent && *from == peer));
                next.channels.entry((peer, MASTER)).or_default().push_back(Wire::Broken);
            }
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(
                "survivors that have come to the end hold equal bits",
                |_, world: &World| {
                    let mut ends =
                        world.peers.values().filter(|(_, p)| p.done).map(|(_, p)| &p.reduced);
                    let first = ends.next();
                    ends.all(|end| Some(end) == first)
                },
            ),
            Property::always(
                "nobody takes a mean that another survivor has undone",
                |_, world: &World| {
                    let held: Vec<_> =
                        world.peers.values().filter_map(|(_, p)| p.reduced.as_ref()).collect();
                    held.windows(2).all(|pair| pair[0] == pair[1])
                },
            ),
            Property::eventually("every survivor comes to the end", |_, world: &World| {
                world.peers.values().all(|(_, p)| p.done)
            }),
            Property::sometimes(
                "an abort is followed by a mean of the two that are left",
                |_, world: &World| {
                    let whole =
                        |(_, p): &(Peer, Program)| p.done && p.aborts > 0 && p.reduced.is_some();
                    world.peers.len() == 2 && world.peers.values().all(whole)
                },
            ),
        ]
    }
}

#[test]
fn with_one_death_at_any_point_survivors_hold_equal_bits_and_come_to_the_end() {
    for codec in [Quantizer::None, Quantizer::U8] {
        let group = Group { codec, owner_decodes: true, deaths_max: 1 };
        let checker = group.checker().threads(2).spawn_bfs().join();
        checker.assert_properties();
        println!("pccl: {} states with one death, {codec:?}", checker.unique_state_count());
        assert!(checker.unique_state_count() > 1_000);
    }
}

#[test]
fn without_the_owners_dequantization_the_checker_finds_the_broken_parity() {
    let group = Group { codec: Quantizer::U8, owner_decodes: false, deaths_max: 0 };
    let checker = group.checker().spawn_bfs().join();
    assert!(checker.discovery("nobody takes a mean that another survivor has undone").is_some());
}
