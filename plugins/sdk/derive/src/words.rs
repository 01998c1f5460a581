//! Titles and descriptions from doc comments: `/// # Title`, then the description.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// What a doc comment says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Words {
    /// From a first line `# Title`; empty where there is none.
    pub(crate) title: String,
    /// The rest, its lines joined and its paragraphs kept apart.
    pub(crate) description: String,
}

impl Words {
    /// Reads the doc comment among `attributes`.
    pub(crate) fn of(attributes: &[Attribute]) -> Self {
        let lines: Vec<String> = attributes.iter().filter_map(doc_line).collect();
        Self::of_lines(lines.iter().flat_map(|text| text.lines()).map(str::trim))
    }

    fn of_lines<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        let mut lines = lines.skip_while(|line| line.is_empty()).peekable();
        let title = match lines.peek().and_then(|line| line.strip_prefix("# ")) {
            Some(title) => {
                lines.next();
                title.trim().to_owned()
            }
            None => String::new(),
        };
        let rest: Vec<&str> = lines.collect();
        let paragraphs = rest.split(|line| line.is_empty()).filter(|paragraph| !paragraph.is_empty());
        let paragraphs: Vec<String> = paragraphs.map(|lines| lines.join(" ")).collect();
        Self { title, description: paragraphs.join("\n\n") }
    }
}

fn doc_line(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    match &pair.value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if pair.path.is_ident("doc") => Some(text.value()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> (String, String) {
        let words = Words::of_lines(text.lines().map(str::trim));
        (words.title, words.description)
    }

    #[test]
    fn the_first_heading_is_the_title() {
        assert_eq!(
            words("# Window\nHow many\nvalues count."),
            ("Window".into(), "How many values count.".into())
        );
        assert_eq!(words("# Window"), ("Window".into(), String::new()));
    }

    #[test]
    fn without_a_heading_all_is_description() {
        assert_eq!(words("\nOne.\n\nTwo\n# three."), (String::new(), "One.\n\nTwo # three.".into()));
        assert_eq!(words(""), (String::new(), String::new()));
    }
}
