//! The few things of the browser that are used beside the page itself.

use std::time::Duration;

use js_sys::{Date, Promise};
use wasm_bindgen_futures::JsFuture;

/// Milliseconds since midnight, local time.
pub fn time_of_day_ms() -> u32 {
    let now = Date::new_0();
    ((now.get_hours() * 60 + now.get_minutes()) * 60 + now.get_seconds()) * 1_000 + now.get_milliseconds()
}

/// Waits.
pub async fn sleep(duration: Duration) {
    let milliseconds = i32::try_from(duration.as_millis()).unwrap_or(i32::MAX);
    let promise = Promise::new(&mut |resolve, _| {
        // A page without timers does not wait.
        let _ = leptos::prelude::window()
            .set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
    });
    let _ = JsFuture::from(promise).await;
}

/// A value that this browser keeps for this page.
pub fn remembered(key: &str) -> Option<String> {
    leptos::prelude::window().local_storage().ok().flatten()?.get_item(key).ok().flatten()
}

/// Keeps a value; a browser that keeps nothing is no trouble.
pub fn remember(key: &str, value: &str) {
    if let Ok(Some(storage)) = leptos::prelude::window().local_storage() {
        let _ = storage.set_item(key, value);
    }
}
