//! Who else has the flows open, and what the others are told of this editor.

use model::json::{Json, Object};

use super::Id;

/// Somebody else who has the flows open; the shape stands in [`model::api::Present`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Other {
    /// Tells them apart.
    pub client: String,
    /// The name; empty where nobody knows it.
    pub name: String,
    /// Number of their colour.
    pub colour: u8,
    /// The tab that they look at.
    pub tab: Option<Id>,
    /// What they selected on it.
    pub selection: Vec<Id>,
    /// The node whose form they edit.
    pub editing: Option<Id>,
}

/// How many colours there are.
const COLOURS: u8 = 8;

/// Reads who is here, without oneself.
pub fn read(data: &Json) -> Vec<Other> {
    let clients = data.get("clients").and_then(Json::as_array).unwrap_or_default();
    let others = clients.iter().filter(|one| one.get("you").and_then(Json::as_bool) != Some(true));
    others.filter_map(read_one).collect()
}

fn read_one(one: &Json) -> Option<Other> {
    let text = |key: &str| one.get(key).and_then(Json::as_str);
    let id = |key: &str| text(key).map(Id::from);
    let selection = one.get("selection").and_then(Json::as_array).unwrap_or_default();
    Some(Other {
        client: text("client")?.to_owned(),
        name: text("name").unwrap_or_default().to_owned(),
        colour: one.get("colour").and_then(Json::as_f64).unwrap_or_default() as u8 % COLOURS,
        tab: id("tab"),
        selection: selection.iter().filter_map(Json::as_str).map(Id::from).collect(),
        editing: id("editing"),
    })
}

/// Who edits the form of a node; the first where there are several.
pub fn editor_of<'a>(others: &'a [Other], node: &str) -> Option<&'a Other> {
    others.iter().find(|other| other.editing.as_deref() == Some(node))
}

/// Up to two letters that stand for a name.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().next());
    let (first, last) = (words.next(), words.next_back());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// What the others are told of this editor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Own {
    /// The tab that is shown.
    pub tab: Option<Id>,
    /// What is selected on it.
    pub selection: Vec<Id>,
    /// The node whose form is being edited.
    pub editing: Option<Id>,
    /// What its user wants to be called.
    pub name: String,
}

/// So many selected things are told of at most; the server takes no more.
const SELECTION: usize = 200;

impl Own {
    /// The frame that tells it.
    pub fn frame(&self) -> String {
        let id = |id: &Option<Id>| id.as_deref().map_or(Json::Null, Json::from);
        let selection = self.selection.iter().take(SELECTION).map(|id| Json::from(id.as_ref()));
        let mut own = Object::new();
        own.insert("tab", id(&self.tab));
        own.insert("selection", Json::Array(selection.collect()));
        own.insert("editing", id(&self.editing));
        own.insert("name", self.name.as_str());
        let mut frame = Object::new();
        frame.insert("presence", Json::Object(own));
        Json::Object(frame).to_js_string()
    }
}

/// Lets one frame out at a time, with a rest after each; of those that come meanwhile the last goes out.
#[derive(Debug, Default)]
pub struct Outbox {
    said: Option<String>,
    waiting: Option<String>,
    rests: bool,
}

impl Outbox {
    /// There is something to say. Gives it back where it is to be sent now; a rest follows.
    pub fn say(&mut self, frame: String) -> Option<String> {
        if self.said.as_ref() == Some(&frame) {
            self.waiting = None;
            return None;
        }
        if self.rests {
            self.waiting = Some(frame);
            return None;
        }
        self.rests = true;
        self.said = Some(frame.clone());
        Some(frame)
    }

    /// The rest is over. Gives back what is to be sent now; another rest follows it.
    pub fn rested(&mut self) -> Option<String> {
        self.rests = false;
        let frame = self.waiting.take()?;
        self.say(frame)
    }

    /// Nobody knows any more what was said: the connection is gone.
    pub fn forget(&mut self) {
        (self.said, self.waiting) = (None, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_others() {
        let frame = r#"{"clients":[
            {"client":"1","name":"Ann Lee","colour":9,"tab":"t","selection":["a",7,"b"],"editing":"a","you":false},
            {"client":"2","name":"me","colour":1,"tab":"t","selection":["a"],"editing":"a","you":true},
            {"client":"3","selection":null,"editing":null}, {"name":"no client"}, 7]}"#;
        let others = read(&Json::parse(frame).unwrap());
        assert_eq!(others.len(), 2);
        let ann = &others[0];
        assert_eq!((ann.name.as_str(), ann.colour, ann.tab.as_deref()), ("Ann Lee", 1, Some("t")));
        assert_eq!(ann.selection, ["a".into(), "b".into()] as [Id; 2]);
        assert_eq!(others[1], Other { client: "3".into(), ..Other::default() });
        assert_eq!(editor_of(&others, "a"), Some(ann));
        assert_eq!(editor_of(&others, "b"), None);
        assert_eq!(read(&Json::Null), []);
    }

    #[test]
    fn initials_are_of_the_first_and_the_last_word() {
        for (name, expected) in [("", ""), ("ann", "A"), ("Ann van der Lee", "AL"), ("Guest 12", "G1")] {
            assert_eq!(initials(name), expected, "{name}");
        }
    }

    #[test]
    fn the_frame_is_what_the_server_reads() {
        let own = Own { tab: Some("t".into()), selection: vec!["a".into()], ..Own::default() };
        assert_eq!(own.frame(), r#"{"presence":{"tab":"t","selection":["a"],"editing":null,"name":""}}"#);
        let many = Own { selection: (0..500).map(|at| at.to_string().into()).collect(), ..Own::default() };
        assert_eq!(many.frame().matches(',').count(), SELECTION - 1 + 3);
    }

    #[test]
    fn the_last_of_what_comes_during_a_rest_goes_out_after_it() {
        let mut outbox = Outbox::default();
        let say = |outbox: &mut Outbox, frame: &str| outbox.say(frame.to_owned());
        assert_eq!(say(&mut outbox, "a").as_deref(), Some("a"));
        assert_eq!((say(&mut outbox, "b"), say(&mut outbox, "c")), (None, None));
        assert_eq!(outbox.rested().as_deref(), Some("c"));
        // Back where it was: nothing is left to say.
        assert_eq!((say(&mut outbox, "d"), say(&mut outbox, "c")), (None, None));
        assert_eq!(outbox.rested(), None);
        assert_eq!(say(&mut outbox, "c"), None);
        outbox.forget();
        assert_eq!(say(&mut outbox, "c").as_deref(), Some("c"));
    }
}
