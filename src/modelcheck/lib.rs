//! Protocols of systems under a model checker: `cargo test --release -p modelcheck`.

#[cfg(test)]
mod pccl;
