//! Who holds which samples. Sample numbers in, one list of sample numbers a client out.
//!
//! The balancing rule of `dirichlet` is that of FedAMD's repository (`data_model/data_utils.py`); `label_swap` reads
//! FedStale's `--swap_labels --swap_proportion` as swapping classes in pairs (our choice: the released code lacks
//! that function).

use super::Dataset;
use crate::chance::normal;
use crate::math;
use lexicon::{Fault, Issue};
use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

/// A random partition is drawn anew at most this often; then samples are moved by hand.
pub const REDRAWS_MAX: u32 = 200;

/// The smallest client a Dirichlet partition is content with.
pub const MIN_SIZE: u32 = 10;

/// Samples by client, and what had to be done to get there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Partition {
    pub clients: Vec<Vec<u32>>,
    pub notice: Option<String>,
}

/// Shuffled and dealt evenly: sizes differ by at most one.
pub fn iid(samples: &[u32], clients: u32, rng: &mut impl Rng) -> Result<Partition, Fault> {
    enough(samples.len(), clients, 1)?;
    let mut order = samples.to_vec();
    order.shuffle(rng);
    let mut all = vec![Vec::new(); clients as usize];
    for (i, sample) in order.into_iter().enumerate() {
        all[i % clients as usize].push(sample);
    }
    Ok(Partition { clients: all, notice: None })
}

/// Each class split by shares ~ Dir(alpha); a client that already holds its even share of all samples gets nothing
/// more. Redrawn until every client has `min_size` samples, at most `REDRAWS_MAX` times; then samples move from the
/// largest client to the smallest, and a notice says so.
pub fn dirichlet(
    data: &Dataset,
    samples: &[u32],
    clients: u32,
    alpha: f64,
    min_size: u32,
    rng: &mut impl Rng,
) -> Result<Partition, Fault> {
    positive("alpha", alpha)?;
    enough(samples.len(), clients, min_size)?;
    let mut dealt = Vec::new();
    for _ in 0..=REDRAWS_MAX {
        dealt = dirichlet_once(data, samples, clients as usize, alpha, rng);
        if dealt.iter().all(|c| c.len() >= min_size as usize) {
            return Ok(Partition { clients: dealt, notice: None });
        }
    }
    let moved = level(&mut dealt, min_size as usize);
    let notice = format!(
        "After {REDRAWS_MAX} redraws some clients still had fewer than {min_size} samples: {moved} samples were moved \
         from the largest clients."
    );
    Ok(Partition { clients: dealt, notice: Some(notice) })
}

fn dirichlet_once(
    data: &Dataset,
    samples: &[u32],
    clients: usize,
    alpha: f64,
    rng: &mut impl Rng,
) -> Vec<Vec<u32>> {
    let mut dealt: Vec<Vec<u32>> = vec![Vec::new(); clients];
    for mut of_class in by_class(data, samples) {
        of_class.shuffle(rng);
        let mut share = dirichlet_draw(alpha, clients, rng);
        for (share, held) in share.iter_mut().zip(&dealt) {
            if held.len() * clients >= samples.len() {
                *share = 0.0;
            }
        }
        deal(&of_class, &share, &mut dealt);
    }
    dealt
}

/// Sorted by label, cut into clients x `shards_each` shards, each client given that many at random.
pub fn pathological(
    data: &Dataset,
    samples: &[u32],
    clients: u32,
    shards_each: u32,
    rng: &mut impl Rng,
) -> Result<Partition, Fault> {
    if shards_each == 0 || shards_each as usize > data.classes {
        let says = format!("shards per client go from 1 to {} here, one a class", data.classes);
        return Err(refused("partition", shards_each, says));
    }
    let shards = (clients * shards_each) as usize;
    enough(samples.len(), clients, shards_each)?;
    let mut order: Vec<u32> = samples.to_vec();
    order.shuffle(rng);
    // Stable: inside a class the shuffled order stays.
    order.sort_by_key(|&i| data.labels[i as usize]);
    let mut hands: Vec<usize> = (0..shards).collect();
    hands.shuffle(rng);
    let mut all = vec![Vec::new(); clients as usize];
    for (place, shard) in hands.into_iter().enumerate() {
        let edge = |shard: usize| shard * order.len() / shards;
        all[place / shards_each as usize].extend(&order[edge(shard)..edge(shard + 1)]);
    }
    Ok(Partition { clients: all, notice: None })
}

/// Sizes ~ Dir(beta), classes mixed. Redrawn while a client is empty, then leveled as in `dirichlet`.
pub fn quantity(
    samples: &[u32],
    clients: u32,
    beta: f64,
    rng: &mut impl Rng,
) -> Result<Partition, Fault> {
    positive("beta", beta)?;
    enough(samples.len(), clients, 1)?;
    let mut order = samples.to_vec();
    order.shuffle(rng);
    let mut dealt = Vec::new();
    for _ in 0..=REDRAWS_MAX {
        dealt = vec![Vec::new(); clients as usize];
        let share = dirichlet_draw(beta, clients as usize, rng);
        deal(&order, &share, &mut dealt);
        if dealt.iter().all(|c| !c.is_empty()) {
            return Ok(Partition { clients: dealt, notice: None });
        }
    }
    let moved = level(&mut dealt, 1);
    let notice = format!(
        "After {REDRAWS_MAX} redraws some clients were still empty: {moved} samples were moved to them."
    );
    Ok(Partition { clients: dealt, notice: Some(notice) })
}

