//! Nodes that keep and find data.

pub mod database;
mod encoding;
pub mod file;
pub mod file_in;
mod file_name;
pub mod sql;
pub mod store;
pub mod watch;

pub use file_name::WorkingFolder;

/// The folder that the server keeps its data in: a service that it lends to nodes. Paths of embedded databases
/// are relative to it.
#[derive(Clone, Debug)]
pub struct DataFolder(pub std::path::PathBuf);
