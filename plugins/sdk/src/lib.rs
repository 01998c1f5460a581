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
//! What a plugin may do beyond that it has to be granted: [`http`], [`mqtt`], [`kv`], [`clock`] and [`random`]. Using one
//! of these modules is asking for it; say in [`About`] what of it you want.

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
