//! What goes wrong in one place stays there: the other cells' messages keep flowing, nothing is stored twice,
//! nothing that was acknowledged is lost.

mod database;
mod growth;
mod killed;
mod panics;
mod postgres;
mod publisher;
mod readings;
mod scripts;
