//! The few things of the browser that are used beside the page itself.

use std::sync::Arc;
use std::time::Duration;

use js_sys::{Array, Date, Promise, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, File, HtmlAnchorElement, HtmlDocument, HtmlElement, HtmlTextAreaElement, Url,
};

use crate::texts::{self, Language};

/// Milliseconds since midnight, local time.
pub fn time_of_day_ms() -> u32 {
    let now = Date::new_0();
    ((now.get_hours() * 60 + now.get_minutes()) * 60 + now.get_seconds()) * 1_000 + now.get_milliseconds()
}

/// A moment as people here write date and time, in the language of the editor.
pub fn local_time(time_ms: u64) -> String {
    Date::new(&JsValue::from_f64(time_ms as f64)).to_locale_string(&locale(), &JsValue::UNDEFINED).into()
}

/// The code of the language that the browser speaks, such as `de-AT`.
pub fn own_language() -> String {
    leptos::prelude::window().navigator().language().unwrap_or_default()
}

/// The browser's own locale where it is one of the language shown, for the country counts too; else the language.
fn locale() -> String {
    let (own, shown) = (own_language(), texts::language());
    // Some browsers name a locale that dates cannot be written in: `en-US@posix`.
    let is_plain = own.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    match is_plain && Language::from_code(&own) == Some(shown) {
        true => own,
        false => shown.code().to_owned(),
    }
}

/// Loads the page anew.
pub fn reload() {
    // A page that cannot stays as it is.
    let _ = leptos::prelude::window().location().reload();
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

/// Waits until what the page shows now is painted. A page that nobody sees waits until it is seen.
pub async fn painted() {
    let promise = Promise::new(&mut |resolve, _| {
        // A page that paints nothing does not wait.
        let _ = leptos::prelude::window().request_animation_frame(&resolve);
    });
    let _ = JsFuture::from(promise).await;
    sleep(Duration::ZERO).await;
}

/// Whether a media query of CSS holds.
pub fn has_media(query: &str) -> bool {
    let media = leptos::prelude::window().match_media(query).ok().flatten();
    media.is_some_and(|media| media.matches())
}

/// Calls back, for the time that the page is shown, whenever a media query of CSS begins or ceases to hold.
pub fn on_media(query: &str, changed: impl Fn() + 'static) {
    let Ok(Some(media)) = leptos::prelude::window().match_media(query) else { return };
    let changed = Closure::<dyn Fn()>::new(changed);
    // A browser that tells of no changes shows them with the next page.
    let _ = media.add_event_listener_with_callback("change", changed.as_ref().unchecked_ref());
    changed.forget();
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

/// Forgets a value that this browser keeps.
pub fn forget(key: &str) {
    if let Ok(Some(storage)) = leptos::prelude::window().local_storage() {
        let _ = storage.remove_item(key);
    }
}

/// Keeps a value; gives back whether the browser took it.
pub fn keep(key: &str, value: &str) -> bool {
    let storage = leptos::prelude::window().local_storage().ok().flatten();
    storage.is_some_and(|storage| storage.set_item(key, value).is_ok())
}

/// Puts text on the clipboard; gives back whether the browser took it. To be called while a click is handled.
pub fn copy(text: &str) -> bool {
    let page = leptos::prelude::document();
    // A dialog that is open leaves nothing outside to be selected.
    let place = page.query_selector("dialog[open]").ok().flatten().or_else(|| page.body().map(Into::into));
    let focused = page.active_element().and_then(|element| element.dyn_into::<HtmlElement>().ok());
    let area =
        page.create_element("textarea").ok().and_then(|area| area.dyn_into::<HtmlTextAreaElement>().ok());
    let (Some(place), Some(area)) = (place, area) else { return false };
    area.set_value(text);
    area.set_class_name("unseen");
    let is_copied = place.append_child(&area).is_ok() && {
        area.select();
        let page = page.dyn_ref::<HtmlDocument>();
        page.is_some_and(|page| page.exec_command("copy").unwrap_or(false))
    };
    area.remove();
    if let Some(focused) = focused {
        let _ = focused.focus();
    }
    is_copied
}

/// The text on the clipboard, where the browser lets this page read it.
pub async fn pasted() -> Option<String> {
    let navigator = leptos::prelude::window().navigator();
    let clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into()).ok()?;
    let read =
        js_sys::Reflect::get(&clipboard, &"readText".into()).ok()?.dyn_into::<js_sys::Function>().ok()?;
    let answer = read.call0(&clipboard).ok()?.dyn_into::<Promise>().ok()?;
    JsFuture::from(answer).await.ok()?.as_string()
}

/// Opens this page, at another address of it, in a small window of its own.
pub fn open_window(address: &str) {
    // A browser that opens no window says so itself.
    let _ = leptos::prelude::window().open_with_url_and_target_and_features(
        address,
        "_blank",
        "width=520,height=720",
    );
}

/// Has the browser save text as a file.
pub fn download(name: &str, text: &str) {
    let parts = Array::of1(&JsValue::from_str(text));
    let kind = BlobPropertyBag::new();
    kind.set_type("application/json");
    let url = Blob::new_with_str_sequence_and_options(&parts, &kind)
        .and_then(|blob| Url::create_object_url_with_blob(&blob));
    let anchor = leptos::prelude::document().create_element("a").ok();
    let anchor = anchor.and_then(|anchor| anchor.dyn_into::<HtmlAnchorElement>().ok());
    if let (Ok(url), Some(anchor)) = (url, anchor) {
        anchor.set_href(&url);
        anchor.set_download(name);
        anchor.click();
        // The browser has begun to read it by then.
        let _ = Url::revoke_object_url(&url);
    }
}

/// The bytes of a file that the user chose.
pub async fn read_bytes(file: &File) -> Option<Arc<[u8]>> {
    let buffer = JsFuture::from(file.array_buffer()).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec().into())
}

/// The text of a file that the user chose.
pub async fn read_file(file: &File) -> Option<String> {
    JsFuture::from(file.text()).await.ok()?.as_string()
}
