//! `moving average`: smooths numbers, for each topic apart.

use std::collections::{BTreeMap, VecDeque};

use wireloom_sdk::prelude::*;

/// How many topics are kept apart; one more is a failure.
const TOPICS_LIMIT: usize = 10_000;
/// Where values are kept while the node is away.
const KEPT: &str = "values";

#[derive(Config)]
struct Settings {
    /// # Method
    #[config(default = Method::Average)]
    method: Method,
    /// # Values
    /// How many of the last values count.
    #[config(default = 10, min = 1, max = 10_000)]
    window: usize,
    /// # Property
    /// Of the message, such as `payload`.
    #[config(default = "payload", required)]
    property: Property,
    /// # For each
    /// A property of the message; its values are averaged apart. Empty: all together.
    #[config(default = "topic")]
    by: Property,
}

#[derive(Clone, Copy, Config, PartialEq)]
enum Method {
    /// # Average
    Average,
    /// # Median
    Median,
    /// # Exponential
    Exponential,
}

struct MovingAverage {
    settings: Settings,
    /// The last values of each topic; of the exponential average the average alone.
    values: BTreeMap<String, VecDeque<f64>>,
}

impl Node for MovingAverage {
    type Settings = Settings;

    fn about() -> About {
        about!("moving average")
            .category("function")
            .colour("#e2d96e")
            .icon("chart-line")
            .help(include_str!("help.md"))
    }

    fn configure(settings: Settings, _: &Setup) -> Result<Self, Problems> {
        Ok(Self { settings, values: BTreeMap::new() })
    }

    fn start(&mut self, _: &mut Out) -> Result<(), Failure> {
        if let Value::Json(Json::Object(kept)) = Scope::Node.get(KEPT)? {
            for (topic, values) in kept {
                let numbers = values.as_array().into_iter().flatten().filter_map(Json::as_f64);
                self.values.insert(topic, numbers.collect());
            }
            Scope::Node.set(KEPT, Value::Undefined)?;
        }
        Ok(())
    }

    fn on_message(&mut self, mut message: Message, out: &mut Out) -> Result<Progress, Failure> {
        let topic = match &*self.settings.by {
            "" => String::new(),
            by => message.get(by)?.to_text().unwrap_or_default(),
        };
        if message.get("reset")? != Value::Undefined {
            self.values.remove(&topic);
            return Ok(Progress::Done);
        }
        let property = &*self.settings.property;
        let number = message.get(property)?.to_number();
        let number = number
            .ok_or_else(|| Failure::new(format!("msg.{property} is no number")).code("NOT_A_NUMBER"))?;
        if !self.values.contains_key(&topic) && self.values.len() >= TOPICS_LIMIT {
            let text = format!("there are {TOPICS_LIMIT} topics already; reset some, or average fewer apart");
            return Err(Failure::new(text).code("TOO_MANY"));
        }
        let values = self.values.entry(topic).or_default();
        let smooth = self.settings.add(values, number);
        message.set(property, smooth)?;
        message.set("count", values.len())?;
        out.send(0, message);
        Ok(Progress::Done)
    }

    fn stop(&mut self, out: &mut Out) {
        let kept: Vec<(String, Json)> =
            self.values.iter().map(|(topic, values)| (topic.clone(), json!(values))).collect();
        let kept: Json = kept.into_iter().collect();
        if let Err(failure) = Scope::Node.set(KEPT, kept) {
            out.log(Level::Warn, format!("the values are lost: {failure}"));
        }
    }
}

impl Settings {
    /// Takes a value in; gives the smooth one.
    fn add(&self, values: &mut VecDeque<f64>, number: f64) -> f64 {
        if self.method == Method::Exponential {
            // The weight with which the values have the same mean age as in a window of that length.
            let weight = 2.0 / (self.window as f64 + 1.0);
            let smooth = values.back().map_or(number, |last| last + weight * (number - last));
            *values = VecDeque::from([smooth]);
            return smooth;
        }
        values.push_back(number);
        // Other settings may have had a longer window.
        values.drain(..values.len().saturating_sub(self.window));
        if self.method == Method::Median { median(values) } else { average(values) }
    }
}

fn average(values: &VecDeque<f64>) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn median(values: &VecDeque<f64>) -> f64 {
    let mut sorted: Vec<f64> = values.iter().copied().collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
}

wireloom_sdk::export!(MovingAverage);

#[cfg(test)]
mod tests {
    use super::*;

    fn node(settings: Json) -> Harness<MovingAverage> {
        Harness::new(settings).unwrap()
    }

    /// What comes out for these payloads, one after another.
    fn averages(node: &mut Harness<MovingAverage>, payloads: &[f64]) -> Vec<f64> {
        let mut average = |payload: &f64| {
            let sent = node.send(json!({ "payload": payload, "topic": "t" })).unwrap();
            sent[0].1["payload"].as_f64().unwrap()
        };
        payloads.iter().map(&mut average).collect()
    }

    #[test]
    fn the_last_values_are_averaged() {
        let mut node = node(json!({ "window": 3 }));
        assert_eq!(averages(&mut node, &[1.0, 2.0, 6.0, 4.0]), [1.0, 1.5, 3.0, 4.0]);
        assert_eq!(node.send(json!({ "payload": "5", "topic": "t" })).unwrap()[0].1["count"], 3);
    }

    #[test]
    fn a_wild_value_does_not_move_the_median() {
        let mut node = node(json!({ "window": 3, "method": "median" }));
        assert_eq!(averages(&mut node, &[1.0, 2.0, 900.0, 3.0]), [1.0, 1.5, 2.0, 3.0]);
    }

    #[test]
    fn the_exponential_average_keeps_one_number() {
        let mut node = node(json!({ "window": 3, "method": "exponential" }));
        assert_eq!(averages(&mut node, &[0.0, 8.0, 8.0]), [0.0, 4.0, 6.0]);
        assert_eq!(node.node().values["t"].len(), 1);
    }

    #[test]
    fn topics_are_apart_and_can_be_reset() {
        let mut node = node(json!({}));
        averages(&mut node, &[10.0]);
        assert_eq!(node.send(json!({ "payload": 2, "topic": "u" })).unwrap()[0].1["payload"], 2);
        assert_eq!(node.send(json!({ "reset": true, "topic": "t" })).unwrap(), []);
        assert_eq!(averages(&mut node, &[4.0]), [4.0]);
    }

    #[test]
    fn what_is_no_number_is_a_failure() {
        let mut node = node(json!({}));
        let failure = node.send(json!({ "payload": "warm" })).unwrap_err();
        assert_eq!(
            (failure.text.as_str(), failure.code.as_deref()),
            ("msg.payload is no number", Some("NOT_A_NUMBER"))
        );
    }

    #[test]
    fn values_are_kept_while_the_node_is_away() {
        let mut first = node(json!({ "by": "" }));
        averages(&mut first, &[1.0, 2.0]);
        let mut second = first.replace(json!({ "by": "" })).unwrap();
        assert_eq!(averages(&mut second, &[6.0]), [3.0]);
        assert_eq!(second.context(Scope::Node, KEPT).unwrap(), Value::Undefined);
    }

    #[test]
    fn the_window_has_limits() {
        let problems = Harness::<MovingAverage>::new(json!({ "window": 0 })).err().unwrap();
        assert_eq!(problems.iter().next(), Some(("window", "0 is outside of 1 to 10000")));
    }
}