/// Swaps the labels of these samples inside the first round(h * classes / 2) of the pairs (0, 1), (2, 3), ...
/// h = 0 changes nothing, h = 1 every label (of an even number of classes).
pub fn label_swap(data: &mut Dataset, samples: &[u32], h: f64) {
    let pairs = (h * (data.classes / 2) as f64).round() as u8;
    for &sample in samples {
        let label = &mut data.labels[sample as usize];
        if *label < 2 * pairs {
            *label ^= 1;
        }
    }
}

fn by_class(data: &Dataset, samples: &[u32]) -> Vec<Vec<u32>> {
    let mut classes = vec![Vec::new(); data.classes];
    for &sample in samples {
        classes[usize::from(data.labels[sample as usize])].push(sample);
    }
    classes
}

/// Cuts the samples at the cumulated shares; nobody's share: nobody is favored, all go to the smallest client.
fn deal(samples: &[u32], share: &[f64], dealt: &mut [Vec<u32>]) {
    let total: f64 = share.iter().sum();
    if total <= 0.0 {
        if let Some(smallest) = dealt.iter_mut().min_by_key(|c| c.len()) {
            smallest.extend(samples);
        }
        return;
    }
    let (mut until, mut from) = (0.0, 0);
    for (i, share) in share.iter().enumerate() {
        until += share / total;
        let cut = if i + 1 == dealt.len() {
            samples.len()
        } else {
            (until * samples.len() as f64) as usize
        };
        let cut = cut.clamp(from, samples.len());
        dealt[i].extend(&samples[from..cut]);
        from = cut;
    }
}

/// Moves samples from the largest client to the smallest until all have `min_size`; returns how many moved.
fn level(dealt: &mut [Vec<u32>], min_size: usize) -> usize {
    let mut moved = 0;
    loop {
        let largest = (0..dealt.len()).max_by_key(|&i| dealt[i].len()).unwrap_or(0);
        let smallest = (0..dealt.len()).min_by_key(|&i| dealt[i].len()).unwrap_or(0);
        if dealt[smallest].len() >= min_size || dealt[largest].len() <= min_size {
            return moved;
        }
        let Some(sample) = dealt[largest].pop() else { return moved };
        dealt[smallest].push(sample);
        moved += 1;
    }
}

/// Shares ~ Dir(alpha 1): gammas over their sum; all underflown to 0: one client at random gets everything.
fn dirichlet_draw(alpha: f64, count: usize, rng: &mut impl Rng) -> Vec<f64> {
    let mut share: Vec<f64> = (0..count).map(|_| gamma(alpha, rng)).collect();
    let total: f64 = share.iter().sum();
    if total > 0.0 {
        share.iter_mut().for_each(|s| *s /= total);
    } else {
        share[rng.random_range(0..count as u32) as usize] = 1.0;
    }
    share
}

/// Marsaglia and Tsang (2000). Ours and not rand_distr's, whose logarithm is the platform's.
fn gamma(shape: f64, rng: &mut impl Rng) -> f64 {
    if shape < 1.0 {
        let boost = math::pow(1.0 - rng.random::<f64>(), 1.0 / shape);
        return boost * gamma(shape + 1.0, rng);
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal(rng);
        let v = 1.0 + c * x;
        if v <= 0.0 {
            continue;
        }
        let v = v * v * v;
        let u = 1.0 - rng.random::<f64>();
        if math::ln(u) < 0.5 * x * x + d - d * v + d * math::ln(v) {
            return d * v;
        }
    }
}

fn positive(dial: &str, value: f64) -> Result<(), Fault> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(refused(dial, value, "this has to be a number above 0".to_string()))
}

fn enough(samples: usize, clients: u32, min_size: u32) -> Result<(), Fault> {
    if clients == 0 {
        return Err(refused(
            "clients",
            clients,
            "at least one client has to take part".to_string(),
        ));
    }
    if samples >= clients as usize * min_size.max(1) as usize {
        return Ok(());
    }
    let most = samples / min_size.max(1) as usize;
    let says =
        format!("{samples} samples reach for at most {most} clients: lower the number of clients");
    Err(refused("clients", clients, says))
}

