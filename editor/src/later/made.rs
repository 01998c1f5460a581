//! The one way from the first file into the second.

use leptos::prelude::AnyView;
use leptos::prelude::IntoAny;
use leptos::view;
use leptos::wasm_split::{SplitLoaderError, wasm_split};

use super::{Part, Wanted};
use crate::commands::acts;
use crate::panels::{configs, context, debug, events, failed, node, outline, tests, wire};
use crate::views::canvas::{actions, navigator, subflow_bar};
use crate::views::{dialogs, first, look, menu, shortcuts};

/// Makes a part, or does what a command does: at once when [`load`] has been successful.
#[wasm_split(later, wasm_split_path = leptos::wasm_split, preload(#[doc = "Loads the second file."] load), fallible)]
pub(super) fn make(wanted: Wanted) -> Result<AnyView, SplitLoaderError> {
    let part = match wanted {
        Wanted::View(part) => part,
        Wanted::Act(editor, key) => {
            acts::act(*editor, key);
            return Ok(().into_any());
        }
    };
    Ok(match part {
        Part::Actions => view! { <actions::Actions/> }.into_any(),
        Part::Configs => view! { <configs::Configs/> }.into_any(),
        Part::Context => view! { <context::ContextData/> }.into_any(),
        Part::Debug => view! { <debug::Debug/> }.into_any(),
        Part::Dialog(dialog) => dialogs::open(dialog),
        Part::Events => view! { <events::Events/> }.into_any(),
        Part::Failed => view! { <failed::FailedPanel/> }.into_any(),
        Part::Guide => view! { <first::GuideSteps/> }.into_any(),
        Part::Look => view! { <look::Look/> }.into_any(),
        Part::Menu(menu) => view! { <menu::MenuView menu/> }.into_any(),
        Part::Navigator => view! { <navigator::Navigator/> }.into_any(),
        Part::Outline => view! { <outline::Outline/> }.into_any(),
        Part::SubflowBar => view! { <subflow_bar::SubflowBar/> }.into_any(),
        Part::Node => view! { <node::Inspector/> }.into_any(),
        Part::Shortcuts => view! { <shortcuts::List/> }.into_any(),
        Part::Tests => view! { <tests::TestsPanel/> }.into_any(),
        Part::Welcome => view! { <first::Welcome/> }.into_any(),
        Part::Wire => view! { <wire::WirePanel/> }.into_any(),
    })
}
