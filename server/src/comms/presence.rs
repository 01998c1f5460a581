//! Who has the flows open, and where: kept from what connections say of themselves.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ecow::EcoString;
use model::api::{PRESENCE_TOPIC, Presence, Present, WhoIsHere};
use tokio::sync::Notify;
use tokio::time::sleep;

use super::hub::{Client, Hub};
use super::item::{Data, Item};

/// The pause between two frames.
const PAUSE: Duration = Duration::from_millis(200);
/// Characters of a name that an editor says; more are cut.
const NAME_LENGTH: usize = 60;
/// Ids in a selection; more are cut.
const SELECTION: usize = 200;
/// Characters of an id; a longer one is left out.
const ID_LENGTH: usize = 200;
/// Connections that are told of; those who came after them are not seen until somebody goes.
const MOST_TOLD: usize = 100;
/// Colours to tell them apart.
const COLOURS: u8 = 8;

/// Everybody who said something of themselves.
#[derive(Default)]
pub(super) struct Presences {
    /// In the order in which they came, by the number of their connection.
    here: Mutex<Vec<(u64, Present)>>,
    changed: Notify,
}

impl Presences {
    /// A connection says where it is. A `user` that is known counts more than the name that it says.
    pub(super) fn said(&self, connection: u64, user: Option<&str>, said: Presence) {
        let name = user.map_or_else(|| bounded_name(&said.name), EcoString::from);
        let mut here = self.lock();
        let at = here.iter().position(|(other, _)| *other == connection);
        let colour = at.map_or_else(|| free_colour(&here), |at| here[at].1.colour);
        let now = Present {
            client: ecow::eco_format!("{connection}"),
            name,
            colour,
            tab: said.tab.filter(is_id),
            selection: said.selection.into_iter().filter(is_id).take(SELECTION).collect(),
            editing: said.editing.filter(is_id),
            you: false,
        };
        match at {
            Some(at) if here[at].1 == now => return,
            Some(at) => here[at].1 = now,
            None => here.push((connection, now)),
        }
        drop(here);
        self.changed.notify_one();
    }

    /// A connection has ended.
    pub(super) fn left(&self, connection: u64) {
        let mut here = self.lock();
        let before = here.len();
        here.retain(|(other, _)| *other != connection);
        if here.len() < before {
            self.changed.notify_one();
        }
    }

    /// Tells clients that subscribed to it who is here.
    pub(super) fn tell<'a>(&self, clients: impl IntoIterator<Item = &'a Client>) {
        // Under the lock, so that what is told last is also what is so.
        let here = self.lock();
        for client in clients {
            client.offer_made(PRESENCE_TOPIC, || {
                Item::new(PRESENCE_TOPIC, Data::Presence(seen_by(client.number, &here)))
            });
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(u64, Present)>> {
        // A panic of another holder leaves nothing half done in here.
        self.here.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells those who subscribed when somebody comes, moves or goes, for ever.
pub(crate) async fn tell_presence(hub: std::sync::Arc<Hub>) {
    loop {
        hub.presences.changed.notified().await;
        hub.tell_presence();
        sleep(PAUSE).await;
    }
}

fn seen_by(connection: u64, here: &[(u64, Present)]) -> WhoIsHere {
    let told = here.iter().take(MOST_TOLD);
    let clients = told.map(|(other, present)| Present { you: *other == connection, ..present.clone() });
    WhoIsHere { clients: clients.collect() }
}

/// The colour that the fewest have.
fn free_colour(here: &[(u64, Present)]) -> u8 {
    let used = |colour: &u8| here.iter().filter(|(_, present)| present.colour == *colour).count();
    (0..COLOURS).min_by_key(used).unwrap_or_default()
}

fn bounded_name(said: &str) -> EcoString {
    let shown = said.trim().chars().filter(|character| !character.is_control());
    shown.take(NAME_LENGTH).collect()
}

fn is_id(id: &EcoString) -> bool {
    !id.is_empty() && id.chars().count() <= ID_LENGTH
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(tab: &str) -> Presence {
        Presence { tab: Some(tab.into()), ..Presence::default() }
    }

    fn told(presences: &Presences, connection: u64) -> Vec<Present> {
        seen_by(connection, &presences.lock()).clients
    }

    #[test]
    fn everybody_is_there_once_until_they_go() {
        let presences = Presences::default();
        presences.said(4, Some("ann"), Presence { name: "boss".into(), ..at("t") });
        presences.said(7, None, Presence { name: " Rae\n\u{7} ".into(), ..at("t") });
        presences.said(4, Some("ann"), at("u"));
        let clients = told(&presences, 7);
        let names: Vec<_> = clients.iter().map(|one| (one.client.as_str(), one.name.as_str())).collect();
        assert_eq!(names, [("4", "ann"), ("7", "Rae")]);
        assert_eq!((clients[0].tab.as_deref(), clients[0].you, clients[1].you), (Some("u"), false, true));
        presences.left(4);
        presences.left(4);
        assert_eq!(told(&presences, 4).len(), 1);
    }

    #[test]
    fn colours_differ_as_long_as_there_are_enough_and_are_given_back() {
        let presences = Presences::default();
        (0..9).for_each(|connection| presences.said(connection, None, at("t")));
        let colours =
            |presences: &Presences| -> Vec<u8> { told(presences, 0).iter().map(|one| one.colour).collect() };
        assert_eq!(colours(&presences), [0, 1, 2, 3, 4, 5, 6, 7, 0]);
        presences.left(3);
        presences.said(20, None, at("t"));
        assert_eq!(colours(&presences).last(), Some(&3));
        // Whoever moves keeps it.
        presences.said(20, None, at("u"));
        assert_eq!(colours(&presences).last(), Some(&3));
    }

    #[test]
    fn what_is_said_is_bounded() {
        let presences = Presences::default();
        let said = Presence {
            tab: Some("t".repeat(ID_LENGTH + 1).into()),
            selection: (0..SELECTION + 5).map(|number| ecow::eco_format!("n{number}")).collect(),
            editing: Some("".into()),
            name: "ü".repeat(NAME_LENGTH + 5).into(),
        };
        presences.said(1, None, said);
        let one = told(&presences, 1).remove(0);
        assert_eq!((one.tab, one.editing), (None, None));
        assert_eq!((one.selection.len(), one.name.chars().count()), (SELECTION, NAME_LENGTH));
        (2..200).for_each(|connection| presences.said(connection, None, at("t")));
        assert_eq!(told(&presences, 1).len(), MOST_TOLD);
    }
}
