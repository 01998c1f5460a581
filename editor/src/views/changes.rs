//! What differs between two versions of the flows: each tab as a picture, and its nodes with what changed in them.

use std::sync::Arc;

use leptos::prelude::*;
use model::document::Document;
use model::json::Json;

use super::app::editor;
use super::icon::Icon;
use crate::store::changes::{Difference, Fate, Picture, Section, picture, sections};
use crate::store::drawing::{DrawnNode, Shape};
use crate::store::geometry::{Rect, wire_path};
use crate::texts::{say, show, text};

/// Differences of one tab that are listed at once.
const MOST_LISTED: usize = 200;
/// Longest value that is shown, in characters.
const LONGEST: usize = 400;

/// So much of a tab is shown at least, as wide and as high.
const LEAST_SEEN: (f64, f64) = (600.0, 160.0);

/// What leads from one version to another.
#[component]
pub fn ChangesView(
    /// The older version.
    before: Arc<Document>,
    /// The newer one.
    after: Arc<Document>,
) -> impl IntoView {
    let editor = editor();
    let types = editor.types.get_untracked();
    let found = sections(&before, &after, &types);
    if found.is_empty() {
        return view! { <p class="hint">{say("changes.none")}</p> }.into_any();
    }
    let views = found.into_iter().map(|section| {
        let drawn = picture(&before, &after, &types, &section).and_then(picture_view);
        section_view(section, drawn)
    });
    view! { <div class="changes">{views.collect_view()}</div> }.into_any()
}

fn section_view(section: Section, drawn: Option<AnyView>) -> impl IntoView {
    let title = match (&section.tab, section.name.is_empty()) {
        (None, _) => say("changes.configs"),
        (Some(_), true) => say("tabs.unnamed"),
        (Some(_), false) => section.name.clone(),
    };
    let count = section.differences.len();
    let rest = count.saturating_sub(MOST_LISTED);
    let lines = section.differences.into_iter().take(MOST_LISTED).map(line_view);
    view! {
        <section class="changes-tab" data-tab=section.tab.map(|tab| tab.to_string())>
            <h3>{title}<span class="hint">{show(&text("changes.count").with("count", count))}</span></h3>
            {drawn}
            <ul>{lines.collect_view()}</ul>
            {(rest > 0).then(|| view! { <p class="hint">{show(&text("import.more").with("count", rest))}</p> })}
        </section>
    }
}

fn line_view(one: Difference) -> impl IntoView {
    let (icon, key) = match one.fate {
        Fate::Added => ("plus", "changes.added"),
        Fate::Removed => ("minus", "changes.removed"),
        Fate::Changed => ("pencil", "changes.changed"),
        Fate::Moved => ("move", "changes.moved"),
    };
    let head = view! {
        <Icon name=icon size=14.0/>
        <strong>{one.name.clone()}</strong>
        <span class="hint">{one.type_name.clone()}</span>
        <span class="fate">{say(key)}</span>
    };
    let class = format!("change {}", one.fate.name());
    if one.fate != Fate::Changed {
        return view! { <li class=class data-change=one.id.to_string()><div class="change-head">{head}</div></li> }.into_any();
    }
    let fields = one.fields.into_iter().map(|(key, before, after)| {
        view! {
            <dt>{key}</dt>
            <dd>
                <del>{words(before.as_ref())}</del>
                <ins>{words(after.as_ref())}</ins>
            </dd>
        }
    });
    view! {
        <li class=class data-change=one.id.to_string()>
            <details>
                <summary class="change-head">{head}</summary>
                <dl>{fields.collect_view()}</dl>
            </details>
        </li>
    }
    .into_any()
}

fn words(value: Option<&Json>) -> String {
    let full = match value {
        None => say("changes.nothing"),
        Some(Json::String(text)) => text.to_string(),
        Some(other) => other.to_js_string(),
    };
    match full.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &full[..end]),
        None => full,
    }
}

/// The tab, small: what came, went and changed in colour, all else in grey.
fn picture_view(picture: Picture) -> Option<AnyView> {
    let gone = picture.gone.iter().map(|node| node.frame()).reduce(Rect::with);
    let bounds = [picture.after.bounds(), gone].into_iter().flatten().reduce(Rect::with)?.grown(20.0);
    // A node alone is no larger than among others.
    let (x, y) = bounds.centre();
    let bounds = bounds.with(Rect::around(x, y, LEAST_SEEN.0, LEAST_SEEN.1));
    let view_box =
        format!("{:.0} {:.0} {:.0} {:.0}", bounds.left, bounds.top, bounds.width(), bounds.height());
    let drawing = Arc::clone(&picture.after);
    let groups = drawing.groups.iter().map(|group| {
        let frame = group.frame;
        view! { <rect class="picture-group" x=frame.left y=frame.top width=frame.width() height=frame.height() rx="8"/> }
    });
    let wires = drawing.wires.iter().filter_map(|wire| {
        let (from, to) = (drawing.node(&wire.from)?, drawing.node(&wire.to)?);
        Some(view! { <path class="picture-wire" d=wire_path(from.output(wire.port), to.input())/> })
    });
    let node = |node: &DrawnNode, fate: Option<Fate>| {
        let frame = node.frame();
        let class = format!("picture-node {}", fate.map(Fate::name).unwrap_or_default());
        let round = if node.shape == Shape::Junction { 5 } else { 6 };
        view! {
            <rect class=class x=frame.left y=frame.top width=frame.width() height=frame.height() rx=round>
                <title>{node.label.clone()}</title>
            </rect>
        }
    };
    let here = drawing.nodes.iter().map(|one| node(one, picture.fates.get(&one.id).copied()));
    let gone = picture.gone.iter().map(|one| node(one, Some(Fate::Removed)));
    Some(
        view! {
            <svg class="picture" viewBox=view_box role="img" aria-label=say("changes.picture")>
                {groups.collect_view()}
                {wires.collect_view()}
                {gone.collect_view()}
                {here.collect_view()}
            </svg>
        }
        .into_any(),
    )
}
