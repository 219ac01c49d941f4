//! Weights as a small file: eight bits a number, with one scale for every 64 numbers of a row; norms in full.
//!
//! `MNET1`, the five sizes of the shape (u32), the numbers, a checksum (FNV-1a, 64 bits); all little-endian.

use super::Shape;
use lexicon::Fault;

const MARK: &[u8; 5] = b"MNET1";
/// Numbers that share a scale.
const GROUP: usize = 64;
const STEPS: f32 = 127.0;

fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn sizes(shape: &Shape) -> [u32; 5] {
    let Shape { layers, width, heads, hidden, symbols } = *shape;
    [layers, width, heads, hidden, symbols].map(|size| size as u32)
}

/// A net's weights as a file.
pub fn encode(shape: &Shape, weights: &[f32]) -> Vec<u8> {
    assert_eq!(weights.len(), shape.params(), "one net's weights");
    let mut bytes = MARK.to_vec();
    sizes(shape).iter().for_each(|size| bytes.extend(size.to_le_bytes()));
    for (start, rows, columns) in shape.matrices() {
        let part = &weights[start..start + rows * columns];
        if rows == 1 {
            part.iter().for_each(|w| bytes.extend(w.to_le_bytes()));
            continue;
        }
        for group in part.chunks_exact(columns).flat_map(|row| row.chunks(GROUP)) {
            let most = group.iter().fold(0.0f32, |most, w| most.max(w.abs()));
            let scale = most / STEPS;
            bytes.extend(scale.to_le_bytes());
            let step = |w: &f32| if scale > 0.0 { (w / scale).round() as i8 } else { 0 };
            bytes.extend(group.iter().map(|w| step(w) as u8));
        }
    }
    bytes.extend(fnv(&bytes).to_le_bytes());
    bytes
}

/// The weights of a file made by [`encode`], refused in words if it is cut, changed or of another net.
pub fn decode(bytes: &[u8], shape: &Shape) -> Result<Vec<f32>, Fault> {
    let wrong = |says: &str| Fault::Limit(format!("This file of weights cannot be used: {says}."));
    let body = bytes.len().checked_sub(8).ok_or_else(|| wrong("it is too short"))?;
    let (body, sum) = bytes.split_at(body);
    if fnv(body).to_le_bytes() != *sum {
        return Err(wrong("its checksum does not fit, so it is cut or changed"));
    }
    let mut head = MARK.to_vec();
    sizes(shape).iter().for_each(|size| head.extend(size.to_le_bytes()));
    let mut rest = body
        .strip_prefix(head.as_slice())
        .ok_or_else(|| wrong("it is of a net of another shape"))?;
    let mut take = |count: usize| -> Result<&[u8], Fault> {
        let (taken, left) = rest.split_at_checked(count).ok_or_else(|| wrong("it is too short"))?;
        rest = left;
        Ok(taken)
    };
    let number = |bytes: &[u8]| f32::from_le_bytes(bytes.try_into().expect("four bytes"));
    let mut weights = Vec::with_capacity(shape.params());
    for (_, rows, columns) in shape.matrices() {
        if rows == 1 {
            weights.extend(take(4 * columns)?.chunks_exact(4).map(number));
            continue;
        }
        for _ in 0..rows {
            for from in (0..columns).step_by(GROUP) {
                let scale = number(take(4)?);
                let group = take(GROUP.min(columns - from))?;
                weights.extend(group.iter().map(|step| f32::from(*step as i8) * scale));
            }
        }
    }
    if !rest.is_empty() || weights.iter().any(|w| !w.is_finite()) {
        return Err(wrong("its numbers do not fit the net"));
    }
    Ok(weights)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;

    const SHAPE: Shape = Shape { layers: 2, width: 16, heads: 2, hidden: 80, symbols: 9 };

    #[test]
    fn weights_come_back_within_half_a_step_and_the_file_is_a_quarter_of_their_size() {
        let weights = SHAPE.init(Chance::new(1));
        let bytes = encode(&SHAPE, &weights);
        let back = decode(&bytes, &SHAPE).unwrap();
        assert!(bytes.len() * 10 < weights.len() * 4 * 4);
        for (start, rows, columns) in SHAPE.matrices() {
            for (a, b) in weights[start..start + rows * columns]
                .chunks(GROUP.min(columns))
                .zip(back[start..start + rows * columns].chunks(GROUP.min(columns)))
            {
                let most = a.iter().fold(0.0f32, |m, w| m.max(w.abs()));
                for (a, b) in a.iter().zip(b) {
                    assert!((a - b).abs() <= 2.0 * most / STEPS, "{a} {b}");
                }
            }
        }
        // What is stored once stays what it is.
        assert_eq!(decode(&encode(&SHAPE, &back), &SHAPE).unwrap().len(), back.len());
    }

    #[test]
    fn a_cut_changed_or_foreign_file_is_refused_in_words() {
        let bytes = encode(&SHAPE, &SHAPE.init(Chance::new(1)));
        let says = |bytes: &[u8], shape: &Shape| decode(bytes, shape).unwrap_err().to_string();
        assert!(says(&bytes[..bytes.len() - 1], &SHAPE).contains("checksum"));
        assert!(says(&bytes[..3], &SHAPE).contains("too short"));
        let mut changed = bytes.clone();
        changed[40] ^= 1;
        assert!(says(&changed, &SHAPE).contains("checksum"));
        assert!(says(&bytes, &Shape { width: 8, ..SHAPE }).contains("another shape"));
    }
}
