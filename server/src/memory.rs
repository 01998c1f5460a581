//! Memory that only the start needed goes back to the system.
//!
//! Reading, planning and building leave the allocator with more free memory than they keep; it gives that back when it
//! is next asked for some, which an idle server does not do.
//!
//! A start runs code and reads tables all over the program's file, once, and the kernel maps whole stretches around
//! whatever is touched. None of it was changed, so the file has it: what is needed again is mapped again from the
//! system's cache, some microseconds for each stretch. Nothing here changes what the program can do.

use std::time::Duration;

use tokio::time::sleep;

/// After a start it takes so long until what came with it (the first requests, caches) is over.
const SETTLED: Duration = Duration::from_secs(1);

/// Waits until a start is over and gives back what only it needed. Where the system does not tell what that is, nothing
/// happens.
pub(crate) async fn give_back_after_start() {
    sleep(SETTLED).await;
    give_back_free();
    give_back();
}

/// Has the allocator give back what is free.
#[allow(unsafe_code)]
fn give_back_free() {
    unsafe extern "C" {
        /// Of mimalloc, with which the program is linked.
        fn mi_collect(force: bool);
    }
    // SAFETY: it may be called at any time on any thread, with either value.
    unsafe { mi_collect(true) }
}

#[cfg(target_os = "linux")]
fn give_back() {
    let Ok(mappings) = std::fs::read_to_string("/proc/self/smaps") else { return };
    unchanged(&mappings).for_each(drop_pages);
}

#[cfg(not(target_os = "linux"))]
fn give_back() {}

/// Gives the pages of a mapping back. That they stay is no fault: then they are as they were.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn drop_pages((from, to): (usize, usize)) {
    use rustix::mm::{Advice, madvise};
    // SAFETY: the mapping is of a file, nobody can write to it, and none of its pages differs from the file: whoever
    // reads it next reads the same. The kernel checks that it is there.
    let _ = unsafe { madvise(from as *mut _, to - from, Advice::LinuxDontNeed) };
}

/// The mappings of files, from and to, that cannot be written to and of which no page is other than in the file.
/// The tables that the loader filled in before it closed them are, and so are left out.
#[cfg(any(target_os = "linux", test))]
fn unchanged(smaps: &str) -> impl Iterator<Item = (usize, usize)> {
    // proc(5): a line with the addresses, rights and path of each mapping, followed by its figures.
    let mut candidate = None;
    smaps.lines().filter_map(move |line| {
        let mut words = line.split_ascii_whitespace();
        let (first, second) = (words.next()?, words.next()?);
        if let Some((from, to)) = first.split_once('-') {
            let is_of_file = words.nth(3).is_some_and(|path| path.starts_with('/'));
            let is_closed = matches!(second, "r-xp" | "r--p");
            let range = usize::from_str_radix(from, 16).ok().zip(usize::from_str_radix(to, 16).ok());
            candidate = range.filter(|_| is_of_file && is_closed);
        }
        candidate.filter(|_| first == "Anonymous:" && second == "0")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_as_in_its_file_is_given_back() {
        let smaps = "\
55f000-56f000 r--p 00000000 fe:00 131 /usr/bin/wireloom
Rss:                 512 kB
Anonymous:             0 kB
56f000-57f000 r-xp 00010000 fe:00 131 /usr/bin/wireloom
Anonymous:             0 kB
57f000-58f000 r--p 00020000 fe:00 131 /usr/bin/wireloom
Anonymous:            64 kB
58f000-59f000 rw-p 00030000 fe:00 131 /usr/bin/wireloom
Anonymous:             0 kB
7f0000-7f1000 r--p 00000000 00:00 0
Anonymous:             0 kB
7ff000-7ff800 r-xp 00000000 00:00 0                          [vdso]
Anonymous:             0 kB
";
        assert_eq!(unchanged(smaps).collect::<Vec<_>>(), [(0x55_f000, 0x56_f000), (0x56_f000, 0x57_f000)]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn less_of_the_program_is_in_memory_afterwards() {
        let of_files = || {
            let status = std::fs::read_to_string("/proc/self/status").unwrap();
            let line = status.lines().find_map(|line| line.strip_prefix("RssFile:")).unwrap();
            line.trim().trim_end_matches(" kB").parse::<u64>().unwrap()
        };
        let before = of_files();
        give_back();
        let after = of_files();
        assert!(after < before, "{after} kB of {before} kB");
    }
}
