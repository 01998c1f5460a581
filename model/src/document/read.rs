//! Reading a document that is mostly one that is known: what an editor sends at each deploy.

use super::{Document, Node, TEXTS};
use crate::json::{Object, ParseError, Parser};
use crate::text::Text;

/// A flow file or API body as it was read.
#[derive(Clone, Debug)]
pub struct Source {
    /// The flows, or why there are none.
    pub document: Result<Document, Text>,
    /// What stands beside the flows, of an object (version 2).
    pub rest: Object,
    /// Whether it is a list of nodes alone (version 1).
    pub is_list: bool,
}

impl Document {
    /// As [`Document::parse`], with what else is there. Entries that `known` has are not parsed again but shared
    /// with it: recognised by their text where that is written as `JSON.stringify` does, else once they are parsed.
    ///
    /// # Errors
    /// The text is no JSON; the place and the reason.
    pub fn read(text: &str, known: &Document) -> Result<Source, ParseError> {
        let mut parser = Parser::new(text);
        let source = source(&mut parser, known).and_then(|source| parser.end().map(|()| source));
        source.map_err(|message| parser.error(message))
    }
}

/// Shorter texts are read faster than a thread is started.
const LONG: usize = 256 * 1024;

impl Document {
    /// The entries of a long flow file that is a list (version 1) in two parts of about the same length, so that two
    /// threads can read them ([`Document::read_part`]); the file is valid where both are. None of any other text.
    pub fn parts(text: &str) -> Option<[&str; 2]> {
        if text.len() < LONG {
            return None;
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_matches([' ', '\t', '\n', '\r']);
        let entries = text.strip_prefix('[')?.strip_suffix(']')?;
        let (first, second) = entries.split_at(comma_behind_middle(entries)?);
        let parts = [first, &second[1..]];
        // At its start a part may have one, which is wrong within the whole.
        (!parts.iter().any(|part| part.starts_with('\u{feff}'))).then_some(parts)
    }

    /// The entries of a part: values with commas between.
    ///
    /// # Errors
    /// It is no JSON; the place counts from the start of the part.
    pub fn read_part(part: &str) -> Result<Vec<Node>, ParseError> {
        let mut parser = Parser::new(part);
        let mut nodes = Vec::new();
        let read = parser.elements(|parser| {
            nodes.push(Node::new(parser.value(1)?));
            Ok(())
        });
        read.map_err(|message| parser.error(message))?;
        Ok(nodes)
    }
}

/// Where a comma stands between two elements, behind the middle.
fn comma_behind_middle(elements: &str) -> Option<usize> {
    let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
    for (at, byte) in elements.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            _ if is_text => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.checked_sub(1)?,
            b',' if depth == 0 && at >= elements.len() / 2 => return Some(at),
            _ => {}
        }
    }
    None
}

fn source(parser: &mut Parser<'_>, known: &Document) -> Result<Source, Text> {
    let mut source = Source { document: Ok(Document::default()), rest: Object::new(), is_list: false };
    match parser.peek_value() {
        Some(b'[') => {
            source.document = Ok(entries(parser, 0, known)?);
            source.is_list = true;
        }
        Some(b'{') => {
            source.document = Err(shape("an object without a list of `flows`"));
            parser.each_entry(0, |parser, key| {
                if key != "flows" {
                    source.rest.insert(key, parser.value(1)?);
                } else if parser.peek_value() == Some(b'[') {
                    source.document = Ok(entries(parser, 1, known)?);
                } else {
                    parser.value(1)?;
                    source.document = Err(shape("an object without a list of `flows`"));
                }
                Ok(())
            })?;
        }
        _ => source.document = Err(shape(parser.value(0)?.kind_name())),
    }
    Ok(source)
}

fn shape(found: &str) -> Text {
    Text::key(TEXTS[0].0).with("found", found)
}

fn entries(parser: &mut Parser<'_>, depth: usize, known: &Document) -> Result<Document, Text> {
    let mut nodes: Vec<Node> = Vec::with_capacity(known.len());
    // The entry that should come next, if nothing came, went or moved.
    let mut next = 0;
    parser.list(depth, |parser| {
        parser.peek_value();
        let expected = known.nodes().get(next);
        if let Some(node) = expected
            && node.known_text().is_some_and(|text| parser.take_text(text))
        {
            nodes.push(node.clone());
            next += 1;
            return Ok(());
        }
        let node = Node::new(parser.value(depth + 1)?);
        let place = node.own_id().and_then(|id| known.position(id));
        next = place.map_or(next, |place| place + 1);
        let same = place.and_then(|place| known.nodes().get(place)).filter(|same| **same == node);
        nodes.push(same.cloned().unwrap_or(node));
        Ok(())
    })?;
    let has_same_ids = nodes.len() == known.len()
        && nodes.iter().zip(known.nodes()).all(|(a, b)| a.is_shared_with(b) || a.own_id() == b.own_id());
    if has_same_ids {
        return Ok(Document { nodes: nodes.into(), index: known.index.clone(), ..Document::default() });
    }
    nodes.shrink_to_fit();
    Ok(Document::from_nodes(nodes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long(entry: &str) -> String {
        let entries: Vec<String> =
            (0..LONG / entry.len() + 1).map(|at| entry.replace('#', &at.to_string())).collect();
        format!("\u{feff} [{}] \n", entries.join(" ,\n"))
    }

    #[test]
    fn a_long_list_can_be_read_in_two_parts() {
        let text = long(r#"{ "id": "n#", "info": "a \"] } , [{ \\", "wires": [["a", "b"], []], "o": {} }"#);
        let [first, second] = Document::parts(&text).unwrap();
        assert!(first.len().abs_diff(second.len()) < 200);
        let both = [first, second].map(|part| Document::read_part(part).unwrap());
        let document: Document = both.into_iter().flatten().collect();
        assert_eq!(document, Document::parse(&text).unwrap());
    }

    #[test]
    fn other_texts_have_no_parts_or_none_that_can_be_read() {
        let good = long(r#"{ "id": "n#" }"#);
        assert!(Document::parts("[1, 2]").is_none(), "it is short");
        assert!(Document::parts(&format!("{{\"flows\": {good}}}")).is_none());
        for (right, wrong) in [
            (" ,\n", " ;\n"),
            ("}] ", "}, ] "),
            ("}] ", "}]] "),
            (" [{", " [[{"),
            (" [{", " [,{"),
            ("}] ", "} "),
            (" [{", " [\u{feff}{"),
        ] {
            let at = good.rfind(right).or(good.find(right)).unwrap();
            let bad = format!("{}{wrong}{}", &good[..at], &good[at + right.len()..]);
            assert!(Document::parse(&bad).is_err(), "{wrong}");
            let parts = Document::parts(&bad);
            let is_read =
                parts.is_some_and(|parts| parts.iter().all(|part| Document::read_part(part).is_ok()));
            assert!(!is_read, "{wrong}");
        }
    }
}
