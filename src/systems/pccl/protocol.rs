//! What master and peers say to one another: PCCL's phases, states, votes and replies.

use engine::federated::compress::Coded;
use engine::network::Floats;

/// One life of a peer; never used again.
pub type Id = u32;

/// Where a peer stands with the master.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Connected to the master, waits until all accepted peers call for an update of the topology.
    Registered,
    Accepted,
}

/// The states of an accepted peer; one major operation at a time for the whole group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    Idle,
    VoteAccept,
    Connecting,
    VoteTopology,
    VoteCollective,
    Performing,
    VoteComplete,
    VoteSync,
    Syncing,
}

/// What a peer holds of the shared state, by its hashes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Offer {
    pub revision: u32,
    /// One hash a tensor.
    pub hashes: Vec<u32>,
    /// Takes the state, has no say in what it is: a newcomer.
    pub receive_only: bool,
}

/// From a peer to the master.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Ask {
    Hello,
    /// Does anybody wait to join? Answered once all accepted peers ask; goes on beside a major operation.
    Pending,
    Accept,
    Connected,
    Optimize,
    /// Time a byte takes to each peer that was to be measured, in picoseconds.
    Measured {
        cost: Vec<(Id, u64)>,
    },
    Reduce,
    Complete {
        sequence: u32,
        whole: bool,
    },
    Sync {
        offer: Offer,
    },
    Synced {
        sequence: u32,
        whole: bool,
    },
}

/// From the master to a peer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reply {
    Pending {
        any: bool,
        ring: Vec<Id>,
    },
    Connect,
    Joined {
        ring: Vec<Id>,
    },
    Measure {
        to: Vec<Id>,
    },
    Ring {
        ring: Vec<Id>,
    },
    Commence {
        sequence: u32,
        ring: Vec<Id>,
    },
    Abort {
        sequence: u32,
    },
    Outcome {
        whole: bool,
        ring: Vec<Id>,
    },
    /// Take these tensors from that peer; afterwards they must have these hashes (empty: not checked).
    Fetch {
        sequence: u32,
        from: Id,
        tensors: Vec<u32>,
        hashes: Vec<u32>,
    },
    Agreed {
        revision: u32,
        whole: bool,
        ring: Vec<Id>,
    },
    Refused {
        why: Refusal,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// Nobody who may vote holds the state at the expected revision.
    NobodyVotes,
    /// The state may move on by one revision between two agreements, not more.
    RevisionJump { given: u32, expected: u32 },
}

/// From peer to peer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Word {
    Slice {
        sequence: u32,
        step: u32,
        coded: Coded,
    },
    Want {
        sequence: u32,
        tensors: Vec<u32>,
    },
    /// The tensors asked for, and how many updates they have seen.
    State {
        sequence: u32,
        tensors: Vec<(u32, Floats)>,
        updates: u32,
    },
}

/// What a peer's own program asks of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    Pending,
    Accept,
    Optimize,
    Reduce(Floats),
    Sync(Offer),
}

/// What a call comes back with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Return {
    Pending {
        any: bool,
    },
    Joined,
    Optimized,
    /// The mean, or, not whole, the column as it was handed in.
    Reduced {
        values: Floats,
        whole: bool,
    },
    Agreed {
        revision: u32,
        whole: bool,
    },
    Refused(Refusal),
}

/// What a peer does after a transition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    Tell(Ask),
    Send(Id, Word),
    /// Measure the links to these peers.
    Measure(Vec<Id>),
    /// Hand these tensors of the shared state to that peer.
    Serve {
        to: Id,
        sequence: u32,
        tensors: Vec<u32>,
    },
    /// Take these tensors over as the shared state's; then the peer is told by `Peer::taken`.
    Take {
        sequence: u32,
        tensors: Vec<(u32, Floats)>,
        updates: u32,
        hashes: Vec<u32>,
    },
    Back(Return),
}
