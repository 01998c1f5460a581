//! Wireloom: the editor, a Leptos app for the browser. Knows the model only.
//!
//! [`store`] holds the rules: pure, tested natively. [`state`] keeps what is shown in signals, one set a
//! node. [`views`] and [`panels`] only show it, [`net`] talks to the server, [`texts`] holds every word.

pub mod actions;
pub mod commands;
pub mod icons;
pub mod ids;
pub mod later;
pub mod net;
pub mod panels;
pub mod state;
pub mod store;
pub mod texts;
pub mod views;

/// Shows the editor in the page's body and connects it. Called once, by the page.
#[cfg(target_arch = "wasm32")]
pub fn start() {
    net::preferences::recall_language();
    let address = leptos::prelude::window().location().hash().unwrap_or_default();
    match address.as_str() {
        views::look::ADDRESS => leptos::mount::mount_to_body(views::app::LookPage),
        views::app::DEBUG_ADDRESS => leptos::mount::mount_to_body(views::app::DebugPage),
        _ => leptos::mount::mount_to_body(views::app::App),
    }
}
