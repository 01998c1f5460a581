//! A function node's link calls: from the call to its answer, or to the reason why there is none.

use std::sync::Arc;
use std::time::Duration;

use engine::node::{Out, TimerId};
use engine::{Message, NodeError, Object, Value};

use super::sending::{Origin, admitted, restore};
use super::{FIRST_LINK_TOKEN, ScriptNode};

/// So many link calls may be under way at once; one more is rejected.
const LINK_LIMIT: usize = 10_000;

/// A link call that waits for its answer.
pub(super) struct Link {
    /// The number by which JavaScript knows it.
    pub id: u32,
    pub timer: TimerId,
    /// What goes on with the answer belongs to the message that the call was made for.
    pub origin: Origin,
    /// Why there will be no answer.
    failure: Option<NodeError>,
}

impl ScriptNode {
    /// Makes a link call; `id` is the number by which JavaScript knows it.
    pub(super) fn call_link(
        &mut self,
        id: u32,
        target: &str,
        message: Arc<Object>,
        timeout: Duration,
        mut origin: Origin,
        out: &mut Out<'_>,
    ) {
        let called = if self.links.len() >= LINK_LIMIT {
            Err(NodeError::key("function.error.too-many-links").with("limit", LINK_LIMIT))
        } else if let Some(message) = admitted(restore(message, &origin), out) {
            // What a source asks for goes on under the delivery that its question was let in with.
            origin.delivery = message.delivery().cloned();
            out.call_link(target, message)
        } else {
            Err(NodeError::key("function.error.dropped"))
        };
        // One that failed is told from outside of this turn: code that tries again for ever must let others run.
        let (key, failure, timeout) = match called {
            Ok(key) => (key, None, timeout),
            Err(error) => (engine::message::new_id(), Some(error), Duration::ZERO),
        };
        let timer = out.after(timeout, FIRST_LINK_TOKEN + u64::from(id));
        self.links.insert(key, Link { id, timer, origin, failure });
    }

    /// A link call is answered, or will not be.
    pub(super) fn end_link(
        &mut self,
        link: Link,
        answer: Option<Message>,
        out: &mut Out<'_>,
    ) -> Result<(), NodeError> {
        let Some(sandbox) = &self.sandbox else { return Ok(()) };
        // The answer is work under way, maybe that of other messages too, until what goes on with it has run.
        let _held = answer.as_ref().and_then(|message| message.delivery().cloned());
        let properties = match answer.map(|message| message.to_value()) {
            Some(Value::Object(properties)) => Ok(properties),
            _ => {
                let error = link.failure.unwrap_or_else(|| NodeError::key("engine.link-call.timeout"));
                Err(out.node().registry.render(&error.text))
            }
        };
        let ended = sandbox.answer(link.id, link.origin.call, properties);
        self.go_on(ended, &link.origin, out)
    }
}
