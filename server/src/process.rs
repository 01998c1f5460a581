//! What the operating system says of this process.

use std::fs;

/// Memory in use, in bytes; none where the system does not tell.
pub(crate) fn resident_bytes() -> Option<u64> {
    // proc(5): the second figure is resident pages, `Rss` in kB stands in smaps_rollup and `VmRSS` in status.
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// Processor time used so far, in seconds; none where the system does not tell.
pub(crate) fn processor_seconds() -> Option<f64> {
    // proc(5): field 1 of schedstat is time on a processor, in nanoseconds; one file per thread.
    let mut nanoseconds = 0.0;
    for task in fs::read_dir("/proc/self/task").ok()? {
        let text = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        nanoseconds += text.split(' ').next()?.parse::<f64>().ok()?;
    }
    Some(nanoseconds / 1e9)
}
