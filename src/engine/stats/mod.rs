//! Statistics: summaries, intervals over seeds, paired tests, ranks, fits.
//!
//! Nothing here draws chance of its own but the bootstrap, whose stream is constant: the same numbers always give
//! the same interval, so a verdict can be reproduced to its last digit.

mod bootstrap;
mod fits;
mod paired;
mod ranks;
mod spread;
mod student;

pub use bootstrap::{RESAMPLES, mean_interval, resampled_interval};
pub use fits::{Anova, Line, anova, line, power_law_alpha};
pub use paired::{PairedT, cohen_d, paired_t, sign_test, wilcoxon};
pub use ranks::{kendall, ranks, spearman};
pub use spread::{entropy_bits, gini, mean, median, quantile, sd, variance};
pub use student::{incomplete_beta, student_cdf, student_quantile};
