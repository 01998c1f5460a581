//! Values and messages, graph, cells, delivery, deploy, context.
//!
//! The engine knows no node, no HTTP and no WASM: node types reach it through [`node::NodeFactory`], and
//! what happens leaves it through [`observe::Observer`].

mod cell;
pub mod context;
pub mod delivery;
mod engine;
pub mod env;
pub mod error;
pub mod german;
mod graph;
pub mod inspect;
pub mod js;
pub mod message;
pub mod node;
pub mod observe;
mod plan;
pub mod registry;
pub mod testing;
pub mod typed;
pub mod value;

/// Credentials of nodes as these get them: by document id and property.
pub type Credentials = std::collections::HashMap<String, std::collections::HashMap<String, String>>;

pub use cell::{HELD_MESSAGES, Hold, Holding};
pub use delivery::{Delivery, Gate, Outcome};
pub use engine::{CommandError, DeployKind, DeployReport, Engine, Options, PlannedDeploy, Problem, Setup};
pub use error::NodeError;
pub use message::Message;
pub use value::{Handle, Object, Value};
