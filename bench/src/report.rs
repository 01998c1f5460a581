//! The table and the file of results.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use serde::Serialize;

use crate::cases::Setting;
use crate::chart;
use crate::musts::{Must, Verdict, musts};
use crate::runtime::Kind;
use crate::statistics::median;

/// What was measured of each runtime.
#[derive(Clone, Default, Serialize)]
pub(crate) struct Samples {
    node_red: Vec<f64>,
    wireloom: Vec<f64>,
}

impl Samples {
    /// A figure of what each round brought, where it has one.
    pub(crate) fn of<T>(rounds: &[(Kind, T)], figure: impl Fn(&T) -> Option<f64>) -> Self {
        let mut samples = Self::default();
        for (kind, brought) in rounds {
            samples.extend(kind, figure(brought));
        }
        samples
    }

    pub(crate) fn push(&mut self, kind: &Kind, sample: f64) {
        self.extend(kind, Some(sample));
    }

    pub(crate) fn extend(&mut self, kind: &Kind, samples: impl IntoIterator<Item = f64>) {
        match kind {
            Kind::NodeRed(_) => self.node_red.extend(samples),
            Kind::Wireloom(_) => self.wireloom.extend(samples),
        }
    }

    /// Compares with what Node-RED reached elsewhere.
    pub(crate) fn beside_node_red_of(mut self, other: &Self) -> Self {
        self.node_red.clone_from(&other.node_red);
        self
    }

    /// Both medians, for a note.
    pub(crate) fn medians(&self) -> String {
        format!("{} and {}", figure(median(&self.node_red)), figure(median(&self.wireloom)))
    }
}

/// Which direction is good.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Better {
    Lower,
    Higher,
}

/// A row of the table.
#[derive(Serialize)]
pub(crate) struct Row {
    name: String,
    unit: &'static str,
    better: Better,
    samples: Samples,
    memory_megabytes: Option<Samples>,
    /// What the same load reaches where nothing but the way there is measured.
    reference: Option<f64>,
    note: String,
    /// What it must reach, and whether it does; worked out when the row is added to the report.
    verdicts: Vec<Verdict>,
}

impl Row {
    pub(crate) fn new(name: &str, unit: &'static str, better: Better, samples: Samples) -> Self {
        Self {
            name: name.to_owned(),
            unit,
            better,
            samples,
            memory_megabytes: None,
            reference: None,
            note: String::new(),
            verdicts: Vec::new(),
        }
    }

    /// With what it is a share of, such as a bare handler's requests a second.
    pub(crate) fn reference(mut self, of: &[f64]) -> Self {
        self.reference = median(of);
        self
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn verdicts(&self) -> &[Verdict] {
        &self.verdicts
    }

    fn judge(&mut self) {
        self.verdicts = musts(&self.name)
            .map(|must| {
                let value = match must {
                    Must::Times(_) => self.ratio(),
                    Must::AtMost(_) | Must::AtLeast(_) => median(&self.samples.wireloom),
                    Must::Share(_) => median(&self.samples.wireloom).zip(self.reference).map(|(a, b)| a / b),
                };
                Verdict::new(must, value)
            })
            .collect();
    }

    pub(crate) fn memory(mut self, memory: Samples) -> Self {
        self.memory_megabytes = Some(memory);
        self
    }

    pub(crate) fn note(mut self, note: String) -> Self {
        self.note = note;
        self
    }

    /// How many times better Wireloom's median is.
    pub(crate) fn ratio(&self) -> Option<f64> {
        let (node_red, wireloom) = (median(&self.samples.node_red)?, median(&self.samples.wireloom)?);
        let ratio = match self.better {
            Better::Lower => node_red / wireloom,
            Better::Higher => wireloom / node_red,
        };
        ratio.is_finite().then_some(ratio)
    }

    fn cells(&self) -> [String; COLUMNS] {
        let memory = |pick: fn(&Samples) -> &Vec<f64>| {
            figure(self.memory_megabytes.as_ref().and_then(|samples| median(pick(samples))))
        };
        [
            self.name.clone(),
            self.unit.to_owned(),
            figure(median(&self.samples.node_red)),
            figure(median(&self.samples.wireloom)),
            self.ratio().map_or_else(|| "-".to_owned(), |ratio| format!("{}x", figure(Some(ratio)))),
            self.verdicts.iter().map(Verdict::to_string).collect::<Vec<_>>().join("; "),
            memory(|samples| &samples.node_red),
            memory(|samples| &samples.wireloom),
            self.note.clone(),
        ]
    }
}

const COLUMNS: usize = 9;

const HEAD: [&str; COLUMNS] = [
    "flow",
    "figure (median)",
    "Node-RED",
    "Wireloom",
    "better by",
    "must",
    "MB after, Node-RED",
    "MB after, Wireloom",
    "beside it",
];

/// All rows of a run.
#[derive(Serialize)]
pub(crate) struct Report {
    /// Seconds since 1970.
    started_at: u64,
    machine: Machine,
    rounds: usize,
    messages: usize,
    seconds: f64,
    rows: Vec<Row>,
    failures: Vec<String>,
}

#[derive(Serialize)]
struct Machine {
    processor: String,
    cores: usize,
    node_red: Option<String>,
}

impl Report {
    pub(crate) fn new(setting: &Setting) -> Self {
        let started_at =
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let Setting { rounds, messages, seconds, .. } = *setting;
        Self {
            started_at,
            machine: Machine::this(setting),
            rounds,
            messages,
            seconds,
            rows: Vec::new(),
            failures: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, mut rows: Vec<Row>) {
        for row in &mut rows {
            row.judge();
            eprintln!("  {}", row.cells()[..5].join("  "));
        }
        self.rows.extend(rows);
    }

    pub(crate) fn fail(&mut self, name: &str, error: &anyhow::Error) {
        eprintln!("  failed: {error:#}");
        self.failures.push(format!("{name}: {error:#}"));
    }

    pub(crate) fn failed(&self) -> bool {
        !self.failures.is_empty()
    }

    /// The ratios to Node-RED as SVG; none where there are none.
    pub(crate) fn chart(&self) -> Option<String> {
        chart::svg(&self.rows)
    }

    /// Writes `<started_at>.json` and `latest.json` into `folder`, and the chart beside them.
    pub(crate) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        fs::create_dir_all(folder)?;
        if let Some(svg) = self.chart() {
            fs::write(folder.join("latest.svg"), svg)?;
        }
        let json = serde_json::to_vec_pretty(self)?;
        fs::write(folder.join(format!("{}.json", self.started_at)), &json)?;
        fs::write(folder.join("latest.json"), &json)?;
        Ok(())
    }

