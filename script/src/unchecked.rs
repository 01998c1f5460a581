//! The crate's only unsafe code: what QuickJS's bindings ask for and cannot check.
#![allow(unsafe_code)]

use bytes::Bytes;
use rquickjs::{ArrayBuffer, Ctx, JsLifetime, TypedArray, Value, qjs};

use crate::lazy::{LazyMessage, Opaque};
use crate::sandbox::Realm;

// SAFETY: each type is the same but for the lifetime of the JavaScript values that it holds.
unsafe impl<'js> JsLifetime<'js> for LazyMessage<'js> {
    type Changed<'to> = LazyMessage<'to>;
}
// SAFETY: holds no JavaScript value.
unsafe impl<'js> JsLifetime<'js> for Opaque {
    type Changed<'to> = Opaque;
}
// SAFETY: as above.
unsafe impl<'js> JsLifetime<'js> for Realm<'js> {
    type Changed<'to> = Realm<'to>;
}

/// A copy of what is in a `Uint8Array`; `None` when it is detached.
pub(crate) fn copy_of_view(view: &TypedArray<'_, u8>) -> Option<Bytes> {
    // SAFETY: the bytes are copied before any JavaScript can run.
    unsafe { view.as_bytes() }.map(Bytes::copy_from_slice)
}

/// A copy of what is in an `ArrayBuffer`; `None` when it is detached.
pub(crate) fn copy_of_buffer(buffer: &ArrayBuffer<'_>) -> Option<Bytes> {
    // SAFETY: as above.
    unsafe { buffer.as_bytes() }.map(Bytes::copy_from_slice)
}

/// Takes a share in a value that an exotic setter was given. QuickJS lends it, but rquickjs 0.14.0 hands it
/// on as if it were given away (`VTable::set_property_impl`), and so gives a share back that it never had.
/// The version is pinned for this.
pub(crate) fn keep_lent<'js>(ctx: &Ctx<'js>, value: &Value<'js>) {
    // SAFETY: both are alive; the share taken here is the one that the caller's value gives back.
    unsafe { qjs::JS_DupValue(ctx.as_raw().as_ptr(), value.as_raw()) };
}
