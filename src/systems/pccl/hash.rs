//! The hash of a tensor, as `simplehash` of the library: a ^= b + 0x9e3779b1; rotate left by 7; times 0x85ebca6b. It is
//! reduced in a fixed shape of 256 lanes, so that any device gets the same value.

const LANES: usize = 256;

fn mix(a: u32, b: u32) -> u32 {
    (a ^ b.wrapping_add(0x9e37_79b1)).rotate_left(7).wrapping_mul(0x85eb_ca6b)
}

/// Lane i mixes the numbers i, i + 256, ...; then the lanes are folded in halves, and the length is mixed in.
pub fn hash(tensor: &[f32]) -> u32 {
    let mut lanes = [0u32; LANES];
    for row in tensor.chunks(LANES) {
        for (lane, x) in lanes.iter_mut().zip(row) {
            *lane = mix(*lane, x.to_bits());
        }
    }
    let mut width = LANES / 2;
    while width > 0 {
        for i in 0..width {
            lanes[i] = mix(lanes[i], lanes[i + width]);
        }
        width /= 2;
    }
    mix(lanes[0], tensor.len() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bit_anywhere_changes_the_hash_and_so_does_the_order() {
        let x: Vec<f32> = (0..1_000).map(|i| i as f32 * 0.37).collect();
        let h = hash(&x);
        assert_eq!(h, hash(&x.clone()));
        for place in [0, 255, 256, 999] {
            let mut y = x.clone();
            y[place] = f32::from_bits(y[place].to_bits() ^ 1);
            assert_ne!(h, hash(&y));
        }
        let mut y = x.clone();
        y.swap(3, 4);
        assert_ne!(h, hash(&y));
        assert_ne!(hash(&[0.0]), hash(&[0.0, 0.0]));
        assert_ne!(hash(&[0.0]), hash(&[-0.0]));
    }

    /// The same shape written as a tree.
    fn naive(tensor: &[f32]) -> u32 {
        fn fold(lanes: &[u32]) -> u32 {
            match lanes.len() {
                1 => lanes[0],
                n => {
                    let halves: Vec<u32> =
                        (0..n / 2).map(|i| mix(lanes[i], lanes[i + n / 2])).collect();
                    fold(&halves)
                }
            }
        }
        let lane =
            |i: usize| tensor.iter().skip(i).step_by(256).fold(0, |a, x| mix(a, x.to_bits()));
        mix(fold(&(0..256).map(lane).collect::<Vec<_>>()), tensor.len() as u32)
    }

    #[test]
    fn lanes_and_tree_give_the_same_hash() {
        for length in [0, 1, 255, 256, 257, 1_000] {
            let x: Vec<f32> = (0..length).map(|i| (i as f32 - 300.0) * 0.1).collect();
            assert_eq!(hash(&x), naive(&x), "{length} numbers");
        }
        assert_eq!(mix(0, 0), 0x9e37_79b1u32.rotate_left(7).wrapping_mul(0x85eb_ca6b));
    }
}
