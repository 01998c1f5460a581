//! The sheet that a flow is drawn on: a layer of the page, which the browser moves and enlarges as it is, without
//! painting it anew.

use super::geometry::Rect;
use super::viewport::Viewport;

/// The sheet's edges lie on multiples of this, in the flow's units, so that they seldom change: a change paints all anew.
const STEP: f64 = 2_000.0;
/// How far buttons, statuses and flags reach out of what they belong to, at most.
const REACH: f64 = 300.0;
/// How much what is painted may be enlarged or reduced before it is painted anew.
const STRETCH: f64 = 2.0;

/// Where the sheet lies in the flow: it holds all that is drawn, and all that is shown.
pub fn extent(drawn: Option<Rect>, shown: Rect) -> Rect {
    let all = drawn.map_or(shown, |drawn| drawn.grown(REACH).with(shown));
    Rect {
        left: (all.left / STEP).floor() * STEP,
        top: (all.top / STEP).floor() * STEP,
        right: (all.right / STEP).ceil() * STEP,
        bottom: (all.bottom / STEP).ceil() * STEP,
    }
}

/// The scale to paint at: the viewport's, but while one zooms the one before, as far as it can be stretched.
pub fn painted_scale(viewport: Viewport, before: Option<f64>, is_zooming: bool) -> f64 {
    let stretches = |before: &f64| (STRETCH.recip()..=STRETCH).contains(&(viewport.scale / before));
    before.filter(|_| is_zooming).filter(stretches).unwrap_or(viewport.scale)
}

/// Width and height of the sheet as CSS.
pub fn size(extent: Rect, painted: f64) -> (String, String) {
    let pixels = |length: f64| format!("{:.1}px", length * painted);
    (pixels(extent.width()), pixels(extent.height()))
}

/// Place of the sheet as a CSS transform, its origin at its upper left corner. It lies on whole pixels.
pub fn place(extent: Rect, viewport: Viewport, painted: f64) -> String {
    let x = (viewport.x + extent.left * viewport.scale).round();
    let y = (viewport.y + extent.top * viewport.scale).round();
    format!("translate({x}px,{y}px) scale({:.4})", viewport.scale / painted)
}

/// The flow's place on the sheet as an SVG transform.
pub fn transform(extent: Rect, painted: f64) -> String {
    format!("scale({painted:.4}) translate({} {})", -extent.left, -extent.top)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOWN: Rect = Rect { left: -10.0, top: 5.0, right: 700.0, bottom: 600.0 };

    #[test]
    fn the_sheet_holds_all_and_seldom_changes() {
        let drawn = Rect { left: 60.0, top: -4_100.0, right: 5_900.0, bottom: 300.0 };
        let sheet = extent(Some(drawn), SHOWN);
        assert_eq!(sheet, Rect { left: -2_000.0, top: -6_000.0, right: 8_000.0, bottom: 2_000.0 });
        assert_eq!(extent(Some(drawn), SHOWN.shifted(900.0, 900.0).with(SHOWN)), sheet);
        assert!(extent(None, SHOWN).holds(SHOWN));
    }

    #[test]
    fn zooming_stretches_what_is_painted() {
        let viewport = Viewport { x: 13.0, y: 7.0, scale: 1.5 };
        assert_eq!(painted_scale(viewport, Some(1.0), true), 1.0);
        assert_eq!(painted_scale(viewport, Some(1.0), false), 1.5);
        assert_eq!(painted_scale(viewport, Some(0.5), true), 1.5);
        assert_eq!(painted_scale(viewport, None, true), 1.5);
    }

    #[test]
    fn a_place_of_the_flow_is_where_the_viewport_says() {
        let viewport = Viewport { x: 13.0, y: 7.0, scale: 1.5 };
        let sheet = extent(None, SHOWN);
        assert_eq!(place(sheet, viewport, 1.0), "translate(-2987px,7px) scale(1.5000)");
        assert_eq!(size(sheet, 0.5), ("2000.0px".to_owned(), "1000.0px".to_owned()));
        assert_eq!(transform(sheet, 1.0), "scale(1.0000) translate(2000 -0)");
    }
}