fn refused(dial: &str, given: impl ToString, says: String) -> Fault {
    Fault::Params(vec![Issue { dial: dial.to_string(), given: given.to_string(), says }])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use crate::data::digits8;

    fn everyone(data: &Dataset) -> Vec<u32> {
        (0..data.len() as u32).collect()
    }

    fn covers(partition: &Partition, data: &Dataset) {
        let mut all: Vec<u32> = partition.clients.iter().flatten().copied().collect();
        all.sort_unstable();
        assert_eq!(all, everyone(data));
    }

    fn classes_of(client: &[u32], data: &Dataset) -> usize {
        (0..data.classes)
            .filter(|&c| client.iter().any(|&i| usize::from(data.labels[i as usize]) == c))
            .count()
    }

    #[test]
    fn an_iid_deal_is_even_and_covers_everything_once() {
        let data = digits8();
        let deal = iid(&everyone(&data), 24, &mut Chance::new(1).at("deal", &[])).unwrap();
        covers(&deal, &data);
        assert!(deal.clients.iter().all(|c| [74, 75].contains(&c.len())));
    }

    #[test]
    fn a_smaller_alpha_gives_each_client_fewer_classes() {
        let data = digits8();
        let held = |alpha: f64| {
            let mut rng = Chance::new(2).at("deal", &[]);
            let deal = dirichlet(&data, &everyone(&data), 20, alpha, MIN_SIZE, &mut rng).unwrap();
            covers(&deal, &data);
            assert!(deal.clients.iter().all(|c| c.len() >= MIN_SIZE as usize));
            deal.clients.iter().map(|c| classes_of(c, &data)).sum::<usize>() as f64 / 20.0
        };
        let (few, many) = (held(0.1), held(100.0));
        assert!(few < 6.0 && many > 9.5, "{few} {many}");
    }

    #[test]
    fn redraws_are_bounded_and_the_rest_is_moved_with_a_notice() {
        let data = digits8();
        let mut rng = Chance::new(2).at("deal", &[]);
        let deal = dirichlet(&data, &everyone(&data), 150, 0.01, MIN_SIZE, &mut rng).unwrap();
        covers(&deal, &data);
        assert!(deal.notice.is_some_and(|n| n.contains("200 redraws")));
        assert!(deal.clients.iter().all(|c| c.len() >= MIN_SIZE as usize));
    }

    #[test]
    fn a_pathological_client_holds_at_most_a_class_more_than_its_shards() {
        let data = digits8();
        let mut rng = Chance::new(3).at("deal", &[]);
        let deal = pathological(&data, &everyone(&data), 20, 1, &mut rng).unwrap();
        covers(&deal, &data);
        // A shard may lie across one border between classes.
        assert!(deal.clients.iter().all(|c| classes_of(c, &data) <= 2));
        let single = deal.clients.iter().filter(|c| classes_of(c, &data) == 1).count();
        assert!(single >= 8, "{single}");
    }

    #[test]
    fn quantities_are_uneven_while_classes_stay_mixed() {
        let data = digits8();
        let mut rng = Chance::new(4).at("deal", &[]);
        let deal = quantity(&everyone(&data), 10, 0.5, &mut rng).unwrap();
        covers(&deal, &data);
        let sizes: Vec<usize> = deal.clients.iter().map(Vec::len).collect();
        let (low, high) = (sizes.iter().min().unwrap(), sizes.iter().max().unwrap());
        assert!(*low >= 1 && *high > 3 * low, "{sizes:?}");
        let largest = deal.clients.iter().max_by_key(|c| c.len()).unwrap();
        assert_eq!(classes_of(largest, &data), 10);
    }

    #[test]
    fn swapping_twice_gives_the_labels_back_and_h_says_how_many_pairs() {
        let before = digits8();
        let all = everyone(&before);
        for (h, pairs) in [(0.0, 0), (0.2, 1), (0.4, 2), (0.6, 3), (0.8, 4), (1.0, 5)] {
            let mut data = before.clone();
            label_swap(&mut data, &all, h);
            for (new, old) in data.labels.iter().zip(&before.labels) {
                assert_eq!(*new, if *old < 2 * pairs { old ^ 1 } else { *old });
            }
            label_swap(&mut data, &all, h);
            assert_eq!(data, before);
        }
    }

    #[test]
    fn gammas_have_mean_and_variance_of_their_shape() {
        let mut rng = Chance::new(5).at("gamma", &[]);
        for shape in [0.3, 1.0, 4.5] {
            let draws: Vec<f64> = (0..40_000).map(|_| gamma(shape, &mut rng)).collect();
            let mean = draws.iter().sum::<f64>() / 40_000.0;
            let var = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 40_000.0;
            assert!((mean / shape - 1.0).abs() < 0.04, "{shape}: {mean}");
            assert!((var / shape - 1.0).abs() < 0.1, "{shape}: {var}");
        }
    }

    #[test]
    fn what_cannot_be_dealt_is_refused_with_the_dials_name() {
        let data = digits8();
        let all = everyone(&data);
        let rng = &mut Chance::new(6).at("deal", &[]);
        let dial = |fault: Result<Partition, Fault>| match fault {
            Err(Fault::Params(issues)) => issues[0].dial.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(dial(iid(&all, 0, rng)), "clients");
        assert_eq!(dial(iid(&all, 1_798, rng)), "clients");
        assert_eq!(dial(dirichlet(&data, &all, 10, 0.0, 10, rng)), "alpha");
        assert_eq!(dial(dirichlet(&data, &all, 180, 0.1, 10, rng)), "clients");
        assert_eq!(dial(pathological(&data, &all, 10, 11, rng)), "partition");
        assert_eq!(dial(quantity(&all, 10, f64::NAN, rng)), "beta");
    }
}
