//! Votes: plurality, weighted, approval. Equals go by an order that the caller gives and that must know nothing of
//! the truth. All abstain: no decision.

use std::cmp::Ordering;

/// The option with the most votes.
pub fn plurality(votes: &[Option<u32>], order: impl Fn(u32) -> u64) -> Option<u32> {
    winner(&tally(votes.iter().flatten().map(|option| (*option, 1.0))), order)
}

/// The option with the most weight; votes without weight do not count.
pub fn weighted(votes: &[Option<u32>], weights: &[f64], order: impl Fn(u32) -> u64) -> Option<u32> {
    assert_eq!(votes.len(), weights.len(), "each vote has its weight");
    let cast = votes.iter().zip(weights).filter(|(_, weight)| **weight > 0.0);
    winner(&tally(cast.filter_map(|(vote, weight)| vote.map(|option| (option, *weight)))), order)
}

/// The option that the most voters approve of; a voter's options count once each.
pub fn approval(approved: &[Vec<u32>], order: impl Fn(u32) -> u64) -> Option<u32> {
    let mut all = Vec::new();
    for voter in approved {
        let mut once = voter.clone();
        once.sort_unstable();
        once.dedup();
        all.extend(once.into_iter().map(|option| (option, 1.0)));
    }
    winner(&tally(all), order)
}

/// Weight by option, in the order of the options' numbers.
pub fn tally(votes: impl IntoIterator<Item = (u32, f64)>) -> Vec<(u32, f64)> {
    let mut sums: Vec<(u32, f64)> = Vec::new();
    for (option, weight) in votes {
        match sums.binary_search_by_key(&option, |s| s.0) {
            Ok(at) => sums[at].1 += weight,
            Err(at) => sums.insert(at, (option, weight)),
        }
    }
    sums
}

/// The heaviest option of a tally.
pub fn winner(tally: &[(u32, f64)], order: impl Fn(u32) -> u64) -> Option<u32> {
    let best = tally.iter().copied().reduce(|a, b| match b.1.total_cmp(&a.1) {
        Ordering::Greater => b,
        Ordering::Equal if order(b.0) < order(a.0) => b,
        _ => a,
    });
    best.map(|(option, _)| option)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_number(option: u32) -> u64 {
        option.into()
    }

    #[test]
    fn the_most_votes_win_and_abstentions_do_not_count() {
        let votes = [Some(3), None, Some(1), Some(3), None, None];
        assert_eq!(plurality(&votes, by_number), Some(3));
        assert_eq!(plurality(&[None, None], by_number), None);
        assert_eq!(plurality(&[], by_number), None);
    }

    #[test]
    fn equals_go_by_the_given_order() {
        let votes = [Some(2), Some(5)];
        assert_eq!(plurality(&votes, by_number), Some(2));
        assert_eq!(plurality(&votes, |option| 10 - u64::from(option)), Some(5));
    }

    #[test]
    fn weights_overrule_heads() {
        let votes = [Some(0), Some(0), Some(1), None];
        assert_eq!(weighted(&votes, &[1.0, 1.0, 2.5, 9.0], by_number), Some(1));
        assert_eq!(weighted(&votes, &[0.0; 4], by_number), None);
    }

    #[test]
    fn approval_counts_a_voter_once() {
        let approved = [vec![0, 0, 0], vec![1, 2], vec![1]];
        assert_eq!(approval(&approved, by_number), Some(1));
    }

    #[test]
    fn the_vote_of_independent_minds_is_the_binomial_of_condorcet() {
        // All 2^5 ways five voters of accuracy .7 can fall: P(majority right) = .83692.
        let mut right = 0.0;
        for ways in 0u32..32 {
            let votes: Vec<Option<u32>> = (0..5).map(|i| Some(ways >> i & 1)).collect();
            let p: f64 = votes.iter().map(|v| if *v == Some(1) { 0.7 } else { 0.3 }).product();
            right += if plurality(&votes, by_number) == Some(1) { p } else { 0.0 };
        }
        assert!((right - 0.83692).abs() < 1e-9);
    }
}
