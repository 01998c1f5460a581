//! Positions in the forms that messages have them.

use engine::js;
use engine::{Object, Value};

/// A position in degrees; may be off the Earth until it is checked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Position {
    pub latitude: f64,
    pub longitude: f64,
}

impl Position {
    /// The position that a value holds: an object with it, or a GeoJSON point.
    pub(super) fn find(value: &Value) -> Option<Self> {
        Self::find_in(value.as_object()?)
    }

    /// The position among these properties.
    pub(super) fn find_in(object: &Object) -> Option<Self> {
        for (latitude, longitude) in [("lat", "lon"), ("latitude", "longitude"), ("lat", "lng")] {
            if let (Some(latitude), Some(longitude)) = (object.get(latitude), object.get(longitude)) {
                return Some(Self { latitude: degrees(latitude), longitude: degrees(longitude) });
            }
        }
        // RFC 7946, 3.1.1: longitude comes first; a feature holds its point in `geometry`.
        if object.get("type").and_then(Value::as_str) == Some("Feature") {
            return Self::find(object.get("geometry")?);
        }
        if object.get("type").and_then(Value::as_str) != Some("Point") {
            return None;
        }
        let coordinates = object.get("coordinates")?.as_array()?;
        Some(Self { longitude: degrees(coordinates.first()?), latitude: degrees(coordinates.get(1)?) })
    }
}

/// A number, or a text with one; NaN for anything else, also for what JavaScript would take for 0.
fn degrees(value: &Value) -> f64 {
    match value {
        Value::Number(number) => *number,
        Value::String(text) if !text.trim().is_empty() => js::text_to_number(text),
        _ => f64::NAN,
    }
}
