//! What is counted only when somebody wants to know.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::mpsc;

use super::Engine;
use crate::cell::CellEvent;

impl Engine {
    /// Has every cell count the messages that wait for its nodes or are kept by them, for
    /// [`crate::node::Counters::waiting`]. Waits until they have, or for `patience`: a cell that is busy with one
    /// long call counts after it.
    pub async fn count_waiting(&self, patience: Duration) {
        let (told, mut counted) = mpsc::channel(1);
        for node in self.nodes() {
            let Some(cell) = node.current_address().map(|address| address.cell) else { continue };
            // One question is enough, also where many ask.
            if !cell.is_counting.swap(true, Ordering::AcqRel) {
                let _ = cell.side.send(CellEvent::Count(told.clone()));
            }
        }
        drop(told);
        // Nothing is sent: the channel ends when the last cell lets go of it.
        let _ = tokio::time::timeout(patience, counted.recv()).await;
    }
}
