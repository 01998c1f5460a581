//! Cayenne LPP: readings as channel, type and number, one after another.

use serde_json::Map;
use wireloom_sdk::{Failure, Json, json};

use crate::bad;

/// A kind of reading.
struct Kind {
    code: u8,
    name: &'static str,
    form: Form,
}

/// How a reading is written, the high byte first.
enum Form {
    /// A number of so many bytes, that many to one of its unit.
    Unsigned(usize, f64),
    Signed(usize, f64),
    /// Three signed numbers of two bytes.
    Axes(f64),
    Gps,
    Colour,
}

use Form::{Axes, Colour, Gps, Signed, Unsigned};

const fn kind(code: u8, name: &'static str, form: Form) -> Kind {
    Kind { code, name, form }
}

/// The types of the format, and those that its common extension adds.
const KINDS: [Kind; 24] = [
    kind(0, "digitalInput", Unsigned(1, 1.0)),
    kind(1, "digitalOutput", Unsigned(1, 1.0)),
    kind(2, "analogInput", Signed(2, 100.0)),
    kind(3, "analogOutput", Signed(2, 100.0)),
    kind(100, "generic", Unsigned(4, 1.0)),
    kind(101, "illuminance", Unsigned(2, 1.0)),
    kind(102, "presence", Unsigned(1, 1.0)),
    kind(103, "temperature", Signed(2, 10.0)),
    kind(104, "humidity", Unsigned(1, 2.0)),
    kind(113, "acceleration", Axes(1000.0)),
    kind(115, "pressure", Unsigned(2, 10.0)),
    kind(116, "voltage", Unsigned(2, 100.0)),
    kind(117, "current", Unsigned(2, 1000.0)),
    kind(118, "frequency", Unsigned(4, 1.0)),
    kind(120, "percentage", Unsigned(1, 1.0)),
    kind(121, "altitude", Signed(2, 1.0)),
    kind(125, "concentration", Unsigned(2, 1.0)),
    kind(128, "power", Unsigned(2, 1.0)),
    kind(130, "distance", Unsigned(4, 1000.0)),
    kind(131, "energy", Unsigned(4, 1000.0)),
    kind(132, "direction", Unsigned(2, 1.0)),
    kind(133, "time", Unsigned(4, 1.0)),
    kind(134, "rotation", Axes(100.0)),
    kind(135, "colour", Colour),
];
const GPS: Kind = kind(136, "gps", Gps);
const SWITCH: Kind = kind(142, "switch", Unsigned(1, 1.0));

/// The readings by name and channel.
pub(crate) fn decode(bytes: &[u8]) -> Result<Json, Failure> {
    let mut readings = Map::new();
    let mut rest = bytes;
    while let [channel, code, after @ ..] = rest {
        let at = bytes.len() - after.len() - 1;
        let kind = KINDS.iter().chain([&GPS, &SWITCH]).find(|kind| kind.code == *code);
        let kind =
            kind.ok_or_else(|| bad(format!("byte {at} is {code}, which is no type of Cayenne LPP")))?;
        let read = after.split_at_checked(kind.form.length());
        let (value, after) = read.ok_or_else(|| bad(format!("the {} at byte {at} is cut off", kind.name)))?;
        readings.insert(format!("{}_{channel}", kind.name), kind.form.read(value));
        rest = after;
    }
    match rest {
        [] => Ok(readings.into()),
        _ => Err(bad("a byte is left over behind the last reading")),
    }
}

impl Form {
    fn length(&self) -> usize {
        match self {
            Unsigned(length, _) | Signed(length, _) => *length,
            Axes(_) => 6,
            Gps => 9,
            Colour => 3,
        }
    }

    fn read(&self, bytes: &[u8]) -> Json {
        match self {
            Unsigned(_, scale) => {
                number(bytes.iter().fold(0, |sum, byte| sum << 8 | i64::from(*byte)), *scale)
            }
            Signed(_, scale) => number(signed(bytes), *scale),
            Axes(scale) => {
                let axis = |at: usize| number(signed(&bytes[at..at + 2]), *scale);
                json!({ "x": axis(0), "y": axis(2), "z": axis(4) })
            }
            Gps => {
                let degrees = |at: usize| number(signed(&bytes[at..at + 3]), 10_000.0);
                let altitude = number(signed(&bytes[6..]), 100.0);
                json!({ "latitude": degrees(0), "longitude": degrees(3), "altitude": altitude })
            }
            Colour => json!({ "red": bytes[0], "green": bytes[1], "blue": bytes[2] }),
        }
    }
}

fn signed(bytes: &[u8]) -> i64 {
    let first = bytes.first().map_or(0, |byte| i64::from(byte.cast_signed()));
    bytes.iter().skip(1).fold(first, |sum, byte| sum << 8 | i64::from(*byte))
}

/// Whole numbers stay whole.
fn number(raw: i64, scale: f64) -> Json {
    let value = raw as f64 / scale;
    if value.fract() == 0.0 { json!(value as i64) } else { json!(value) }
}
