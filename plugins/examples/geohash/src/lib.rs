//! `geohash`: positions into geohashes and back.

mod hash;

use hash::Position;
use wireloom_sdk::prelude::*;

#[derive(Config)]
struct Settings {
    /// # Action
    #[config(default = Action::Either)]
    action: Action,
    /// # Characters
    /// Of the geohash; each makes its area some 32 times smaller.
    #[config(default = 9, min = 1, max = 12)]
    precision: usize,
    /// # Property
    /// Of the message, such as `payload`.
    #[config(default = "payload", required)]
    property: Property,
}

#[derive(Clone, Copy, Config, PartialEq)]
enum Action {
    /// # Whichever fits
    Either,
    /// # Position to geohash
    Encode,
    /// # Geohash to position
    Decode,
}

struct Geohash(Settings);

impl Node for Geohash {
    type Settings = Settings;

    fn about() -> About {
        about!("geohash")
            .category("location")
            .colour("#a6d8c0")
            .icon("map-pin")
            .help(include_str!("help.md"))
            .parallel()
    }

    fn configure(settings: Settings, _: &Setup) -> Result<Self, Problems> {
        Ok(Self(settings))
    }

    fn on_message(&mut self, mut message: Message, out: &mut Out) -> Result<Progress, Failure> {
        let Settings { action, precision, property } = &self.0;
        let result = match (message.get(property)?, action) {
            (Value::Text(hash), Action::Either | Action::Decode) => decode(hash.trim())?.into(),
            (Value::Json(place), Action::Either | Action::Encode) => {
                let place = position(&place)
                    .ok_or_else(|| bad("no position with latitude and longitude in range"))?;
                Value::Text(hash::encode(place, *precision))
            }
            (_, Action::Encode) => {
                return Err(bad("no position, which is an object with latitude and longitude"));
            }
            (_, Action::Decode) => return Err(bad("no geohash, which is a text")),
            (_, Action::Either) => return Err(bad("neither a position nor a geohash")),
        };
        message.set(property, result)?;
        out.send(0, message);
        Ok(Progress::Done)
    }
}

fn bad(what: &str) -> Failure {
    Failure::new(format!("the property holds {what}")).code("BAD_INPUT")
}

fn decode(hash: &str) -> Result<Json, Failure> {
    let (middle, error) =
        hash::decode(hash).ok_or_else(|| Failure::new(format!("{hash} is no geohash")).code("BAD_INPUT"))?;
    let object = |place: Position| json!({ "latitude": place.latitude, "longitude": place.longitude });
    let mut place = object(middle);
    place["error"] = object(error);
    Ok(place)
}

/// The position that a value says, when it is one on earth.
fn position(value: &Json) -> Option<Position> {
    let number = |names: &[&str], index: usize| {
        let found = names.iter().find_map(|name| value.get(name)).or_else(|| value.get(index));
        Value::from(found?.clone()).to_number()
    };
    let latitude = number(&["latitude", "lat"], 0)?;
    let longitude = number(&["longitude", "lon", "lng"], 1)?;
    let is_on_earth = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
    is_on_earth.then_some(Position { latitude, longitude })
}

wireloom_sdk::export!(Geohash);

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(settings: Json, payload: Json) -> Result<Json, String> {
        let mut node = Harness::<Geohash>::new(settings).unwrap();
        let sent = node.send(json!({ "payload": payload })).map_err(|failure| failure.text)?;
        Ok(sent[0].1["payload"].clone())
    }

    #[test]
    fn positions_in_every_form() {
        for place in [
            json!({ "latitude": 57.64911, "longitude": "10.40744" }),
            json!({ "lat": 57.64911, "lng": 10.40744, "alt": 3 }),
            json!([57.64911, 10.40744]),
        ] {
            assert_eq!(answer(json!({ "precision": 7 }), place), Ok(json!("u4pruyd")));
        }
    }

    #[test]
    fn geohashes_become_positions() {
        let place = answer(json!({}), json!(" ezs42 ")).unwrap();
        let digits = |value: &Json| (value.as_f64().unwrap() * 1000.0).round();
        assert_eq!([digits(&place["latitude"]), digits(&place["longitude"])], [42605.0, -5603.0]);
        assert_eq!(digits(&place["error"]["latitude"]), 22.0);
    }

    #[test]
    fn what_does_not_fit_says_why() {
        let text = |settings, payload| answer(settings, payload).unwrap_err();
        assert_eq!(text(json!({}), json!(5)), "the property holds neither a position nor a geohash");
        assert_eq!(text(json!({}), json!("ail")), "ail is no geohash");
        assert_eq!(
            text(json!({}), json!([91, 0])),
            "the property holds no position with latitude and longitude in range"
        );
        assert!(text(json!({ "action": "encode" }), json!("ezs42")).contains("no position"));
        assert!(text(json!({ "action": "decode" }), json!([1, 2])).contains("no geohash"));
    }
}
