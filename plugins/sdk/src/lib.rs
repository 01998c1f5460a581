//! Write nodes for Wireloom: sandboxed plugins, compiled to WebAssembly components.
//!
//! ```
//! use wireloom_sdk::prelude::*;
//!
//! #[derive(Config)]
//! struct Settings {
//!     /// # Factor
//!     /// The payload is multiplied by it.
//!     #[config(default = 2, min = 0)]
//!     factor: f64,
//! }
//!
//! struct Times(f64);
//!
//! impl Node for Times {
//!     type Settings = Settings;
//!
//!     fn about() -> About {
//!         about!("times").category("function").icon("x").help("Multiplies `msg.payload`.")
//!     }
//!
//!     fn configure(settings: Settings, _: &Setup) -> Result<Self, Problems> {
//!         Ok(Self(settings.factor))
//!     }
//!
//!     fn on_message(&mut self, mut message: Message, out: &mut Out) -> Result<Progress, Failure> {
//!         let number = message.number("payload")?.ok_or_else(|| Failure::new("the payload is no number"))?;
//!         message.set("payload", number * self.0)?;
//!         out.send(0, message);
//!         Ok(Progress::Done)
//!     }
//! }
//!
//! wireloom_sdk::export!(Times);
//!
//! // In a test, natively: no WebAssembly, no server.
//! let mut node = Harness::<Times>::new(json!({ "factor": 3 })).unwrap();
//! assert_eq!(node.send(json!({ "payload": 14 })).unwrap(), [(0, json!({ "payload": 42 }))]);
//! ```
//!
//! `wireloom plugin new NAME` makes a project with this in it, `wireloom plugin build` its component.
//!
//! # The life of a node
//!
//! Each node of a flow is a value of a type that implements [`Node`]. [`Node::about`] says what it is, [`Node::configure`] makes it
//! from its [settings](config), [`Node::start`] is called once its wires are there, [`Node::on_message`] for each message,
//! [`Node::on_timer`] when a timer of [`Out::after`] is due, and [`Node::stop`] before it goes away. Calls never overlap.
//!
//! What a call sends, sets as a timer or shows as a status happens when the call has ended well: one that gives a [`Failure`] has
//! sent nothing, and a catch node gets the message. Every library's error becomes a failure with `?`.
//!
//! # Messages
//!
//! A [`Message`] stays with the host; [`Message::number`], [`Message::get`] and their like bring over what you ask for, by the paths
//! of Node-RED. Send it on, or let go of it, and the node is done with it. To end it later, keep it in the node and return
//! [`Progress::Kept`]: then it is [`Out::send`], [`Out::done`] or [`Out::fail`] that ends it, and a source that waits for the
//! outcome waits so long.
//!
//! # State
//!
//! The fields of the node live as long as it does. A call that panics, takes too long (50 ms as a rule) or wants too much memory
//! (64 MiB) costs the node its state: the host makes it anew. What must outlive that, and deploys, belongs into context
//! ([`Scope`]) or [`kv`].
//!
//! # What has to be granted
//!
//! [`http`], [`mqtt`], [`kv`], [`clock`] and [`random`]: using one of these modules is asking for it, and [`About`] says what of it
//! the plugin wants. An administrator sees that before the plugin is installed. There are no files, sockets and threads, and the
//! clocks of `std::time` panic.
//!
//! # Tests
//!
//! [`testing::Harness`] runs a node natively. Its clock stands still until it is moved, its random numbers are the same in every run, and
//! it refuses what the host would refuse.

// So that the derive works in this crate's own tests.
extern crate self as wireloom_sdk;

pub mod clock;
pub mod config;
mod context;
mod describe;
mod failure;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod guest;
mod host;
pub mod http;
pub mod kv;
mod message;
pub mod mqtt;
mod node;
mod out;
pub mod random;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod value;

pub use config::Config;
pub use context::Scope;
pub use describe::{About, Credential, Outputs};
pub use failure::{Failure, Problems};
pub use message::Message;
pub use node::{Node, NodeInfo, Progress, Setup};
pub use out::{Fill, Level, Out, Shape};
pub use serde_json::{Value as Json, json};
pub use value::Value;
pub use wireloom_sdk_derive::Config;

/// What nearly every plugin uses.
pub mod prelude {
    pub use crate::config::Property;
    #[cfg(not(target_arch = "wasm32"))]
    pub use crate::testing::Harness;
    pub use crate::{
        About, Config, Credential, Failure, Fill, Json, Level, Message, Node, Out, Outputs, Problems,
        Progress, Scope, Setup, Shape, Value, about, json,
    };
}

#[doc(hidden)]
pub mod __private {
    pub use serde_json::json;

    pub use crate::describe::CrateFields;
}

/// Makes the component of a plugin: `export!(MyNode);`, once, in its `lib.rs`. Natively it only sees that it is a node.
#[cfg(not(target_arch = "wasm32"))]
#[macro_export]
macro_rules! export {
    ($node:ty) => {
        const _: fn() -> $crate::About = <$node as $crate::Node>::about;
    };
}
