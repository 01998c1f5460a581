//! The little Markdown that help texts are written in: headings, paragraphs, lists, code, `code`, **strong**
//! and *emphasis*. Anything else shows as it is written; nothing becomes markup of the page.

/// One block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A heading of any level.
    Heading(Vec<Span>),
    /// Running words.
    Paragraph(Vec<Span>),
    /// Items of a list.
    List(Vec<Vec<Span>>),
    /// Lines of code.
    Code(String),
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// Plain words.
    Plain(String),
    /// `code`.
    Code(String),
    /// **strong**.
    Strong(String),
    /// *emphasis*.
    Emphasis(String),
}

/// Splits a text into blocks.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut running = String::new();
    let mut items: Vec<String> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let trimmed = line.trim();
        if trimmed.starts_with("```") {
            finish(&mut blocks, &mut running, &mut items);
            let code: Vec<&str> = lines.by_ref().take_while(|line| !line.trim().starts_with("```")).collect();
            blocks.push(Block::Code(code.join("\n")));
        } else if trimmed.is_empty() {
            finish(&mut blocks, &mut running, &mut items);
        } else if let Some(heading) = heading(trimmed) {
            finish(&mut blocks, &mut running, &mut items);
            blocks.push(Block::Heading(spans(heading)));
        } else if let Some(item) = item(trimmed) {
            if items.is_empty() {
                finish(&mut blocks, &mut running, &mut items);
            }
            items.push(item.to_owned());
        } else {
            let line_before = items.last_mut().unwrap_or(&mut running);
            if !line_before.is_empty() {
                line_before.push(' ');
            }
            line_before.push_str(trimmed);
        }
    }
    finish(&mut blocks, &mut running, &mut items);
    blocks
}

fn finish(blocks: &mut Vec<Block>, running: &mut String, items: &mut Vec<String>) {
    if !running.is_empty() {
        blocks.push(Block::Paragraph(spans(&std::mem::take(running))));
    }
    if !items.is_empty() {
        blocks.push(Block::List(std::mem::take(items).iter().map(|item| spans(item)).collect()));
    }
}

fn heading(line: &str) -> Option<&str> {
    let words = line.trim_start_matches('#');
    (words.len() < line.len()).then(|| words.strip_prefix(' '))?.map(str::trim)
}

fn item(line: &str) -> Option<&str> {
    let dashed = line.strip_prefix("- ").or_else(|| line.strip_prefix("* "));
    let numbered = || {
        let rest = line.trim_start_matches(|letter: char| letter.is_ascii_digit());
        (rest.len() < line.len()).then(|| rest.strip_prefix(". ")).flatten()
    };
    dashed.or_else(numbered).map(str::trim)
}

fn spans(line: &str) -> Vec<Span> {
    type Mark = (&'static str, fn(String) -> Span);
    const MARKS: [Mark; 3] = [("`", Span::Code), ("**", Span::Strong), ("*", Span::Emphasis)];
    let mut spans = Vec::new();
    let mut plain = String::new();
    let mut rest = line;
    while let Some(letter) = rest.chars().next() {
        let marked = MARKS.iter().find_map(|(mark, make)| {
            let inside = rest.strip_prefix(mark)?;
            let end = inside.find(mark).filter(|end| *end > 0 && !inside.starts_with(' '))?;
            Some((make(inside[..end].to_owned()), &inside[end + mark.len()..]))
        });
        match marked {
            Some((span, after)) => {
                if !plain.is_empty() {
                    spans.push(Span::Plain(std::mem::take(&mut plain)));
                }
                spans.push(span);
                rest = after;
            }
            None => {
                plain.push(letter);
                rest = &rest[letter.len_utf8()..];
            }
        }
    }
    if !plain.is_empty() {
        spans.push(Span::Plain(plain));
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Vec<Span> {
        vec![Span::Plain(text.into())]
    }

    #[test]
    fn blocks_of_every_sort() {
        let text = "One\nline.\n\n## Head\n- a\n  more\n- b\n\n1. c\n```js\nx * y * z\n\nw\n```\nend";
        assert_eq!(
            blocks(text),
            [
                Block::Paragraph(plain("One line.")),
                Block::Heading(plain("Head")),
                Block::List(vec![plain("a more"), plain("b")]),
                Block::List(vec![plain("c")]),
                Block::Code("x * y * z\n\nw".into()),
                Block::Paragraph(plain("end")),
            ]
        );
    }

    #[test]
    fn spans_are_marked_and_lone_marks_stay() {
        assert_eq!(
            spans("set `msg.a*b` to **two** or *more*"),
            [
                Span::Plain("set ".into()),
                Span::Code("msg.a*b".into()),
                Span::Plain(" to ".into()),
                Span::Strong("two".into()),
                Span::Plain(" or ".into()),
                Span::Emphasis("more".into()),
            ]
        );
        assert_eq!(spans("2 * 3 * 4 and `open"), plain("2 * 3 * 4 and `open"));
        assert_eq!(spans("#nofilter"), plain("#nofilter"));
        assert_eq!(blocks("#nofilter"), [Block::Paragraph(plain("#nofilter"))]);
        assert_eq!(blocks("```\nnever closed"), [Block::Code("never closed".into())]);
        assert_eq!(blocks(""), []);
    }
}
