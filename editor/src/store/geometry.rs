//! Sizes and places in a flow. Units are those of flow files: pixels at zoom 1; a node's place is its centre.

/// Height of a node with one output, and width of one that shows its icon only.
pub const NODE_HEIGHT: f64 = 30.0;
/// Width of a node with a short label.
const NARROWEST: f64 = 100.0;
/// Widths are whole steps, so that nodes line up.
const STEP: f64 = 20.0;
/// Width of the coloured block with the icon.
pub const ICON_WIDTH: f64 = 30.0;
/// Room that a card has besides its label.
const LABEL_ROOM: f64 = 50.0;
/// Room that it has more where it has an input.
const INPUT_ROOM: f64 = 7.0;
/// Distance of a label's lines.
pub const LINE_HEIGHT: f64 = 24.0;
/// Distance of output ports.
pub const PORT_DISTANCE: f64 = 13.0;
/// Room that a node needs for each of its outputs.
const HEIGHT_EACH_OUTPUT: f64 = 15.0;

/// How far the middle of a node's button is from the node.
pub const BUTTON_OUT: f64 = 22.0;
/// Half of the width of a node's button.
pub const BUTTON_RADIUS: f64 = 11.0;
/// How far the middle of a node's switch is from the node.
pub const SWITCH_OUT: f64 = 14.0;
/// Width of a node's switch.
pub const SWITCH_WIDTH: f64 = 14.0;

/// A rectangle with its edges along the axes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Smallest x.
    pub left: f64,
    /// Smallest y.
    pub top: f64,
    /// Largest x.
    pub right: f64,
    /// Largest y.
    pub bottom: f64,
}

impl Rect {
    /// Around a centre.
    pub fn around(x: f64, y: f64, width: f64, height: f64) -> Self {
        Self {
            left: x - width / 2.0,
            top: y - height / 2.0,
            right: x + width / 2.0,
            bottom: y + height / 2.0,
        }
    }

    /// Distance of the left and right edges.
    pub fn width(self) -> f64 {
        self.right - self.left
    }

    /// Distance of the upper and lower edges.
    pub fn height(self) -> f64 {
        self.bottom - self.top
    }

