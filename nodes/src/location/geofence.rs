//! `geofence`: whether a position is inside an area.

use engine::js;
use engine::js::path::PropertyPath;
use engine::node::{BuildContext, BuildError, Built, FunctionNode, Out, Progress};
use engine::registry::NodeType;
use engine::{Message, NodeError, Object, Value};
use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::config::{Problems, number_or_text, text};

mod area;
mod position;

use area::Area;
use position::Position;

/// The node type.
pub const NODE: NodeType = NodeType { name: "geofence", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[
    ("geofence.label", "geofence"),
    ("geofence.mode", "{mode} is not a shape; choose circle or polyline"),
    ("geofence.filter", "{filter} is not a choice; use true, false or both"),
    ("geofence.centre", "a circle needs a centre: latitude from -90 to 90, longitude from -180 to 180"),
    ("geofence.radius", "a circle needs a radius of more than 0 m"),
    ("geofence.point", "a corner needs a latitude from -90 to 90 and a longitude from -180 to 180"),
    ("geofence.points", "an area needs at least three corners"),
    (
        "geofence.no-position",
        "the message has no position; it is looked for in {place} as lat and lon, latitude and longitude, or a GeoJSON point",
    ),
    (
        "geofence.position",
        "latitude {latitude}, longitude {longitude} is no position: they go from -90 to 90 and from -180 to 180 degrees",
    ),
];

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
struct Config {
    /// # Shape
    #[schemars(extend("x-widget" = "choice", "enum" = ["circle", "polyline"],
        "x-enum-titles" = ["Circle", "Area with corners"]))]
    mode: String,
    /// # Centre
    /// Of the circle: `latitude` and `longitude` in degrees.
    #[schemars(extend("x-widget" = "area", "x-show-if" = {"mode": ["circle"]}))]
    centre: Json,
    /// # Radius
    /// Of the circle, in metres.
    #[serde(deserialize_with = "number_or_text")]
    #[schemars(extend("exclusiveMinimum" = 0, "x-show-if" = {"mode": ["circle"]}))]
    rad: Option<f64>,
    /// # Corners
    /// Of the area, in order: `latitude` and `longitude` in degrees.
    #[schemars(extend("x-widget" = "area", "x-show-if" = {"mode": ["polyline"]}))]
    points: Vec<Json>,
    /// # Pass on
    /// Which messages go on, with one output.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["true", "false", "both"],
        "x-enum-titles" = ["Those inside", "Those outside", "All, with the result in msg.location"],
        "x-show-if" = {"outputs": [1, null]}))]
    inside: String,
    /// # Outputs
    /// With two, those inside go out of the first and those outside out of the second.
    #[serde(deserialize_with = "number_or_text")]
    #[schemars(extend("minimum" = 1, "maximum" = 2))]
    outputs: Option<f64>,
    /// # Property
    /// Where the position is; empty looks in `msg.location`, `msg` and `msg.payload`.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "typed", "x-types" = ["msg"], "x-reads" = true))]
    property: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            mode: "circle".into(),
            centre: Json::Null,
            rad: None,
            points: Vec::new(),
            inside: "true".into(),
            outputs: Some(1.0),
            property: String::new(),
        }
    }
}

const HELP: &str = "\
Tells whether a position is inside a circle or an area, and how far it is from the middle.

**Takes** a position in `msg.location`, `msg` or `msg.payload`, or in the property chosen: `{lat, lon}`, \
`{latitude, longitude}`, `{lat, lng}`, or a GeoJSON point (`coordinates: [longitude, latitude]`), in degrees.

**Sends** the messages inside, those outside, or all of them; with two outputs those inside at the first and those \
outside at the second. With all of them or two outputs, `msg.location.inarea` says whether it is inside, and \
`msg.location.distance` how many metres it is to the centre of the circle or the middle of the corners. With one output \
and a name, `inarea` counts the areas the message is in so far, `isat` lists their names and `distances` the distances.

A message without a position, or with one that cannot be, is an error that can be caught.

**Example**: a circle of 500 m, two outputs: the second one for those who have left.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        type_name: NODE.name.into(),
        role: Role::Node,
        category: "location".into(),
        colour: "#a6cf9f".into(),
        icon: "map-pin".into(),
        inputs: 1,
        outputs: Outputs::Property { property: "outputs".into(), default: 1 },
        label: Label { properties: vec!["name".into()], fallback: Text::key("geofence.label") },
        button: false,
        schema: schemars::schema_for!(Config).into(),
        credentials: vec![],
        help: HELP.into(),
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    let area = parse_area(&config, &mut problems);
    let filter = match config.inside.as_str() {
        _ if config.outputs == Some(2.0) => Filter::TwoOutputs,
        "true" | "" => Filter::Inside,
        "false" => Filter::Outside,
        "both" => Filter::All,
        _ => {
            problems.add("inside", Text::key("geofence.filter").with("filter", &config.inside));
            Filter::All
        }
    };
    let path = match config.property.as_str() {
        "" => Some(None),
        path => problems.check("property", PropertyPath::parse_message(path)).map(Some),
    };
    let (area, path) = problems.settle(area.zip(path))?;
    Built::function(Geofence { area, filter, path, name: context.info.name.to_string() })
}

