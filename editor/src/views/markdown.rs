//! Help texts.

use leptos::prelude::*;

use crate::store::markdown::{self, Block, Span};

/// A text in Markdown.
#[component]
pub fn Markdown(
    /// The text.
    text: String,
) -> impl IntoView {
    let blocks = markdown::blocks(&text).into_iter().map(|block| match block {
        Block::Heading(spans) => view! { <h4>{spans_view(spans)}</h4> }.into_any(),
        Block::Paragraph(spans) => view! { <p>{spans_view(spans)}</p> }.into_any(),
        Block::List(items) => {
            let items = items.into_iter().map(|spans| view! { <li>{spans_view(spans)}</li> });
            view! { <ul>{items.collect_view()}</ul> }.into_any()
        }
        Block::Code(code) => view! { <pre><code>{code}</code></pre> }.into_any(),
    });
    view! { <div class="help">{blocks.collect_view()}</div> }
}

/// A line in Markdown, without a paragraph around it.
pub fn line(text: &str) -> AnyView {
    let spans = markdown::blocks(text).into_iter().flat_map(|block| match block {
        Block::Heading(spans) | Block::Paragraph(spans) => spans,
        Block::List(items) => items.into_iter().flatten().collect(),
        Block::Code(code) => vec![Span::Code(code)],
    });
    spans_view(spans.collect()).into_any()
}

fn spans_view(spans: Vec<Span>) -> impl IntoView {
    let pieces = spans.into_iter().map(|span| match span {
        Span::Plain(text) => text.into_any(),
        Span::Code(text) => view! { <code>{text}</code> }.into_any(),
        Span::Strong(text) => view! { <strong>{text}</strong> }.into_any(),
        Span::Emphasis(text) => view! { <em>{text}</em> }.into_any(),
    });
    pieces.collect_view()
}
