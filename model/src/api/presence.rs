//! Who has the flows open, and where: what editors say of themselves over `/comms`, and what they hear of each other.

use ecow::EcoString;
use serde::{Deserialize, Serialize};

/// Topic of who is here ([`WhoIsHere`]).
pub const PRESENCE_TOPIC: &str = "presence";

/// What an editor says of itself. What is left out is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Presence {
    /// The tab that it shows.
    pub tab: Option<EcoString>,
    /// Ids of what is selected on it.
    pub selection: Vec<EcoString>,
    /// The node whose form is being edited.
    pub editing: Option<EcoString>,
    /// What its user wants to be called; a log-in knows better.
    pub name: EcoString,
}

/// What the topic `presence` carries: everybody who said something of themselves, in the order in which they came. It is
/// told when something changed, five times a second at most, and at once to whoever subscribes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhoIsHere {
    /// One for each connection.
    pub clients: Vec<Present>,
}

/// Somebody who is here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Present {
    /// Tells connections apart.
    pub client: EcoString,
    /// The user's name, else what the editor said; it may be empty.
    pub name: EcoString,
    /// Number of a colour, 0 to 7: others have another one as long as there are enough.
    pub colour: u8,
    /// [`Presence::tab`].
    pub tab: Option<EcoString>,
    /// [`Presence::selection`].
    pub selection: Vec<EcoString>,
    /// [`Presence::editing`].
    pub editing: Option<EcoString>,
    /// Whether that is who is told.
    pub you: bool,
}
