//! Fingers on the canvas: whether they tap, hold, drag or pinch. Knows neither the page nor what lies under them.

/// A place on the canvas, in pixels on the screen.
type Place = (f64, f64);

/// A finger that goes less far than this, in pixels, rests: it is broader and shakier than a mouse.
pub const SLACK: f64 = 10.0;
/// The second tap comes this soon after the first, in milliseconds, and this near to it, in pixels.
const DOUBLE_TAP_MS: f64 = 320.0;
const DOUBLE_TAP_REACH: f64 = 28.0;
/// A finger that rests this long means the menu, in milliseconds.
pub const LONG_PRESS_MS: u64 = 500;

/// The fingers that are down, and what they may still become.
#[derive(Clone, Debug, Default)]
pub struct Fingers {
    down: Vec<(i32, Place)>,
    /// The only finger, where it came down; none once it moved, was held or got company.
    resting: Option<(i32, Place)>,
    last_tap: Option<(Place, f64)>,
}

/// What a finger that moved does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Moved {
    /// Nothing yet.
    Rests,
    /// It takes something along. The first time in a press where the flag is set.
    Drags(bool),
    /// Two fingers went from these places to those.
    Pinches((Place, Place), (Place, Place)),
}

/// What a finger that went up did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifted {
    /// It tapped.
    Tap,
    /// It tapped for the second time.
    DoubleTap,
    /// Something else, which has ended.
    Other,
}

impl Fingers {
    /// A finger came down; gives back how many there are.
    pub fn press(&mut self, finger: i32, at: Place) -> usize {
        self.down.retain(|(known, _)| *known != finger);
        self.down.push((finger, at));
        self.resting = (self.down.len() == 1).then_some((finger, at));
        self.down.len()
    }

    /// A finger moved; none for what is no finger.
    pub fn drag(&mut self, finger: i32, at: Place) -> Option<Moved> {
        let before = [self.down.first(), self.down.get(1)].map(|finger| finger.map(|(_, place)| *place));
        let one = self.down.iter_mut().find(|(known, _)| *known == finger)?;
        one.1 = at;
        if let ([Some(a), Some(b)], [(_, c), (_, d), ..]) = (before, self.down.as_slice()) {
            return Some(Moved::Pinches((a, b), (*c, *d)));
        }
        let Some((_, start)) = self.resting else { return Some(Moved::Drags(false)) };
        if far(start, at) < SLACK {
            return Some(Moved::Rests);
        }
        self.resting = None;
        Some(Moved::Drags(true))
    }

    /// A finger went up at a time in milliseconds; none for what is no finger.
    pub fn lift(&mut self, finger: i32, time_ms: f64) -> Option<Lifted> {
        let count = self.down.len();
        self.down.retain(|(known, _)| *known != finger);
        if self.down.len() == count {
            return None;
        }
        let Some((_, at)) = self.resting.take() else {
            self.last_tap = None;
            return Some(Lifted::Other);
        };
        let is_second = self.last_tap.is_some_and(|(place, time)| {
            time_ms - time <= DOUBLE_TAP_MS && far(place, at) <= DOUBLE_TAP_REACH
        });
        self.last_tap = (!is_second).then_some((at, time_ms));
        Some(if is_second { Lifted::DoubleTap } else { Lifted::Tap })
    }

    /// [`LONG_PRESS_MS`] went by since this finger came down. Where it still rests, gives back where; it is no tap
    /// any more then.
    pub fn hold(&mut self, finger: i32) -> Option<Place> {
        let (_, at) = self.resting.filter(|(known, _)| *known == finger)?;
        self.resting = None;
        Some(at)
    }
}

fn far(a: Place, b: Place) -> f64 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finger_that_rests_taps_and_one_that_moves_drags() {
        let mut fingers = Fingers::default();
        assert_eq!(fingers.press(1, (100.0, 100.0)), 1);
        assert_eq!(fingers.drag(1, (104.0, 103.0)), Some(Moved::Rests));
        assert_eq!(fingers.lift(1, 50.0), Some(Lifted::Tap));
        fingers.press(1, (300.0, 100.0));
        assert_eq!(fingers.drag(1, (320.0, 100.0)), Some(Moved::Drags(true)));
        assert_eq!(fingers.drag(1, (301.0, 100.0)), Some(Moved::Drags(false)));
        assert_eq!(fingers.lift(1, 90.0), Some(Lifted::Other));
        // A mouse is none of its business.
        assert_eq!((fingers.drag(7, (0.0, 0.0)), fingers.lift(7, 0.0)), (None, None));
    }

    #[test]
    fn two_taps_at_one_place_are_a_double_tap_and_three_are_not_two() {
        let mut fingers = Fingers::default();
        let mut tap = |at: Place, time: f64| {
            fingers.press(1, at);
            fingers.lift(1, time).unwrap()
        };
        assert_eq!(tap((100.0, 100.0), 0.0), Lifted::Tap);
        assert_eq!(tap((110.0, 90.0), 200.0), Lifted::DoubleTap);
        assert_eq!(tap((110.0, 90.0), 300.0), Lifted::Tap);
        // Too late, and too far.
        assert_eq!(tap((110.0, 90.0), 900.0), Lifted::Tap);
        assert_eq!(tap((180.0, 90.0), 950.0), Lifted::Tap);
    }

    #[test]
    fn two_fingers_pinch_and_neither_taps() {
        let mut fingers = Fingers::default();
        fingers.press(1, (100.0, 100.0));
        assert_eq!(fingers.press(2, (200.0, 100.0)), 2);
        let moved = fingers.drag(2, (300.0, 100.0));
        let (from, to) = (((100.0, 100.0), (200.0, 100.0)), ((100.0, 100.0), (300.0, 100.0)));
        assert_eq!(moved, Some(Moved::Pinches(from, to)));
        assert_eq!(fingers.lift(2, 10.0), Some(Lifted::Other));
        assert_eq!(fingers.drag(1, (101.0, 100.0)), Some(Moved::Drags(false)));
        assert_eq!(fingers.lift(1, 20.0), Some(Lifted::Other));
    }

    #[test]
    fn a_finger_that_is_held_taps_no_more() {
        let mut fingers = Fingers::default();
        fingers.press(1, (100.0, 100.0));
        assert_eq!((fingers.hold(2), fingers.hold(1)), (None, Some((100.0, 100.0))));
        assert_eq!(fingers.hold(1), None);
        assert_eq!(fingers.lift(1, 700.0), Some(Lifted::Other));
        fingers.press(1, (100.0, 100.0));
        fingers.drag(1, (200.0, 100.0));
        assert_eq!(fingers.hold(1), None);
    }
}
