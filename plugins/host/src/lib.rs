//! Sandboxed plugin nodes: WebAssembly components that meet `plugins/wit/node.wit`, run by wasmtime.
//!
//! ```text
//! Host::new -> Host::load(bytes) -> Plugin -> Plugin::factory(grants) -> Registry::add_plugin
//! ```
//!
//! A [`Plugin`] is a component that was checked, compiled and asked to describe itself. With what an administrator
//! granted it becomes a node type like any other. It can harm nobody: its memory, time, output and calls have
//! [`Limits`], and it reaches nothing but what it imports and was granted.

mod access;
mod apart;
mod bindings;
mod budget;
mod cache;
mod capability;
mod check;
mod error;
mod factory;
mod fault;
#[cfg(any(test, feature = "fuzzing"))]
#[cfg_attr(test, allow(dead_code))]
pub mod fuzzing;
pub mod german;
mod host;
mod imports;
mod inline;
mod instance;
mod json;
mod life;
mod manifest;
mod paths;
mod plugin;
mod services;
mod state;
mod task;
mod ticker;
mod unchecked;

pub use capability::{Capabilities, Capability, ClockAccess, HttpAccess, KvAccess, MqttAccess, RandomAccess};
pub use error::{LoadError, TEXTS};
pub use host::{Host, Limits, Options};
pub use plugin::Plugin;
pub use services::{Http, HttpRequest, HttpResponse, Kv, Mqtt, MqttMessage, Publish, Services, Subscription};
