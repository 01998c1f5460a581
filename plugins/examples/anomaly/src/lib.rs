//! `anomaly`: finds the numbers that do not fit in with the last ones, by their z-score.

use std::collections::{BTreeMap, VecDeque};

use wireloom_sdk::prelude::*;

/// How many topics are kept apart; one more is a failure.
const TOPICS_LIMIT: usize = 10_000;

#[derive(Config)]
struct Settings {
    /// # Threshold
    /// How many standard deviations from the mean are too many.
    #[config(default = 3, min = 0.1, max = 100)]
    threshold: f64,
    /// # Values
    /// How many of the last values a number is compared with.
    #[config(default = 100, min = 2, max = 10_000)]
    window: usize,
    /// # Warm-up
    /// How many values the node learns before it judges.
    #[config(rename = "warmUp", default = 20, min = 2, max = 10_000)]
    warm_up: usize,
    /// # Learn anomalies too
    /// Then the node gets used to a new level.
    #[config(rename = "learnAnomalies")]
    learn_anomalies: bool,
    /// # Property
    /// Of the message, such as `payload`.
    #[config(default = "payload", required)]
    property: Property,
    /// # For each
    /// A property of the message; its values are judged apart. Empty: all together.
    #[config(default = "topic")]
    by: Property,
}

struct Anomaly {
    settings: Settings,
    topics: BTreeMap<String, VecDeque<f64>>,
    found: u64,
}

/// What is thought of a number.
#[derive(Debug, PartialEq)]
struct Judgement {
    score: f64,
    mean: f64,
    deviation: f64,
    is_anomaly: bool,
    is_learning: bool,
}

impl Node for Anomaly {
    type Settings = Settings;

    fn about() -> About {
        about!("anomaly")
            .category("function")
            .colour("#e2d96e")
            .icon("siren")
            .outputs(2)
            .help(include_str!("help.md"))
    }

    fn configure(settings: Settings, _: &Setup) -> Result<Self, Problems> {
        if settings.warm_up > settings.window {
            let text = "the node never keeps so many values; raise the values, or lower the warm-up";
            return Err(Problems::at("warmUp", text));
        }
        Ok(Self { settings, topics: BTreeMap::new(), found: 0 })
    }

    fn on_message(&mut self, mut message: Message, out: &mut Out) -> Result<Progress, Failure> {
        let property = &*self.settings.property;
        let number = message.get(property)?.to_number();
        let number = number
            .ok_or_else(|| Failure::new(format!("msg.{property} is no number")).code("NOT_A_NUMBER"))?;
        let topic = match &*self.settings.by {
            "" => String::new(),
            by => message.get(by)?.to_text().unwrap_or_default(),
        };
        if !self.topics.contains_key(&topic) && self.topics.len() >= TOPICS_LIMIT {
            let text = format!("there are {TOPICS_LIMIT} topics already; judge fewer apart");
            return Err(Failure::new(text).code("TOO_MANY"));
        }
        let values = self.topics.entry(topic).or_default();
        let judgement = self.settings.judge(values, number);
        if !judgement.is_anomaly || self.settings.learn_anomalies {
            values.push_back(number);
            values.drain(..values.len().saturating_sub(self.settings.window));
        }
        if judgement.is_anomaly {
            self.found += 1;
            out.status(Fill::Red, Shape::Dot, format!("{} found", self.found));
        }
        message.set("anomaly", judgement.to_json())?;
        out.send(judgement.is_anomaly.into(), message);
        Ok(Progress::Done)
    }
}

impl Settings {
    fn judge(&self, values: &VecDeque<f64>, number: f64) -> Judgement {
        let count = values.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        let deviation = variance.sqrt();
        let distance = (number - mean).abs();
        // Values that never differ have no deviation: then any difference is beyond every threshold.
        let score = if distance == 0.0 { 0.0 } else { distance / deviation };
        let is_learning = values.len() < self.warm_up;
        Judgement { score, mean, deviation, is_anomaly: !is_learning && score > self.threshold, is_learning }
    }
}

