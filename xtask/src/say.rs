//! What xtask tells its user: one plain line for each thing it does.

use std::time::Duration;

/// Says one line. Goes to the error stream, so that the output of tools stays usable in a pipe.
pub(crate) fn line(text: impl std::fmt::Display) {
    eprintln!("xtask: {text}");
}

/// A duration as people read it: `850 ms`, `12.3 s`, `4 min 05 s`.
pub(crate) fn time(duration: Duration) -> String {
    match duration.as_secs() {
        0 => format!("{} ms", duration.as_millis()),
        1..60 => format!("{:.1} s", duration.as_secs_f64()),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

/// A size in bytes as people read it: `812 B`, `97.1 KB`, `1.42 MB` (1 KB = 1,000 B).
pub(crate) fn size(bytes: usize) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} KB", bytes as f64 / 1e3),
        _ => format!("{:.2} MB", bytes as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_read_well() {
        assert_eq!(time(Duration::from_millis(850)), "850 ms");
        assert_eq!(time(Duration::from_millis(12_340)), "12.3 s");
        assert_eq!(time(Duration::from_secs(245)), "4 min 05 s");
        assert_eq!([size(812), size(97_100), size(1_420_000)], ["812 B", "97.1 KB", "1.42 MB"]);
    }
}
