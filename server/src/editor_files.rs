//! The editor's files, which are part of the binary: found by path, in the encoding that the browser takes.

include!(concat!(env!("OUT_DIR"), "/editor_files.rs"));

/// A file of the editor, ready to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct File {
    /// Value of `Content-Type`.
    pub(crate) content_type: &'static str,
    /// Value of `Content-Encoding`; send none for the plain file.
    pub(crate) content_encoding: Option<&'static str>,
    /// Value of `Cache-Control`. Send `Vary: Accept-Encoding` with it.
    pub(crate) cache_control: &'static str,
    /// The body.
    pub(crate) bytes: &'static [u8],
}

/// Finds the file for a request path (`/` is the page). `accept_encoding` is the header's value, empty if absent.
pub(crate) fn lookup(path: &str, accept_encoding: &str) -> Option<File> {
    find(EMBEDDED, path, accept_encoding)
}

/// One file as the build script lists it.
struct Embedded {
    /// Name without folder.
    path: &'static str,
    content_type: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

const PAGE: &str = "index.html";
/// The page names files whose names hold a hash of their content: it changes, they never do.
const ASK_AGAIN: &str = "no-cache";
const KEEP_FOR_EVER: &str = "public, max-age=31536000, immutable";

fn find(files: &'static [Embedded], path: &str, accept_encoding: &str) -> Option<File> {
    let name = match path.trim_start_matches('/') {
        "" => PAGE,
        name => name,
    };
    let file = files.iter().find(|file| file.path == name)?;
    let (content_encoding, bytes) = [("br", file.brotli), ("gzip", file.gzip)]
        .into_iter()
        .find_map(|(encoding, bytes)| {
            Some((Some(encoding), bytes.filter(|_| accepts(accept_encoding, encoding))?))
        })
        .unwrap_or((None, file.plain));
    let cache_control = if file.path == PAGE { ASK_AGAIN } else { KEEP_FOR_EVER };
    Some(File { content_type: file.content_type, content_encoding, cache_control, bytes })
}

/// Whether an `Accept-Encoding` value (RFC 9110, 12.5.3) allows `encoding`.
fn accepts(accept_encoding: &str, encoding: &str) -> bool {
    let quality = |name: &str| {
        accept_encoding.split(',').find_map(|item| {
            let mut parts = item.split(';').map(str::trim);
            let coding = parts.next()?;
            let weight =
                parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |q| q.parse::<f32>().ok());
            coding.eq_ignore_ascii_case(name).then_some(weight.unwrap_or(0.0))
        })
    };
    quality(encoding).or_else(|| quality("*")).is_some_and(|weight| weight > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    static FILES: &[Embedded] = &[
        Embedded {
            path: "index.html",
            content_type: "text/html",
            plain: b"page",
            brotli: Some(b"b"),
            gzip: Some(b"g"),
        },
        Embedded {
            path: "a-1.js",
            content_type: "text/javascript",
            plain: b"code",
            brotli: None,
            gzip: Some(b"g"),
        },
    ];

    #[test]
    fn the_best_encoding_that_the_browser_takes() {
        let encoding = |path, accept| find(FILES, path, accept).unwrap().content_encoding;
        assert_eq!(encoding("/", "gzip, deflate, br, zstd"), Some("br"));
        assert_eq!(encoding("/index.html", "gzip, br;q=0"), Some("gzip"));
        assert_eq!(encoding("/", "*"), Some("br"));
        assert_eq!(encoding("/a-1.js", "br, gzip;q=0.5"), Some("gzip"));
        assert_eq!(encoding("/a-1.js", "br"), None);
        assert_eq!(encoding("/", ""), None);
        assert_eq!(encoding("/", "br;q=much"), None);
        assert_eq!(find(FILES, "/", "identity").unwrap().bytes, b"page");
    }

    #[test]
    fn the_page_is_asked_for_again_the_rest_is_kept() {
        assert_eq!(find(FILES, "/", "").unwrap().cache_control, ASK_AGAIN);
        assert_eq!(find(FILES, "/a-1.js", "").unwrap().cache_control, KEEP_FOR_EVER);
        assert_eq!(find(FILES, "/../secret", ""), None);
        assert_eq!(find(FILES, "/a-1", ""), None);
    }

    #[test]
    fn the_binary_always_holds_a_page() {
        let page = lookup("/", "").unwrap();
        assert_eq!(page.content_type, "text/html; charset=utf-8");
        assert!(String::from_utf8_lossy(page.bytes).contains("<title>Wireloom"));
    }
}
