//! The one way from the first file into the second.

use leptos::prelude::AnyView;
use leptos::prelude::IntoAny;
use leptos::view;
use leptos::wasm_split::{SplitLoaderError, wasm_split};

use super::Part;
use crate::panels::{debug, node};
use crate::views::{dialogs, first, look, shortcuts};

/// Makes a part: at once when [`load`] has been successful.
#[wasm_split(later, wasm_split_path = leptos::wasm_split, preload(#[doc = "Loads the second file."] load), fallible)]
pub(super) fn make(part: Part) -> Result<AnyView, SplitLoaderError> {
    Ok(match part {
        Part::Debug => view! { <debug::Debug/> }.into_any(),
        Part::Dialog(dialog) => dialogs::open(dialog),
        Part::Guide => view! { <first::GuideSteps/> }.into_any(),
        Part::Look => view! { <look::Look/> }.into_any(),
        Part::Node => view! { <node::Inspector/> }.into_any(),
        Part::Shortcuts => view! { <shortcuts::List/> }.into_any(),
        Part::Welcome => view! { <first::Welcome/> }.into_any(),
    })
}
