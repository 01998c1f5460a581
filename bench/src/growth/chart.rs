//! The chart of growth: a panel for each table, both scales by powers of ten. What grows no faster than what it is asked
//! for stays level or falls.

use std::fmt::Write as _;

use crate::report::figure;

const PANEL_WIDTH: f64 = 360.0;
const PANEL_HEIGHT: f64 = 210.0;
/// Room in a panel around its plot.
const LEFT: f64 = 50.0;
const RIGHT: f64 = 44.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 40.0;
const COLUMNS: usize = 2;

/// Colours of the page it stands on, light or dark.
const STYLE: &str = "\
text{font:11px system-ui,sans-serif;fill:#24292f}.title{font-weight:600;font-size:12px}\
.grid{stroke:#8c959f;stroke-opacity:.3}.curve{fill:none;stroke:#2f81c7;stroke-width:2}.dot{fill:#2f81c7}\
@media(prefers-color-scheme:dark){text{fill:#d6dde4}}";

/// How one figure goes with what was asked for.
pub(crate) struct Curve {
    /// What the figure is, with its unit.
    pub(crate) figure: &'static str,
    /// What grows.
    pub(crate) by: &'static str,
    /// How much of it, and the figure then; both above zero.
    pub(crate) points: Vec<(f64, f64)>,
}

/// An SVG of all curves.
pub(crate) fn svg(curves: &[Curve]) -> String {
    let (width, height) =
        (PANEL_WIDTH * COLUMNS as f64, PANEL_HEIGHT * curves.len().div_ceil(COLUMNS) as f64);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" \
         aria-label=\"How figures of Wireloom grow\">\n<style>{STYLE}</style>\n"
    );
    for (at, curve) in curves.iter().enumerate() {
        let (column, row) = ((at % COLUMNS) as f64, (at / COLUMNS) as f64);
        // Writing to a string cannot fail.
        let _ = write!(svg, "<g transform=\"translate({} {})\">", column * PANEL_WIDTH, row * PANEL_HEIGHT);
        panel(&mut svg, curve);
        svg.push_str("</g>\n");
    }
    svg.push_str("</svg>\n");
    svg
}

fn panel(svg: &mut String, curve: &Curve) {
    let across = Scale::of(curve.points.iter().map(|(x, _)| *x), LEFT, PANEL_WIDTH - RIGHT);
    let up = Scale::of(curve.points.iter().map(|(_, y)| *y), PANEL_HEIGHT - BOTTOM, TOP);
    let _ = write!(
        svg,
        "<text class=\"title\" x=\"{LEFT}\" y=\"22\">{}</text><text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
        curve.figure,
        PANEL_WIDTH - RIGHT,
        PANEL_HEIGHT - 8.0,
        curve.by
    );
    for (mark, x) in across.marks() {
        let (top, bottom) = (TOP, PANEL_HEIGHT - BOTTOM);
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{top}\" y2=\"{bottom}\"/>\
             <text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            bottom + 14.0,
            short(mark)
        );
    }
    for (mark, y) in up.marks() {
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
             <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            PANEL_WIDTH - RIGHT,
            LEFT - 6.0,
            y + 4.0,
            short(mark)
        );
    }
    let places: Vec<(f64, f64)> = curve.points.iter().map(|(x, y)| (across.at(*x), up.at(*y))).collect();
    let way: Vec<String> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let _ = write!(svg, "<polyline class=\"curve\" points=\"{}\"/>", way.join(" "));
    for ((x, y), (_, value)) in places.iter().zip(&curve.points) {
        let _ = write!(
            svg,
            "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/><text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            y - 7.0,
            figure(Some(*value))
        );
    }
}

/// Whole powers of ten around some values, and where they are drawn.
struct Scale {
    least: i32,
    most: i32,
    from: f64,
    to: f64,
}

impl Scale {
    fn of(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (mut least, mut most) = (i32::MAX, i32::MIN);
        for value in values {
            least = least.min(value.log10().floor() as i32);
            most = most.max(value.log10().ceil() as i32);
        }
        // At least one power of ten, also for no values.
        let least = least.min(0.max(most - 1));
        Self { least, most: most.max(least + 1), from, to }
    }

    fn at(&self, value: f64) -> f64 {
        let share = (value.log10() - f64::from(self.least)) / f64::from(self.most - self.least);
        self.from + (self.to - self.from) * share
    }

    fn marks(&self) -> impl Iterator<Item = (f64, f64)> {
        (self.least..=self.most).map(|power| {
            let mark = 10_f64.powi(power);
            (mark, self.at(mark))
        })
    }
}

/// A power of ten in few characters.
fn short(mark: f64) -> String {
    match mark {
        mark if mark >= 1e6 => format!("{}M", mark / 1e6),
        mark if mark >= 1e3 => format!("{}k", mark / 1e3),
        mark => format!("{mark}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panel_has_a_dot_for_each_point_between_its_bounds() {
        let curve = Curve {
            figure: "ns per hop",
            by: "nodes",
            points: vec![(1.0, 200.0), (100.0, 90.0), (10_000.0, 60.0)],
        };
        let drawn = svg(&[curve]);
        assert_eq!(drawn.matches("<circle").count(), 3);
        assert!(
            drawn.contains(">10k<") && drawn.contains(">200<") && drawn.contains("ns per hop"),
            "{drawn}"
        );
        assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{drawn}");
    }

    #[test]
    fn powers_of_ten_stand_at_even_distances() {
        let scale = Scale::of([2.0, 500.0].into_iter(), 0.0, 300.0);
        let marks: Vec<(f64, f64)> = scale.marks().collect();
        assert_eq!(marks, [(1.0, 0.0), (10.0, 100.0), (100.0, 200.0), (1000.0, 300.0)]);
        let level = Scale::of([5.0, 5.0].into_iter(), 0.0, 1.0);
        assert!((0.0..=1.0).contains(&level.at(5.0)));
    }
}