fn parse_area(config: &Config, problems: &mut Problems) -> Option<Area> {
    match config.mode.as_str() {
        "circle" | "" => {
            let centre = position_of(&config.centre);
            if centre.is_none() {
                problems.add("centre", Text::key("geofence.centre"));
            }
            let radius_m = config.rad.filter(|radius| *radius > 0.0);
            if radius_m.is_none() {
                problems.add("rad", Text::key("geofence.radius"));
            }
            Some(Area::circle(centre?, radius_m?))
        }
        "polyline" | "polygon" | "rectangle" => {
            let mut corners = Vec::with_capacity(config.points.len());
            for (at, point) in config.points.iter().enumerate() {
                match position_of(point) {
                    Some(corner) => corners.push(corner),
                    None => problems.add(format!("points[{at}]"), Text::key("geofence.point")),
                }
            }
            if config.points.len() < 3 {
                problems.add("points", Text::key("geofence.points"));
            }
            Some(Area::polygon(corners))
        }
        mode => {
            problems.add("mode", Text::key("geofence.mode").with("mode", mode));
            None
        }
    }
}

fn position_of(json: &Json) -> Option<Position> {
    Position::find(&engine::typed::value_of(json))?.checked().ok()
}

enum Filter {
    Inside,
    Outside,
    All,
    TwoOutputs,
}

struct Geofence {
    area: Area,
    filter: Filter,
    /// Where the position is; `None` to look in the usual places.
    path: Option<PropertyPath>,
    name: String,
}

impl FunctionNode for Geofence {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        let position = self.position(message)?.checked()?;
        let is_inside = self.area.contains(position);
        let port = match self.filter {
            Filter::Inside if !is_inside => return Ok(Progress::Done),
            Filter::Outside if is_inside => return Ok(Progress::Done),
            Filter::TwoOutputs if !is_inside => 1,
            _ => 0,
        };
        match self.filter {
            Filter::TwoOutputs => {
                let location = location(message);
                location.insert("inarea", is_inside);
                location.insert("distance", self.area.distance_m(position));
            }
            Filter::All => self.report(message, position, is_inside),
            Filter::Inside => self.add_name(message),
            Filter::Outside => {}
        }
        out.send(port, message.take());
        Ok(Progress::Done)
    }
}

impl Geofence {
    fn position(&self, message: &Message) -> Result<Position, NodeError> {
        let found = match &self.path {
            Some(path) => path.get(message.properties()).and_then(|value| Position::find(&value)),
            None => message
                .get("location")
                .and_then(Position::find)
                .or_else(|| Position::find_in(message.properties()))
                .or_else(|| Position::find(message.payload())),
        };
        let place = self.path.as_ref().map_or("location, the message and payload", PropertyPath::as_str);
        found.ok_or_else(|| NodeError::key("geofence.no-position").with("place", place))
    }

    /// Adds the area's name to the places the message is at.
    fn add_name(&self, message: &mut Message) {
        if !self.name.is_empty() {
            list(location(message), "isat").push(self.name.as_str().into());
        }
    }

    /// Writes the result into `msg.location`, where several geofences in a row add up.
    fn report(&self, message: &mut Message, position: Position, is_inside: bool) {
        let distance = self.area.distance_m(position);
        let location = location(message);
        location.insert("distance", distance);
        if self.name.is_empty() {
            location.insert("inarea", is_inside);
            return;
        }
        let places = list(location, "isat");
        if is_inside {
            places.push(self.name.as_str().into());
        } else if let Some(at) = places.iter().position(|place| place.as_str() == Some(&self.name)) {
            places.remove(at);
        }
        let count = places.len();
        location.insert("inarea", count);
        let named = Object::from_iter([(self.name.as_str(), distance)]);
        list(location, "distances").push(named.into());
    }
}

/// `msg.location`, made if it is no object.
fn location(message: &mut Message) -> &mut Object {
    let properties = message.properties_mut();
    if properties.get("location").and_then(Value::as_object).is_none() {
        properties.insert("location", Object::new());
    }
    match properties.get_mut("location").and_then(Value::as_object_mut) {
        Some(location) => location,
        None => unreachable!("it was made above"),
    }
}

/// The list `name` of an object, made if it is none.
fn list<'a>(object: &'a mut Object, name: &'static str) -> &'a mut Vec<Value> {
    if object.get(name).and_then(Value::as_array).is_none() {
        object.insert(name, Vec::<Value>::new());
    }
    match object.get_mut(name).and_then(Value::as_array_mut) {
        Some(list) => list,
        None => unreachable!("it was made above"),
    }
}

impl Position {
    /// The position, if it is one on Earth.
    fn checked(self) -> Result<Self, NodeError> {
        if self.latitude.abs() <= 90.0 && self.longitude.abs() <= 180.0 {
            return Ok(self);
        }
        Err(NodeError::key("geofence.position")
            .with("latitude", js::number_to_text(self.latitude))
            .with("longitude", js::number_to_text(self.longitude)))
    }
}
