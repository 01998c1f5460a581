//! The crate's only unsafe code: what QuickJS's bindings ask for and cannot check.
#![allow(unsafe_code)]

use bytes::Bytes;
use rquickjs::{ArrayBuffer, JsLifetime, TypedArray};

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
