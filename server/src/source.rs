//! Reads flow files, large ones on two threads: nothing else can be done before they are read.

use std::thread;

use model::document::{Document, Source};
use model::json::{Object, ParseError};

/// The flow file of this text.
///
/// # Errors
/// The text is no JSON; the place and the reason.
pub(crate) fn read(text: &str) -> Result<Source, ParseError> {
    if let Some([first, second]) = Document::parts(text) {
        let both = thread::scope(|scope| {
            let second = thread::Builder::new().spawn_scoped(scope, || Document::read_part(second)).ok()?;
            let first = Document::read_part(first).ok()?;
            Some(first.into_iter().chain(second.join().ok()?.ok()?).collect())
        });
        if let Some(document) = both {
            return Ok(Source { document: Ok(document), rest: Object::new(), is_list: true });
        }
        // What is wrong is found again below, with its place in the whole.
    }
    Document::read(text, &Document::default())
}

/// The flows in the flow file of this text.
///
/// # Errors
/// As of [`read`], or there are none.
pub(crate) fn flows(text: &str) -> Result<Document, ParseError> {
    read(text)?.document.map_err(|message| ParseError { line: 1, column: 1, message })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_file_is_read_as_a_small_one_and_what_is_wrong_keeps_its_place() {
        let entry = |at| format!("{{\"id\": \"n{at}\", \"type\": \"comment\"}}");
        let entries: Vec<String> = (0..20_000).map(entry).collect();
        let text = format!("[\n{}\n]", entries.join(",\n"));
        assert!(Document::parts(&text).is_some(), "it is large");
        let source = read(&text).unwrap();
        assert!(source.is_list && source.document == Document::parse(&text).map_err(|error| error.message));
        let bad = text.replace("\"n15000\",", "\"n15000\";");
        assert_eq!(read(&bad).unwrap_err(), Document::parse(&bad).unwrap_err());
        assert_eq!(read(&bad).unwrap_err().line, 15_002);
    }
}
