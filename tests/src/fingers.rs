//! Fingers on a touch screen: what the browser's own protocol makes of them, so that they go the way of real ones.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use crate::browser::Browser;
use crate::hands::Place;

/// Moves between where a finger comes down and where it goes up.
const STEPS: usize = 6;
/// What a device lets pass between two of them.
const FRAME: Duration = Duration::from_millis(16);
/// How long a finger stays where it arrives.
const REST: Duration = Duration::from_millis(200);
/// Longer than a finger rests before it means something else.
const LONG: Duration = Duration::from_millis(900);

/// What a person lets pass before a tap: one that follows sooner is half of a double tap to the browser.
const PAUSE: Duration = Duration::from_millis(400);

/// A device that is touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its name, for pictures.
    pub name: &'static str,
    /// Width of its page in CSS pixels.
    pub width: u32,
    /// Height of its page in CSS pixels.
    pub height: u32,
}

/// A tablet on its side.
pub const TABLET: Device = Device { name: "tablet", width: 1024, height: 768 };
/// A tablet upright.
pub const TABLET_UPRIGHT: Device = Device { name: "tablet-upright", width: 820, height: 1180 };
/// A phone.
pub const PHONE: Device = Device { name: "phone", width: 390, height: 844 };

impl Browser {
    /// Becomes a device: its size, and fingers in place of a mouse. Before a page is opened.
    pub async fn become_device(&self, device: Device) {
        let metrics =
            json!({ "width": device.width, "height": device.height, "deviceScaleFactor": 1, "mobile": true });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        let touch = json!({ "enabled": true, "maxTouchPoints": 5 });
        self.devtools("Emulation.setTouchEmulationEnabled", touch).await;
    }

    /// Taps.
    pub async fn tap(&self, at: Place) {
        sleep(PAUSE).await;
        self.down_and_up(at).await;
    }

    async fn down_and_up(&self, at: Place) {
        self.touch("touchStart", &[at]).await;
        self.touch("touchEnd", &[]).await;
    }

    /// Taps the middle of an element.
    pub async fn tap_on(&self, css: &str) {
        self.tap(self.middle_of(css).await).await;
    }

    /// Taps twice.
    pub async fn double_tap(&self, at: Place) {
        self.tap(at).await;
        self.down_and_up(at).await;
    }

    /// Puts a finger down and leaves it there for long.
    pub async fn long_press(&self, at: Place) {
        self.touch("touchStart", &[at]).await;
        sleep(LONG).await;
        self.touch("touchEnd", &[]).await;
    }

    /// Puts a finger down, leaves it there for long, then goes on along these places.
    pub async fn hold_and_swipe(&self, places: &[Place]) {
        self.touch("touchStart", &places[..1]).await;
        sleep(LONG).await;
        for way in places.windows(2) {
            for step in 1..=STEPS {
                let share = step as f64 / STEPS as f64;
                let between = |from: f64, to: f64| from + (to - from) * share;
                let at = (between(way[0].0, way[1].0), between(way[0].1, way[1].1));
                self.touch("touchMove", &[at]).await;
                sleep(FRAME).await;
            }
        }
        sleep(REST).await;
        self.touch("touchEnd", &[]).await;
    }

    /// Goes from one place to another with a finger.
    pub async fn swipe(&self, from: Place, to: Place) {
        self.fingers(&[(from, to)]).await;
    }

    /// Goes with several fingers at once, each from its first place to its second.
    pub async fn fingers(&self, ways: &[(Place, Place)]) {
        let at = |share: f64| -> Vec<Place> {
            let between = |from: f64, to: f64| from + (to - from) * share;
            ways.iter().map(|(from, to)| (between(from.0, to.0), between(from.1, to.1))).collect()
        };
        // One after the other, as fingers come.
        for count in 1..=ways.len() {
            self.touch("touchStart", &at(0.0)[..count]).await;
        }
        for step in 1..=STEPS {
            self.touch("touchMove", &at(step as f64 / STEPS as f64)).await;
            sleep(FRAME).await;
        }
        // Lifted in full flight, it would throw what scrolls, and the next tap would only stop that.
        sleep(REST).await;
        self.touch("touchEnd", &[]).await;
    }

    /// All fingers that are down, and where.
    async fn touch(&self, kind: &str, places: &[Place]) {
        let point =
            |(id, (x, y)): (usize, &Place)| json!({ "x": x, "y": y, "id": id, "radiusX": 8, "radiusY": 8 });
        let points: Vec<Value> = places.iter().enumerate().map(point).collect();
        self.devtools("Input.dispatchTouchEvent", json!({ "type": kind, "touchPoints": points })).await;
    }
}
