//! How long to wait before the next try to reach the server.

/// Longest wait, in seconds: a server that comes back is found again within it.
const LONGEST_SECONDS: u32 = 10;

/// Seconds to wait after `failures` tries in a row that failed: 1, 2, 4, 8, then 10.
pub fn wait_seconds(failures: u32) -> u32 {
    1u32.checked_shl(failures.saturating_sub(1)).unwrap_or(LONGEST_SECONDS).min(LONGEST_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_the_longest() {
        let waits: Vec<u32> = [0, 1, 2, 3, 4, 5, 40, u32::MAX].into_iter().map(wait_seconds).collect();
        assert_eq!(waits, [1, 1, 2, 4, 8, 10, 10, 10]);
    }
}
