//! What a script sends, under the delivery and id of the message that it came of.

use std::sync::Arc;

use engine::node::Out;
use engine::observe::Level;
use engine::{Delivery, Message, NodeError, Object, Value};
use model::text::Text;

use crate::sandbox::Outputs;

/// The message that a call was made for, as far as what it sends needs it.
#[derive(Clone, Default)]
pub(super) struct Origin {
    pub call: u32,
    pub id: Option<Value>,
    pub delivery: Option<Delivery>,
}

/// Sends what a script gave, each under the delivery and id of the message that it came of.
pub(super) fn emit(outputs: Outputs, origin: &Origin, out: &mut Out<'_>) {
    match outputs {
        Outputs::None => {}
        Outputs::One(message) => send(0, message, origin, out),
        Outputs::Many(all) => {
            for (port, message) in all {
                match message {
                    Ok(message) => send(port, message, origin, out),
                    Err(type_name) => {
                        let error =
                            NodeError::key("function.error.non-message-returned").with("type", type_name);
                        let mut about = Message::default();
                        about.set_delivery(origin.delivery.clone());
                        out.error(error, Some(about));
                    }
                }
            }
        }
    }
}

fn send(port: usize, properties: Arc<Object>, origin: &Origin, out: &mut Out<'_>) {
    match admitted(restore(properties, origin), out) {
        Some(message) => out.send(port, message),
        None => out.log(Level::Warn, Text::key("function.error.dropped")),
    }
}

/// A message under a delivery. One of no message makes the script a source, which cannot wait: nothing when the flow
/// is full.
pub(super) fn admitted(mut message: Message, out: &mut Out<'_>) -> Option<Message> {
    if message.delivery().is_none() {
        let delivery = out.try_admit();
        if delivery.is_none() {
            out.count_dropped();
        }
        message.set_delivery(Some(delivery?));
    }
    Some(message)
}

/// A message of these properties under the delivery and id of its origin.
pub(super) fn restore(properties: Arc<Object>, origin: &Origin) -> Message {
    let mut message = match &origin.id {
        Some(id) if properties.get("_msgid") != Some(id) => {
            let mut properties = properties;
            Arc::make_mut(&mut properties).insert("_msgid", id.clone());
            Message::from_object(properties)
        }
        _ => Message::from_object(properties),
    };
    message.set_delivery(origin.delivery.clone());
    message
}

pub(super) fn origin_of_message(call: u32, message: &Message) -> Origin {
    Origin { call, id: message.get("_msgid").cloned(), delivery: message.delivery().cloned() }
}
