//! Nodes that keep and find data.

pub mod database;
pub mod sql;
pub mod store;

/// The folder that the server keeps its data in: a service that it lends to nodes. Paths of embedded databases
/// are relative to it.
#[derive(Clone, Debug)]
pub struct DataFolder(pub std::path::PathBuf);
