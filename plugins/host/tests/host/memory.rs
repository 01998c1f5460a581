//! What memory this process has.

/// Bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// That lie in memory.
    pub(crate) resident: usize,
    /// That are set aside, used or not.
    pub(crate) addresses: usize,
}

pub(crate) fn memory() -> Memory {
    const PAGE: usize = 4096;
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    let mut pages = text.split(' ').map(|pages| pages.parse::<usize>().unwrap() * PAGE);
    Memory { addresses: pages.next().unwrap(), resident: pages.next().unwrap() }
}
