//! Marks on nodes. Each has a shape of its own, so that none is told by its colour alone.

use leptos::prelude::*;
use model::check::Severity;

use super::State;
use crate::state::Editor;
use crate::store::drawing::{DrawnNode, Shape};
use crate::store::flow_tests::Standing;
use crate::store::live::{Figures, Overlay, short, time_words};
use crate::store::status::{Fill, Status};
use crate::texts::{say, show, text};

/// Distance of two marks.
const STEP: f64 = 17.0;

/// At the upper right corner: an octagon for errors, a triangle for warnings, a diamond for what is not deployed.
pub(super) fn corner(editor: Editor, node: &DrawnNode, state: Memo<State>) -> impl IntoView + use<> {
    let (id, width) = (node.id.clone(), node.width);
    let inset = if node.shape == Shape::Junction { 0.0 } else { 3.0 };
    let words = Memo::new(move |_| editor.problems.with(|problems| problems.words(&id)));
    let shown = Memo::new(move |_| state.with(|state| (state.severity, state.is_changed)));
    let place = move |at: usize| format!("translate({} 0)", width - inset - STEP * at as f64);
    move || {
        let (severity, is_changed) = shown.get();
        let problem = severity.map(|severity| {
            let (class, shape) = match severity {
                Severity::Error => (
                    "mark-error",
                    "M-3.100 -7.500H3.100L7.500 -3.100V3.100L3.100 7.500H-3.100L-7.500 3.100V-3.100z",
                ),
                Severity::Warning => ("mark-warning", "M0 -8L8.500 6.500H-8.500z"),
            };
            let sign =
                if severity == Severity::Error { "M0 -4V0.600M0 3.700V3.800" } else { "M0 -3V1M0 3.900V4" };
            view! {
                <g class=format!("problem-mark {class}") transform=place(0)>
                    <title>{words.get().unwrap_or_default()}</title>
                    <path class="plate" d=shape/>
                    <path class="sign" d=sign/>
                </g>
            }
        });
        let changed = is_changed.then(|| {
            view! {
                <path class="changed-mark" transform=place(usize::from(severity.is_some())) d="M0 -5.500L5.500 0L0 5.500L-5.500 0z">
                    <title>{say("node.changed")}</title>
                </path>
            }
        });
        view! { {changed} {problem} }
    }
}

/// At the lower right corner: how its flow tests stand. A hook for passed, a cross for failed, a line for not run.
pub(super) fn tested(editor: Editor, node: &DrawnNode) -> impl IntoView + use<> {
    let (id, place) = (node.id.clone(), format!("translate({} {})", node.width - 3.0, node.height));
    move || {
        let standing = editor.standing(&id)?;
        let (sign, words) = match standing {
            Standing::Passed => ("M-3 0.200L-0.800 2.400L3 -2.200", "tests.passed"),
            Standing::Failed => ("M-2.400 -2.400L2.400 2.400M2.400 -2.400L-2.400 2.400", "tests.failed"),
            Standing::Stale => ("M-2.600 0H2.600", "tests.stale"),
        };
        Some(view! {
            <g class=format!("test-mark {}", standing.name()) transform=place.clone()>
                <title>{say(words)}</title>
                <circle class="plate" r="6.5"/>
                <path class="sign" d=sign/>
            </g>
        })
    }
}

/// At the upper left corner: a question about something that it reads and that never came.
pub(super) fn unseen(editor: Editor, node: &DrawnNode) -> impl IntoView + use<> {
    let id = node.id.clone();
    let words = Memo::new(move |_| {
        editor.live.unseen.with(|unseen| {
            let unseen = unseen.get(&id)?;
            Some(unseen.iter().map(|one| show(&one.text)).collect::<Vec<_>>().join("\n"))
        })
    });
    move || {
        words.get().map(|words| {
            view! {
                <g class="unseen-mark" transform="translate(3 0)">
                    <title>{words}</title>
                    <circle class="plate" r="6.500"/>
                    <path class="sign" d="M-2 -1.600A2 2 0 1 1 0.600 0.300Q0 0.600 0 1.400M0 3.700V3.800"/>
                </g>
            }
        })
    }
}

/// Mark and words under the node.
pub(super) fn status(node: &DrawnNode, status: ArcRwSignal<Option<Status>>) -> impl IntoView + use<> {
    let below = node.height + 13.0;
    move || {
        status.get().map(|status| {
            let has_mark = status.fill != Fill::None;
            let mark = has_mark.then(|| {
                view! {
                    <path
                        class=format!("mark {}", status.fill.class())
                        class:ring=status.ring
                        transform=format!("translate(8 {below})")
                        d=outline(status.fill)
                    />
                }
            });
            view! {
                <g class="status">
                    {mark}
                    <text x=if has_mark { 17.0 } else { 3.0 } y=below>{status.text}</text>
                </g>
            }
        })
    }
}

/// Over the node: what waits for it, how long its slow calls take, its errors. A bar shows how busy it is.
pub(super) fn figures(editor: Editor, node: &DrawnNode) -> impl IntoView + use<> {
    let (id, width) = (node.id.clone(), node.width);
    move || {
        let overlay = editor.live.overlay.get();
        if overlay == Overlay::Nothing {
            return None;
        }
        let (words, warmth) = editor.figures(&id).with(|figures| (words_of(figures), figures.warmth()));
        let warm = (overlay == Overlay::Heat && warmth > 0.02).then(|| {
            view! { <rect class="busy" x="0" y="-4" rx="1.5" width=format!("{:.1}", (width * warmth).max(2.0)) height="3"/> }
        });
        Some(view! { <g class="figures">{warm}<text x=3.0 y=-10.0>{words}</text></g> })
    }
}

fn words_of(figures: &Figures) -> String {
    let waiting = (figures.waiting > 0)
        .then(|| show(&text("live.waiting").with("count", short(figures.waiting as f64))));
    let is_working =
        figures.received_per_second > 0.0 || figures.sent_per_second.iter().any(|rate| *rate > 0.0);
    let time = figures.p99_us.filter(|_| is_working).map(time_words);
    let errors = (figures.errors > 0).then(|| show(&text("live.errors").with("count", figures.errors)));
    [waiting, time, errors].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Around the origin.
fn outline(fill: Fill) -> &'static str {
    match fill {
        Fill::Green | Fill::None => "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
        Fill::Red => "M0 -5L5 0L0 5L-5 0z",
        Fill::Yellow => "M0 -4.600L4.800 3.600H-4.800z",
        Fill::Blue => "M-3.700 -3.700H3.700V3.700H-3.700z",
        Fill::Grey => "M-4 -1.800H4V1.800H-4z",
    }
}
