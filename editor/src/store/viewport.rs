//! Which part of a flow is seen: one transform from flow to screen.

use super::geometry::Rect;

/// The transform: `screen = flow * scale + offset`, in CSS pixels of the canvas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    /// Screen place of the flow's origin, horizontally.
    pub x: f64,
    /// Screen place of the flow's origin, vertically.
    pub y: f64,
    /// Size on screen of one unit of the flow.
    pub scale: f64,
}

/// A size in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Size {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// Bounds of the scale.
pub const SMALLEST_SCALE: f64 = 0.1;
/// Bounds of the scale.
pub const LARGEST_SCALE: f64 = 3.0;
/// Below this scale nodes are too small to be read.
pub const FAR: f64 = 0.4;
/// One step of a zoom button or key.
pub const ZOOM_STEP: f64 = 1.2;
/// Room left around a flow that is fitted into the canvas, in pixels.
const MARGIN: f64 = 28.0;

impl Default for Viewport {
    fn default() -> Self {
        Self { x: 0.0, y: 0.0, scale: 1.0 }
    }
}

impl Viewport {
    /// Moved by a distance on screen.
    #[must_use]
    pub fn panned(self, dx: f64, dy: f64) -> Self {
        Self { x: self.x + dx, y: self.y + dy, ..self }
    }

    /// With two fingers moved: from these places on the screen to those.
    #[must_use]
    pub fn pinched(self, from: ((f64, f64), (f64, f64)), to: ((f64, f64), (f64, f64))) -> Self {
        let middle = |(a, b): ((f64, f64), (f64, f64))| (f64::midpoint(a.0, b.0), f64::midpoint(a.1, b.1));
        let apart = |(a, b): ((f64, f64), (f64, f64))| (a.0 - b.0).hypot(a.1 - b.1).max(1.0);
        let (before, after) = (middle(from), middle(to));
        self.panned(after.0 - before.0, after.1 - before.1).zoomed_at(
            after.0,
            after.1,
            apart(to) / apart(from),
        )
    }

    /// Zoomed so that the flow's place under the screen place (`x`, `y`) stays there.
    #[must_use]
    pub fn zoomed_at(self, x: f64, y: f64, factor: f64) -> Self {
        let scale = (self.scale * factor).clamp(SMALLEST_SCALE, LARGEST_SCALE);
        let ratio = scale / self.scale;
        Self { x: x - (x - self.x) * ratio, y: y - (y - self.y) * ratio, scale }
    }

    /// The flow's place under a screen place.
    pub fn to_flow(self, x: f64, y: f64) -> (f64, f64) {
        ((x - self.x) / self.scale, (y - self.y) / self.scale)
    }

    /// The part of the flow that a canvas of `size` shows.
    pub fn shown(self, size: Size) -> Rect {
        let (left, top) = self.to_flow(0.0, 0.0);
        let (right, bottom) = self.to_flow(size.width, size.height);
        Rect { left, top, right, bottom }
    }

    /// Shows all of `bounds`, in the middle, at most at actual size.
    pub fn fitting(bounds: Rect, size: Size) -> Self {
        let room = |length: f64| (length - 2.0 * MARGIN).max(1.0);
        let fit =
            (room(size.width) / bounds.width().max(1.0)).min(room(size.height) / bounds.height().max(1.0));
        let scale = fit.clamp(SMALLEST_SCALE, 1.0);
        let (x, y) = bounds.centre();
        Self { x: size.width / 2.0 - x * scale, y: size.height / 2.0 - y * scale, scale }
    }

    /// The flow's place (`x`, `y`) in the middle of the canvas, at the same scale.
    #[must_use]
    pub fn centred_on(self, x: f64, y: f64, size: Size) -> Self {
        Self { x: size.width / 2.0 - x * self.scale, y: size.height / 2.0 - y * self.scale, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_under_two_fingers_stays_under_them() {
        let viewport = Viewport::default();
        let from = ((100.0, 100.0), (300.0, 100.0));
        let to = ((150.0, 200.0), (250.0, 200.0));
        let after = viewport.pinched(from, to);
        for ((x, y), at) in [(from.0, to.0), (from.1, to.1)] {
            let (now_x, now_y) = after.to_flow(at.0, at.1);
            let before = viewport.to_flow(x, y);
            assert!((now_x - before.0).abs() < 1e-6 && (now_y - before.1).abs() < 1e-6);
        }
    }

    const SIZE: Size = Size { width: 800.0, height: 600.0 };

    #[test]
    fn the_place_under_the_pointer_stays() {
        let before = Viewport { x: 13.0, y: -40.0, scale: 0.8 };
        let after = before.zoomed_at(300.0, 200.0, 1.7);
        let (a, b) = (before.to_flow(300.0, 200.0), after.to_flow(300.0, 200.0));
        assert!((a.0 - b.0).abs() < 1e-9 && (a.1 - b.1).abs() < 1e-9);
    }

    #[test]
    fn the_scale_has_bounds() {
        assert_eq!(Viewport::default().zoomed_at(0.0, 0.0, 1e9).scale, LARGEST_SCALE);
        assert_eq!(Viewport::default().zoomed_at(0.0, 0.0, 1e-9).scale, SMALLEST_SCALE);
    }

    #[test]
    fn fitting_shows_all_and_never_enlarges() {
        let wide = Rect { left: -100.0, top: 0.0, right: 3_000.0, bottom: 100.0 };
        let shown = Viewport::fitting(wide, SIZE).shown(SIZE);
        assert!(shown.left < wide.left && shown.right > wide.right);
        let small = Rect { left: 0.0, top: 0.0, right: 10.0, bottom: 10.0 };
        assert_eq!(Viewport::fitting(small, SIZE).scale, 1.0);
        assert_eq!(Viewport::fitting(small, SIZE).to_flow(400.0, 300.0), (5.0, 5.0));
    }
}