    /// The middle.
    pub fn centre(self) -> (f64, f64) {
        ((self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0)
    }

    /// The smallest rectangle around both.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// Larger by `margin` on every side.
    #[must_use]
    pub fn grown(self, margin: f64) -> Self {
        Self {
            left: self.left - margin,
            top: self.top - margin,
            right: self.right + margin,
            bottom: self.bottom + margin,
        }
    }

    /// Moved.
    #[must_use]
    pub fn shifted(self, dx: f64, dy: f64) -> Self {
        Self { left: self.left + dx, top: self.top + dy, right: self.right + dx, bottom: self.bottom + dy }
    }

    /// Between two corners.
    pub fn between((ax, ay): (f64, f64), (bx, by): (f64, f64)) -> Self {
        Self { left: ax.min(bx), top: ay.min(by), right: ax.max(bx), bottom: ay.max(by) }
    }

    /// Distance of a point; 0 inside.
    pub fn distance(self, (x, y): (f64, f64)) -> f64 {
        let outside = |at: f64, from: f64, to: f64| (from - at).max(at - to).max(0.0);
        outside(x, self.left, self.right).hypot(outside(y, self.top, self.bottom))
    }

    /// Whether all of the other is inside.
    pub fn holds(self, other: Self) -> bool {
        self.with(other) == self
    }

    /// Whether both have a place in common.
    pub fn meets(self, other: Self) -> bool {
        self.left <= other.right
            && other.left <= self.right
            && self.top <= other.bottom
            && other.top <= self.bottom
    }
}

/// Width of a card with this label. Node-RED's rule, so that an imported flow keeps its arrangement.
pub fn node_width(label: &str, has_input: bool) -> f64 {
    let widest = label_lines(label).map(|line| text_width(&line)).fold(0.0, f64::max);
    let needed = widest.round() + LABEL_ROOM + if has_input { INPUT_ROOM } else { 0.0 };
    ((needed / STEP).ceil() * STEP).max(NARROWEST)
}

/// Height of a card with so many lines of label and outputs. Node-RED's rule, too.
pub fn node_height(lines: usize, outputs: u16) -> f64 {
    let label = 6.0 + LINE_HEIGHT * lines as f64;
    label.max(f64::from(outputs) * HEIGHT_EACH_OUTPUT).max(NODE_HEIGHT)
}

/// The lines of a label: as in Node-RED `\n ` parts them (a backslash, an n and a blank), and `\\n ` is no end
/// of a line.
pub fn label_lines(label: &str) -> impl Iterator<Item = String> {
    const HELD: &str = "\u{0}";
    let held = label.replace("\\\\n ", HELD);
    let lines: Vec<String> =
        held.split("\\n ").map(|line| line.replace(HELD, "\\n ").trim().to_owned()).collect();
    lines.into_iter()
}

/// Where output `port` of `outputs` is, above or below the node's centre.
pub fn output_offset(port: u16, outputs: u16) -> f64 {
    (f64::from(port) - (f64::from(outputs.max(1)) - 1.0) / 2.0) * PORT_DISTANCE
}

/// Width of a text in Helvetica (Arial) of 14 pixels, in which Node-RED sets its labels: measuring would make a
/// flow's layout depend on the machine that shows it.
pub fn text_width(text: &str) -> f64 {
    const SIZE: f64 = 14.0;
    text.chars().map(|letter| f64::from(advance(letter))).sum::<f64>() * SIZE / 1000.0
}

/// How far Helvetica moves on for a letter, in thousandths of its size (Adobe's metrics of the standard fonts).
fn advance(letter: char) -> u16 {
    match letter {
        '\'' => 191,
        '‘' | '’' | '‚' => 222,
        'i' | 'j' | 'l' => 222,
        '|' => 260,
        ' ' | '!' | ',' | '.' | '/' | ':' | ';' | 'I' | '[' | '\\' | ']' | 'f' | 't' => 278,
        '(' | ')' | '-' | '`' | 'r' | '“' | '”' | '„' => 333,
        '•' => 350,
        '{' | '}' => 334,
        '"' => 355,
        '*' => 389,
        '^' => 469,
        'J' | 'c' | 'k' | 's' | 'v' | 'x' | 'y' | 'z' => 500,
        '+' | '<' | '=' | '>' | '~' => 584,
        'F' | 'T' | 'Z' => 611,
        '&' | 'A' | 'B' | 'E' | 'K' | 'P' | 'S' | 'V' | 'X' | 'Y' => 667,
        'C' | 'D' | 'H' | 'N' | 'R' | 'U' | 'w' => 722,
        'G' | 'O' | 'Q' => 778,
        'M' | 'm' => 833,
        '%' => 889,
        'W' => 944,
        '…' | '—' => 1000,
        '@' => 1015,
        '\u{0}'..='\u{2ff}' | '–' | '€' => 556,
        '\u{300}'..='\u{36f}' => 0,
        '\u{1100}'.. => 1000,
        _ => 600,
    }
}

/// SVG path of a wire from an output to an input. Leaves to the right and arrives from the left; one that
/// runs backwards goes around.
pub fn wire_path(from: (f64, f64), to: (f64, f64)) -> String {
    let mut path = String::new();
    push_wire(&mut path, from, to);
    path
}

/// Adds such a path to another.
pub fn push_wire(path: &mut String, from: (f64, f64), to: (f64, f64)) {
    let mut add = |letter: char, numbers: &[f64]| {
        path.push(letter);
        for (at, number) in numbers.iter().enumerate() {
            if at > 0 {
                path.push(' ');
            }
            push_number(path, *number);
        }
    };
    let ((x1, y1), (x2, y2)) = (from, to);
    let (dx, dy) = (x2 - x1, y2 - y1);
    add('M', &[x1, y1]);
    if dx >= 0.0 || dy.abs() > dx.abs() {
        let reach = (dx.abs() * 0.5).max(dy.abs().min(80.0) * 0.5).clamp(24.0, 160.0);
        return add('C', &[x1 + reach, y1, x2 - reach, y2, x2, y2]);
    }
    let reach = 44.0;
    let middle = match dy.abs() < 2.0 * NODE_HEIGHT {
        true => y1.max(y2) + 1.6 * NODE_HEIGHT,
        false => f64::midpoint(y1, y2),
    };
    let (a, b) = (x1 + reach, x2 - reach);
    add('C', &[a, y1, a, middle, f64::midpoint(x1, x2), middle]);
    add('S', &[b, y2, x2, y2]);
}

/// Adds a number to a path, to a tenth. What formats any number takes ten times as long, and there may be thousands.
pub fn push_number(path: &mut String, number: f64) {
    let tenths = (number * 10.0).round() as i64;
    if tenths < 0 {
        path.push('-');
    }
    let (mut whole, tenth) = (tenths.unsigned_abs() / 10, (tenths.unsigned_abs() % 10) as u8);
    let mut digits = [b'0'; 20];
    let mut first = digits.len() - 1;
    loop {
        digits[first] = b'0' + (whole % 10) as u8;
        whole /= 10;
        if whole == 0 || first == 0 {
            break;
        }
        first -= 1;
    }
    path.extend(digits[first..].iter().copied().map(char::from));
    if tenth > 0 {
        path.push('.');
        path.push(char::from(b'0' + tenth));
    }
}

/// The same wire as Bézier curves.
pub fn wire_curves(from: (f64, f64), to: (f64, f64)) -> Vec<[(f64, f64); 4]> {
    let ((x1, y1), (x2, y2)) = (from, to);
    let (dx, dy) = (x2 - x1, y2 - y1);
    if dx >= 0.0 || dy.abs() > dx.abs() {
        let reach = (dx.abs() * 0.5).max(dy.abs().min(80.0) * 0.5).clamp(24.0, 160.0);
        return vec![[from, (x1 + reach, y1), (x2 - reach, y2), to]];
    }
    let reach = 44.0;
    let middle = match dy.abs() < 2.0 * NODE_HEIGHT {
        true => y1.max(y2) + 1.6 * NODE_HEIGHT,
        false => f64::midpoint(y1, y2),
    };
    let centre = (f64::midpoint(x1, x2), middle);
    let (a, b) = (x1 + reach, x2 - reach);
    // The second curve goes on as the first arrives.
    vec![[from, (a, y1), (a, middle), centre], [centre, (2.0 * centre.0 - a, middle), (b, y2), to]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_as_large_as_in_node_red() {
        // As Node-RED 5.0.7 measured them in a browser with Liberation Sans.
        assert_eq!([node_width("", false), node_width("debug 1", true)], [NARROWEST, 120.0]);
        assert_eq!(
            [node_width("inside the campus?", true), node_width("inside the campus?", false)],
            [180.0, 180.0]
        );
        assert_eq!(node_width("one \\n and two", false), node_width("and two", false));
        assert_eq!([node_height(1, 0), node_height(1, 2), node_height(1, 6)], [30.0, 30.0, 90.0]);
        assert_eq!([node_height(2, 1), node_height(0, 1)], [54.0, 30.0]);
    }

    #[test]
    fn labels_have_lines() {
        let lines = |label: &str| label_lines(label).collect::<Vec<_>>();
        assert_eq!(lines("one\\n two \\n three"), ["one", "two", "three"]);
        assert_eq!(lines("C:\\\\n ew\\next"), ["C:\\n ew\\next"]);
        assert_eq!(lines(""), [""]);
    }

    #[test]
    fn outputs_are_spread_around_the_middle() {
        assert_eq!(output_offset(0, 1), 0.0);
        assert_eq!(output_offset(0, 2), -output_offset(1, 2));
        assert_eq!(output_offset(1, 3), 0.0);
    }

    #[test]
    fn wires_start_and_end_at_their_ports() {
        for to in [(300.0, 40.0), (-300.0, 5.0), (-20.0, 400.0), (0.0, 0.0)] {
            let path = wire_path((0.0, 0.0), to);
            assert!(path.starts_with("M0 0C"), "{path}");
            assert!(path.ends_with(&format!("{} {}", to.0, to.1)), "{path}");
        }
    }

    #[test]
    fn numbers_in_paths_go_to_a_tenth() {
        let written = |number: f64| {
            let mut path = String::new();
            push_number(&mut path, number);
            path
        };
        assert_eq!([0.0, 7.0, -120.0, 1234.56].map(written), ["0", "7", "-120", "1234.6"]);
        assert_eq!([-0.04, -0.05, 0.96, 1e300].map(written), ["0", "-0.1", "1", "922337203685477580.7"]);
    }

    #[test]
    fn rectangles_meet_where_they_touch() {
        let rect = Rect::around(0.0, 0.0, 10.0, 10.0);
        assert!(rect.meets(Rect::around(10.0, 0.0, 10.0, 10.0)));
        assert!(!rect.meets(Rect::around(11.0, 0.0, 10.0, 10.0)));
        assert!(rect.holds(rect) && rect.grown(1.0).holds(rect) && !rect.holds(rect.grown(1.0)));
        assert!(rect.grown(1.0).meets(Rect::around(11.0, 0.0, 10.0, 10.0)));
    }
}
