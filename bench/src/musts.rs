//! What each benchmark must reach, in one table: the promises that a run is judged by.

use std::fmt;

use serde::Serialize;

use crate::report::figure;

/// A bound.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Must {
    /// So many times as good as Node-RED in the same run.
    Times(f64),
    /// Wireloom's figure is no more than this.
    AtMost(f64),
    /// Wireloom's figure is no less than this.
    AtLeast(f64),
    /// Of what the way alone allows: a bare handler, the broker with no flow behind it.
    Share(f64),
}

use Must::{AtLeast, AtMost, Share, Times};

/// The musts by the name of the row.
const MUSTS: &[(&str, Must)] = &[
    ("start", AtMost(50.0)),
    ("idle memory", AtMost(16.0)),
    ("chain0", Times(15.0)),
    ("chain-junction10", Times(30.0)),
    ("chain-change10", Times(30.0)),
    ("chain-switch10", Times(30.0)),
    ("chain-range10", Times(30.0)),
    ("chain-mixed10", Times(15.0)),
    ("chain-function1", Times(10.0)),
    ("chain-function5", Times(10.0)),
    ("fanout10", Times(30.0)),
    ("split-million", AtMost(64.0)),
    ("http-hello", Times(10.0)),
    ("http-hello", Share(0.7)),
    ("mqtt-base64", Share(0.95)),
    ("mqtt-base64, processor", Times(3.0)),
    ("mqtt-direct, embedded broker", Times(3.0)),
    ("mqtt-base64, embedded broker", Times(3.0)),
    ("mqtt-qos1, embedded broker", Times(5.0)),
    ("tabs-100 at 10000/s", Times(10.0)),
    ("two-tabs", AtLeast(1.7)),
    ("many-100x100 start", AtMost(100.0)),
    ("many-100x100 idle memory", AtMost(48.0)),
    ("many-100x100 deploy", AtMost(15.0)),
];

/// What the row of this name must reach.
pub(crate) fn musts(name: &str) -> impl Iterator<Item = Must> {
    MUSTS.iter().filter(move |(of, _)| *of == name).map(|(_, must)| *must)
}

/// Whether a must was met; not known where the other runtime, or what it is compared with, was not measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Verdict {
    must: Must,
    value: Option<f64>,
    is_met: Option<bool>,
}

impl Verdict {
    pub(crate) fn new(must: Must, value: Option<f64>) -> Self {
        let is_met = value.map(|value| match must {
            Times(bound) | AtLeast(bound) | Share(bound) => value >= bound,
            AtMost(bound) => value <= bound,
        });
        Self { must, value, is_met }
    }

    pub(crate) fn must(&self) -> Must {
        self.must
    }

    pub(crate) fn is_met(&self) -> Option<bool> {
        self.is_met
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.is_met {
            Some(true) => "✔ ",
            Some(false) => "✘ ",
            None => "? ",
        })?;
        match self.must {
            Times(times) => write!(f, "{times}x"),
            AtMost(bound) => write!(f, "at most {}", figure(Some(bound))),
            AtLeast(bound) => write!(f, "at least {}", figure(Some(bound))),
            Share(share) => {
                let found = self.value.map(|value| format!(" ({:.0} %)", value * 100.0)).unwrap_or_default();
                write!(f, "{:.0} % of it alone{found}", share * 100.0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_in_their_direction() {
        let met = |must, value| Verdict::new(must, value).is_met();
        assert_eq!(met(Times(3.0), Some(3.0)), Some(true));
        assert_eq!(met(AtLeast(1.7), Some(1.69)), Some(false));
        assert_eq!(met(AtMost(15.0), Some(15.1)), Some(false));
        assert_eq!(met(Share(0.7), None), None);
        let verdicts: Vec<String> =
            musts("http-hello").map(|must| Verdict::new(must, Some(0.712)).to_string()).collect();
        assert_eq!(verdicts, ["✘ 10x", "✔ 70 % of it alone (71 %)"]);
    }

    #[test]
    fn every_must_has_its_benchmark() {
        let names = crate::cases::names();
        for (row, _) in MUSTS {
            let case = row.split([',', ' ']).next().unwrap_or_default();
            assert!(*row == "idle memory" || names.iter().any(|name| name == case), "{row}");
        }
    }
}
