//! The chart of a run: how many times better Wireloom is than Node-RED, flow by flow, and what it must be.

use std::fmt::Write as _;

use crate::musts::{Must, Verdict};
use crate::report::{Row, figure};

const ROW_HEIGHT: usize = 22;
const NAME_WIDTH: f64 = 210.0;
const BAR_WIDTH: f64 = 480.0;
const WIDTH: f64 = NAME_WIDTH + BAR_WIDTH + 70.0;
const TOP: usize = 46;
/// The scale goes by powers of ten from here.
const LEAST: f64 = 0.5;

/// Colours of the page it stands on, light or dark.
const STYLE: &str = "\
text{font:12px system-ui,sans-serif;fill:#24292f}.title{font-weight:600;font-size:14px}\
.bar{fill:#2f81c7}.short{fill:#c7652f}.line{stroke:#8c959f;stroke-opacity:.4}.must{stroke:#24292f;stroke-width:2}\
@media(prefers-color-scheme:dark){text{fill:#d6dde4}.must{stroke:#d6dde4}}";

/// An SVG of the rows that have a ratio; none where there is no row.
pub(crate) fn svg(rows: &[Row]) -> Option<String> {
    let bars: Vec<(&Row, f64)> = rows.iter().filter_map(|row| Some((row, row.ratio()?))).collect();
    if bars.is_empty() {
        return None;
    }
    let most = bars.iter().map(|(_, ratio)| *ratio).fold(10.0, f64::max) * 1.3;
    let x = |value: f64| {
        let share = (value.max(LEAST) / LEAST).log10() / (most / LEAST).log10();
        NAME_WIDTH + BAR_WIDTH * share.min(1.0)
    };
    let height = TOP + bars.len() * ROW_HEIGHT + 10;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\" \
         aria-label=\"How many times better Wireloom is than Node-RED\">\n<style>{STYLE}</style>\n\
         <text class=\"title\" x=\"8\" y=\"18\">Times better than Node-RED, measured side by side (upright stroke: what it must be)</text>\n"
    );
    let mut mark = 1.0;
    while mark < most {
        let at = x(mark);
        // Writing to a string cannot fail.
        let _ = writeln!(
            svg,
            "<line class=\"line\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{}\" y2=\"{height}\"/><text x=\"{at:.1}\" y=\"38\" text-anchor=\"middle\">{mark}x</text>",
            TOP - 4
        );
        mark *= 10.0;
    }
    for (at, (row, ratio)) in bars.iter().enumerate() {
        bar(&mut svg, row, *ratio, TOP + at * ROW_HEIGHT, &x);
    }
    svg.push_str("</svg>\n");
    Some(svg)
}

fn bar(svg: &mut String, row: &Row, ratio: f64, top: usize, x: &impl Fn(f64) -> f64) {
    let is_short = row.verdicts().iter().any(|verdict| verdict.is_met() == Some(false));
    let class = if is_short { "short" } else { "bar" };
    let (from, to, base) = (NAME_WIDTH, x(ratio), top + 14);
    let _ = write!(
        svg,
        "<text x=\"{:.0}\" y=\"{base}\" text-anchor=\"end\">{}</text><rect class=\"{class}\" x=\"{from}\" y=\"{}\" width=\"{:.1}\" height=\"14\" rx=\"2\"/>",
        from - 8.0,
        escape(row.name()),
        top + 3,
        (to - from).max(1.0)
    );
    for must in row.verdicts().iter().map(Verdict::must) {
        if let Must::Times(times) = must {
            let at = x(times);
            let _ = write!(
                svg,
                "<line class=\"must\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{top}\" y2=\"{}\"/>",
                top + 20
            );
        }
    }
    let _ = writeln!(svg, "<text x=\"{:.1}\" y=\"{base}\">{}x</text>", to + 6.0, figure(Some(ratio)));
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Better, Samples};
    use crate::runtime::Kind;

    #[test]
    fn draws_a_bar_for_each_ratio() {
        let mut samples = Samples::default();
        samples.push(&Kind::NodeRed("n".into()), 30.0);
        samples.push(&Kind::Wireloom("w".into()), 1.0);
        let rows = [
            Row::new("a & b", "ms", Better::Lower, samples),
            Row::new("alone", "ms", Better::Lower, Samples::default()),
        ];
        let svg = svg(&rows).expect("a chart");
        assert!(svg.contains("a &amp; b") && svg.contains("30.0x") && !svg.contains("alone"), "{svg}");
        assert_eq!(svg.matches("<rect").count(), 1);
        assert!(super::svg(&rows[1..]).is_none());
    }
}