    /// A Markdown table whose columns line up on a terminal too.
    pub(crate) fn table(&self) -> String {
        let rows: Vec<[String; COLUMNS]> =
            std::iter::once(HEAD.map(str::to_owned)).chain(self.rows.iter().map(Row::cells)).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: [usize; COLUMNS] = std::array::from_fn(width);
        let mut table = String::new();
        for (index, row) in rows.iter().enumerate() {
            table.push('|');
            for (column, cell) in row.iter().enumerate() {
                let width = widths[column];
                // Writing to a string cannot fail.
                let _ = if is_number(column) {
                    write!(table, " {cell:>width$} |")
                } else {
                    write!(table, " {cell:<width$} |")
                };
            }
            table.push('\n');
            if index == 0 {
                table.push('|');
                for (column, width) in widths.iter().enumerate() {
                    table.push_str(&"-".repeat(width + 1));
                    table.push_str(if is_number(column) { ":|" } else { "-|" });
                }
                table.push('\n');
            }
        }
        for failure in &self.failures {
            let _ = writeln!(table, "\nfailed: {failure}");
        }
        table
    }
}

impl Machine {
    fn this(setting: &Setting) -> Self {
        let processor = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("model name"))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        });
        let node_red = setting.node_red.as_ref().and_then(|folder| {
            let text = fs::read_to_string(folder.join("node_modules/node-red/package.json")).ok()?;
            let package: serde_json::Value = serde_json::from_str(&text).ok()?;
            package["version"].as_str().map(str::to_owned)
        });
        Self {
            processor: processor.unwrap_or_default(),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            node_red,
        }
    }
}

/// Columns of numbers stand at the right.
fn is_number(column: usize) -> bool {
    matches!(column, 2..=4 | 6..=7)
}

/// Three digits that matter, thousands apart; `-` for none.
pub(crate) fn figure(value: Option<f64>) -> String {
    let Some(value) = value else { return "-".to_owned() };
    match value {
        value if value < 1.0 => format!("{value:.3}"),
        value if value < 10.0 => format!("{value:.2}"),
        value if value < 100.0 => format!("{value:.1}"),
        value => {
            let digits = format!("{value:.0}");
            let mut text = String::new();
            for (index, digit) in digits.chars().enumerate() {
                if index > 0 && (digits.len() - index).is_multiple_of(3) {
                    text.push(',');
                }
                text.push(digit);
            }
            text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures() {
        let cases = [
            (0.1234, "0.123"),
            (1.234, "1.23"),
            (12.34, "12.3"),
            (123.4, "123"),
            (1234.0, "1,234"),
            (1_234_567.0, "1,234,567"),
        ];
        for (value, text) in cases {
            assert_eq!(figure(Some(value)), text);
        }
        assert_eq!(figure(None), "-");
    }

    #[test]
    fn ratios_say_how_many_times_better_wireloom_is() {
        let samples = || Samples { node_red: vec![10.0], wireloom: vec![2.0] };
        assert_eq!(Row::new("a", "ms", Better::Lower, samples()).ratio(), Some(5.0));
        assert_eq!(Row::new("a", "requests/s", Better::Higher, samples()).ratio(), Some(0.2));
        assert_eq!(Row::new("a", "ms", Better::Lower, Samples::default()).ratio(), None);
    }
}
