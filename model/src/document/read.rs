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