impl Judgement {
    fn to_json(&self) -> Json {
        json!({
            // JSON has no infinity.
            "score": if self.score.is_finite() { json!(self.score) } else { Json::Null },
            "mean": self.mean,
            "deviation": self.deviation,
            "isAnomaly": self.is_anomaly,
            "isLearning": self.is_learning,
        })
    }
}

wireloom_sdk::export!(Anomaly);

#[cfg(test)]
mod tests {
    use super::*;

    fn node(settings: Json) -> Harness<Anomaly> {
        Harness::new(settings).unwrap()
    }

    /// The port, and what is said, for a payload.
    fn judged(node: &mut Harness<Anomaly>, payload: f64) -> (u32, Json) {
        let (port, message) = node.send(json!({ "payload": payload, "topic": "t" })).unwrap().remove(0);
        (port, message["anomaly"].clone())
    }

    #[test]
    fn nothing_is_judged_before_the_warm_up_is_over() {
        let mut node = node(json!({ "warmUp": 4 }));
        for payload in [1.0, 900.0, 1.0, 2.0] {
            let (port, said) = judged(&mut node, payload);
            assert_eq!((port, &said["isLearning"]), (0, &json!(true)));
        }
        assert_eq!(judged(&mut node, 3.0).1["isLearning"], false);
    }

    #[test]
    fn what_does_not_fit_goes_another_way_and_is_not_learnt() {
        let mut node = node(json!({ "warmUp": 4, "threshold": 2 }));
        for payload in [8.0, 12.0, 8.0, 12.0] {
            judged(&mut node, payload);
        }
        let (port, said) = judged(&mut node, 20.0);
        assert_eq!(port, 1);
        assert_eq!(
            said,
            json!({ "score": 5.0, "mean": 10.0, "deviation": 2.0, "isAnomaly": true, "isLearning": false })
        );
        assert_eq!(
            judged(&mut node, 13.0),
            (
                0,
                json!({ "score": 1.5, "mean": 10.0, "deviation": 2.0,
            "isAnomaly": false, "isLearning": false })
            )
        );
        assert_eq!(node.status(), Some((Fill::Red, Shape::Dot, "1 found".into())));
    }

    #[test]
    fn a_new_level_is_learnt_where_that_is_wanted() {
        let mut node = node(json!({ "warmUp": 2, "window": 4, "learnAnomalies": true }));
        for payload in [1.0, 1.0, 1.0, 1.0] {
            judged(&mut node, payload);
        }
        let (port, said) = judged(&mut node, 5.0);
        assert_eq!((port, &said["score"]), (1, &Json::Null), "beyond every threshold");
        for _ in 0..4 {
            judged(&mut node, 5.0);
        }
        assert_eq!(judged(&mut node, 5.0).0, 0);
    }

    #[test]
    fn topics_are_apart() {
        let mut node = node(json!({ "warmUp": 2 }));
        for payload in [1.0, 1.0, 1.0] {
            judged(&mut node, payload);
        }
        let other = node.send(json!({ "payload": 9, "topic": "u" })).unwrap();
        assert_eq!((other[0].0, &other[0].1["anomaly"]["isLearning"]), (0, &json!(true)));
    }

    #[test]
    fn a_warm_up_longer_than_the_window_never_ends() {
        let problems = Harness::<Anomaly>::new(json!({ "window": 5, "warmUp": 6 })).err().unwrap();
        assert_eq!(problems.iter().map(|(path, _)| path).collect::<Vec<_>>(), ["warmUp"]);
    }

    #[test]
    fn what_is_no_number_is_a_failure() {
        assert_eq!(node(json!({})).send(json!({})).unwrap_err().code.as_deref(), Some("NOT_A_NUMBER"));
    }
}
