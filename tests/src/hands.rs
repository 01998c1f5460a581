//! Mouse and keyboard, as a person uses them: places on the screen and keys, never a call into the page.

use std::time::Duration;

use fantoccini::actions::{
    Actions, InputSource, KeyAction, KeyActions, MOUSE_BUTTON_LEFT, MOUSE_BUTTON_RIGHT, MouseActions,
    PointerAction,
};
use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::browser::Browser;

/// How long the mouse takes from place to place.
const GLIDE: Duration = Duration::from_millis(20);

/// A place on the page, in pixels from its upper left corner.
pub type Place = (f64, f64);

impl Browser {
    /// Presses at one place, moves to the other and lets go.
    pub async fn drag(&self, from: Place, to: Place) {
        self.drag_and_hold(from, to).await;
        self.let_go().await;
    }

    /// Lets the button go.
    pub async fn let_go(&self) {
        self.perform(MouseActions::new("mouse".into()).then(PointerAction::Up { button: MOUSE_BUTTON_LEFT }))
            .await;
    }

    /// Presses at one place and moves to the other.
    pub async fn drag_and_hold(&self, from: Place, to: Place) {
        let half = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
        let mouse = MouseActions::new("mouse".into())
            .then(move_to(from))
            .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
            .then(move_to(half))
            .then(move_to(to))
            // A page may take a frame to see where the mouse is.
            .then(PointerAction::Pause { duration: GLIDE });
        self.perform(mouse).await;
    }

    /// Clicks at a place.
    pub async fn click_at(&self, place: Place) {
        let mouse = MouseActions::new("mouse".into())
            .then(move_to(place))
            .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
            .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        self.perform(mouse).await;
    }

    /// Clicks at a place twice, as one does to open something.
    pub async fn double_click_at(&self, place: Place) {
        let click = |mouse: MouseActions| {
            mouse
                .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
                .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT })
        };
        self.perform(click(click(MouseActions::new("mouse".into()).then(move_to(place))))).await;
    }

    /// Clicks at a place with the right button.
    pub async fn menu_at(&self, place: Place) {
        let mouse = MouseActions::new("mouse".into())
            .then(move_to(place))
            .then(PointerAction::Down { button: MOUSE_BUTTON_RIGHT })
            .then(PointerAction::Up { button: MOUSE_BUTTON_RIGHT });
        self.perform(mouse).await;
    }

    /// Presses at one place, moves to the other and lets go, while keys are held down.
    pub async fn drag_with(&self, held: &[Key], from: Place, to: Place) {
        self.hold(held).await;
        self.drag(from, to).await;
        self.release(held).await;
    }

    /// Clicks at a place while keys are held down.
    pub async fn click_at_with(&self, held: &[Key], place: Place) {
        self.hold(held).await;
        self.click_at(place).await;
        self.release(held).await;
    }

    /// Clicks at places, one after the other, while keys are held down from the first to the last.
    pub async fn click_all_with(&self, held: &[Key], places: &[Place]) {
        self.hold(held).await;
        for place in places {
            self.click_at(*place).await;
        }
        self.release(held).await;
    }

    async fn hold(&self, keys: &[Key]) {
        let held = keys.iter().fold(KeyActions::new("keyboard".into()), |actions, key| {
            actions.then(KeyAction::Down { value: (*key).into() })
        });
        self.perform(held).await;
    }

    async fn release(&self, keys: &[Key]) {
        let released = keys.iter().rev().fold(KeyActions::new("keyboard".into()), |actions, key| {
            actions.then(KeyAction::Up { value: (*key).into() })
        });
        self.perform(released).await;
    }

    /// Moves the mouse to a place.
    pub async fn point_at(&self, place: Place) {
        self.perform(MouseActions::new("mouse".into()).then(move_to(place))).await;
    }

    /// Presses a key while others are held down.
    pub async fn press_with(&self, held: &[Key], key: char) {
        let mut keys = KeyActions::new("keyboard".into());
        for one in held {
            keys = keys.then(KeyAction::Down { value: (*one).into() });
        }
        keys = keys.then(KeyAction::Down { value: key }).then(KeyAction::Up { value: key });
        for one in held.iter().rev() {
            keys = keys.then(KeyAction::Up { value: (*one).into() });
        }
        self.perform(keys).await;
    }

    /// Presses a key.
    pub async fn press(&self, key: impl Into<char>) {
        self.press_with(&[], key.into()).await;
    }

    /// Types a text wherever the keyboard focus is.
    pub async fn type_text(&self, text: &str) {
        let mut keys = KeyActions::new("keyboard".into());
        for letter in text.chars() {
            let value = if letter == '\n' { Key::Enter.into() } else { letter };
            keys = keys.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        }
        self.perform(keys).await;
    }

    /// The middle of the first element that a CSS selector finds, scrolled into view.
    pub async fn middle_of(&self, css: &str) -> Place {
        self.element(css).await;
        let script = "const element = document.querySelector(arguments[0]);
            element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
            const box = element.getBoundingClientRect();
            return [box.left + box.width / 2, box.top + box.height / 2];";
        place_of(&self.run(script, vec![json!(css)]).await)
    }

    /// Where a place of the open flow is on the page.
    pub async fn place_in_flow(&self, (x, y): Place) -> Place {
        let script = "const place = document.getElementById('flow').getScreenCTM();
            return [place.a * arguments[0] + place.e, place.d * arguments[1] + place.f];";
        place_of(&self.run(script, vec![json!(x), json!(y)]).await)
    }

    async fn perform(&self, actions: impl Into<fantoccini::actions::ActionSequence>) {
        self.client().perform_actions(Actions::from(actions.into())).await.unwrap();
    }
}

fn move_to((x, y): Place) -> PointerAction {
    PointerAction::MoveTo { duration: Some(GLIDE), x, y }
}

fn place_of(value: &Value) -> Place {
    let number = |at: usize| value[at].as_f64().unwrap();
    (number(0), number(1))
}

impl Browser {
    /// Puts a text in where the keyboard focus is, all at once: what pasting does.
    pub async fn insert_text(&self, text: &str) {
        self.devtools("Input.insertText", json!({ "text": text })).await;
    }
}
