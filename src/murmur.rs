//! The command line: a thin door to `native::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    native::cli::main(native::HOUSE)
}
