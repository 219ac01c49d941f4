//! An append-only ledger: blocks in a SHA-256 hash chain, each over the Merkle root of its entries. Changing anything
//! that was written breaks the chain, and `broken` says where.

use sha2::{Digest, Sha256};

pub type Hash = [u8; 32];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub index: u32,
    pub previous: Hash,
    /// Counted time: the round.
    pub time: u32,
    pub root: Hash,
    pub entries: Vec<Vec<u8>>,
    pub hash: Hash,
}

impl Block {
    fn seal(index: u32, previous: Hash, time: u32, entries: Vec<Vec<u8>>) -> Self {
        let root = merkle_root(&entries);
        let hash = header(index, &previous, time, &root);
        Self { index, previous, time, root, entries, hash }
    }

    /// Size of what is stored.
    pub fn bytes(&self) -> u64 {
        let head = 2 * size_of::<u32>() + 3 * size_of::<Hash>();
        head as u64 + self.entries.iter().map(|entry| entry.len() as u64).sum::<u64>()
    }
}

/// The newest blocks, at most `kept`; older ones live on in the hash of the first one kept.
#[derive(Clone, Debug)]
pub struct Ledger {
    blocks: Vec<Block>,
    kept: usize,
    next: u32,
    tip: Hash,
    /// Written since the beginning.
    pub bytes: u64,
}

impl Ledger {
    pub fn new(kept: usize) -> Self {
        Self { blocks: Vec::new(), kept: kept.max(1), next: 0, tip: [0; 32], bytes: 0 }
    }

    /// Appends a block and returns its hash.
    pub fn append(&mut self, time: u32, entries: Vec<Vec<u8>>) -> Hash {
        let block = Block::seal(self.next, self.tip, time, entries);
        self.next += 1;
        self.tip = block.hash;
        self.bytes += block.bytes();
        if self.blocks.len() == self.kept {
            self.blocks.remove(0);
        }
        self.blocks.push(block);
        self.tip
    }

    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// For showing what tampering does.
    pub fn blocks_mut(&mut self) -> &mut [Block] {
        &mut self.blocks
    }

    /// Blocks written since the beginning.
    pub fn len(&self) -> u32 {
        self.next
    }

    pub fn is_empty(&self) -> bool {
        self.next == 0
    }

    /// Index of the first kept block that does not fit its own contents or the block before it.
    pub fn broken(&self) -> Option<u32> {
        let sound = |at: usize| {
            let block = &self.blocks[at];
            let follows = at == 0 || block.previous == self.blocks[at - 1].hash;
            let root = merkle_root(&block.entries);
            follows
                && root == block.root
                && header(block.index, &block.previous, block.time, &root) == block.hash
        };
        let first = (0..self.blocks.len()).find(|at| !sound(*at)).map(|at| self.blocks[at].index);
        let tip = self.blocks.last().is_none_or(|block| block.hash == self.tip);
        first.or((!tip).then(|| self.next.saturating_sub(1)))
    }
}

/// A commitment to an answer: the hash of the answer, its author and a secret. Revealed later, it proves that the
/// answer was there before the others were seen.
pub fn commit(answer: u32, author: u32, secret: u64) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(b"commit");
    hasher.update(answer.to_le_bytes());
    hasher.update(author.to_le_bytes());
    hasher.update(secret.to_le_bytes());
    hasher.finalize().into()
}

fn header(index: u32, previous: &Hash, time: u32, root: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(index.to_le_bytes());
    hasher.update(previous);
    hasher.update(time.to_le_bytes());
    hasher.update(root);
    hasher.finalize().into()
}

/// Root of the binary tree over the entries' hashes; leaves and nodes are hashed with different prefixes (RFC 6962),
/// and a last one without a pair moves up as it is.
pub fn merkle_root(entries: &[Vec<u8>]) -> Hash {
    let mut level: Vec<Hash> = entries
        .iter()
        .map(|entry| Sha256::new().chain_update([0]).chain_update(entry).finalize().into())
        .collect();
    if level.is_empty() {
        return Sha256::digest([]).into();
    }
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => Sha256::new()
                    .chain_update([1])
                    .chain_update(left)
                    .chain_update(right)
                    .finalize()
                    .into(),
                _ => pair[0],
            })
            .collect();
    }
    level[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(hash: &Hash) -> String {
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn three() -> Ledger {
        let mut ledger = Ledger::new(10);
        for round in 0..3 {
            ledger.append(round, vec![vec![round as u8; 4], b"score".to_vec()]);
        }
        ledger
    }

    #[test]
    fn roots_are_those_of_certificate_transparency() {
        // RFC 6962's empty tree, and its one-entry tree over the empty entry (its reference test data).
        assert_eq!(
            hex(&merkle_root(&[])),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(
            hex(&merkle_root(&[vec![]])),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
        assert_eq!(
            hex(&merkle_root(&[vec![], vec![0]])),
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
        );
    }

    #[test]
    fn an_untouched_chain_is_whole_and_any_change_is_found_where_it_was_made() {
        assert_eq!(three().broken(), None);
        let mut ledger = three();
        ledger.blocks_mut()[1].entries[1][0] ^= 1;
        assert_eq!(ledger.broken(), Some(1));
        // Resealing the changed block breaks the link of the next one.
        let mut ledger = three();
        let old = ledger.blocks()[1].clone();
        ledger.blocks_mut()[1] =
            Block::seal(old.index, old.previous, old.time, vec![b"other".to_vec()]);
        assert_eq!(ledger.broken(), Some(2));
        let mut ledger = three();
        ledger.blocks_mut()[0].time = 9;
        assert_eq!(ledger.broken(), Some(0));
    }

    #[test]
    fn the_last_block_cannot_be_resealed_unseen() {
        let mut ledger = three();
        let old = ledger.blocks()[2].clone();
        ledger.blocks_mut()[2] = Block::seal(old.index, old.previous, old.time, vec![]);
        assert_eq!(ledger.broken(), Some(2));
    }

    #[test]
    fn old_blocks_leave_and_the_rest_stays_whole() {
        let mut ledger = Ledger::new(2);
        (0..9).for_each(|round| {
            ledger.append(round, vec![vec![1]]);
        });
        assert_eq!((ledger.blocks().len(), ledger.len(), ledger.broken()), (2, 9, None));
    }

    #[test]
    fn a_commitment_tells_answers_authors_and_secrets_apart() {
        let one = commit(3, 1, 77);
        assert_eq!(one, commit(3, 1, 77));
        assert!([commit(2, 1, 77), commit(3, 2, 77), commit(3, 1, 78)].iter().all(|c| *c != one));
    }
}
