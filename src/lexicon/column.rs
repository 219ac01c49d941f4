//! Long columns of numbers cross as one byte buffer, not element by element.
//! `#[serde(with = "column")]` on a `Vec<f32>`, `Vec<u32>` or `Vec<u8>`.

use bytemuck::{AnyBitPattern, NoUninit};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserializer, Serializer};
use std::fmt;

pub fn serialize<T: NoUninit, S: Serializer>(column: &[T], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_bytes(bytemuck::cast_slice(column))
}

pub fn deserialize<'de, T: AnyBitPattern + NoUninit, D: Deserializer<'de>>(
    from: D,
) -> Result<Vec<T>, D::Error> {
    let bytes = from.deserialize_byte_buf(Bytes)?;
    if bytes.len() % size_of::<T>() != 0 {
        return Err(D::Error::custom("a column's bytes do not divide into its numbers"));
    }
    Ok(bytemuck::allocation::pod_collect_to_vec(&bytes))
}

struct Bytes;

impl<'de> Visitor<'de> for Bytes {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("the bytes of a column")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }

    fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(bytes)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<u8>, A::Error> {
        let mut bytes = Vec::new();
        while let Some(byte) = seq.next_element()? {
            bytes.push(byte);
        }
        Ok(bytes)
    }
}
