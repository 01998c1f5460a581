//! Areas on the Earth, taken for a sphere.

use super::position::Position;

/// The Earth's mean radius R1 in metres: (2a + b) / 3 of the Geodetic Reference System 1980 (H. Moritz, Journal
/// of Geodesy 74, 2000, p. 131).
const EARTH_RADIUS_M: f64 = 6_371_008.771_4;

/// A circle or a polygon.
pub(super) enum Area {
    Circle { centre: Position, radius_m: f64 },
    Polygon { corners: Vec<Position>, middle: Position },
}

impl Area {
    pub(super) fn circle(centre: Position, radius_m: f64) -> Self {
        Self::Circle { centre, radius_m }
    }

    /// A polygon with straight edges in latitude and longitude, as on most maps. Its longitudes are taken on
    /// the shorter way round, so that it may cross the date line.
    pub(super) fn polygon(mut corners: Vec<Position>) -> Self {
        let reference = corners.first().map_or(0.0, |corner| corner.longitude);
        for corner in &mut corners {
            corner.longitude = near(corner.longitude, reference);
        }
        let count = corners.len().max(1) as f64;
        let middle = Position {
            latitude: corners.iter().map(|corner| corner.latitude).sum::<f64>() / count,
            longitude: corners.iter().map(|corner| corner.longitude).sum::<f64>() / count,
        };
        Self::Polygon { corners, middle }
    }

    /// Whether a position is inside; the edge counts as inside.
    pub(super) fn contains(&self, position: Position) -> bool {
        match self {
            Self::Circle { centre, radius_m } => distance_m(*centre, position) <= *radius_m,
            Self::Polygon { corners, middle } => {
                let point = Position { longitude: near(position.longitude, middle.longitude), ..position };
                is_in_polygon(corners, point)
            }
        }
    }

    /// How far it is to the centre, or the middle of the corners.
    pub(super) fn distance_m(&self, position: Position) -> f64 {
        let (Self::Circle { centre, .. } | Self::Polygon { middle: centre, .. }) = self;
        distance_m(*centre, position)
    }
}

/// The distance along the Earth, by the haversine formula.
pub(super) fn distance_m(a: Position, b: Position) -> f64 {
    let half_latitude = (b.latitude - a.latitude).to_radians() / 2.0;
    let half_longitude = (b.longitude - a.longitude).to_radians() / 2.0;
    let haversine = half_latitude.sin().powi(2)
        + a.latitude.to_radians().cos() * b.latitude.to_radians().cos() * half_longitude.sin().powi(2);
    2.0 * EARTH_RADIUS_M * haversine.sqrt().min(1.0).asin()
}

/// The same longitude, within half a turn of `reference`.
fn near(longitude: f64, reference: f64) -> f64 {
    longitude - ((longitude - reference) / 360.0).round() * 360.0
}

/// Counts the edges that a ray from the point to the east crosses: an odd number is inside.
fn is_in_polygon(corners: &[Position], point: Position) -> bool {
    let (x, y) = (point.longitude, point.latitude);
    let mut is_inside = false;
    let Some(mut from) = corners.last() else { return false };
    for to in corners {
        let ((x1, y1), (x2, y2)) = ((from.longitude, from.latitude), (to.longitude, to.latitude));
        let cross = (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1);
        let is_within = x >= x1.min(x2) && x <= x1.max(x2) && y >= y1.min(y2) && y <= y1.max(y2);
        if cross == 0.0 && is_within {
            return true;
        }
        if (y1 > y) != (y2 > y) && x < (x2 - x1) * (y - y1) / (y2 - y1) + x1 {
            is_inside = !is_inside;
        }
        from = to;
    }
    is_inside
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(latitude: f64, longitude: f64) -> Position {
        Position { latitude, longitude }
    }

    #[test]
    fn distances_are_known_ones() {
        // A degree along a meridian of the sphere: its radius times pi / 180.
        assert!((distance_m(at(0.0, 0.0), at(1.0, 0.0)) - 111_195.08).abs() < 0.01);
        // Half way round.
        assert!((distance_m(at(0.0, 0.0), at(0.0, 180.0)) - 20_015_114.44).abs() < 0.1);
        // Paris to London, some 343.5 km; the sphere is good for half a percent.
        let paris_london = distance_m(at(48.8566, 2.3522), at(51.5074, -0.1278));
        assert!((paris_london - 343_556.0).abs() < 500.0, "{paris_london}");
        assert_eq!(distance_m(at(5.0, 6.0), at(5.0, 6.0)), 0.0);
    }

    #[test]
    fn a_polygon_may_be_hollow_and_cross_the_date_line() {
        let hollow = Area::polygon(vec![
            at(0.0, 0.0),
            at(0.0, 4.0),
            at(4.0, 4.0),
            at(4.0, 3.0),
            at(1.0, 3.0),
            at(1.0, 1.0),
            at(4.0, 1.0),
            at(4.0, 0.0),
        ]);
        assert!(hollow.contains(at(2.0, 0.5)) && hollow.contains(at(0.5, 2.0)));
        assert!(!hollow.contains(at(2.0, 2.0)) && !hollow.contains(at(5.0, 2.0)));
        assert!(hollow.contains(at(0.0, 2.0)) && hollow.contains(at(4.0, 4.0)), "edges are inside");
        let pacific = Area::polygon(vec![at(-1.0, 179.0), at(-1.0, -179.0), at(1.0, -179.0), at(1.0, 179.0)]);
        assert!(pacific.contains(at(0.0, 180.0)) && pacific.contains(at(0.0, -180.0)));
        assert!(pacific.contains(at(0.0, -179.5)) && !pacific.contains(at(0.0, 178.0)));
        assert!(!pacific.contains(at(0.0, 0.0)));
    }

    proptest! {
        #[test]
        fn a_rectangle_holds_what_is_between_its_sides(
            latitude in -89.0..89.0_f64, longitude in -180.0..180.0_f64,
            south in -80.0..0.0_f64, north in 0.1..80.0_f64, west in -170.0..0.0_f64, width in 0.1..170.0_f64,
        ) {
            let east = west + width;
            let corners = vec![at(south, west), at(south, east), at(north, east), at(north, west)];
            let expected = (south..=north).contains(&latitude) && (west..=east).contains(&longitude);
            prop_assert_eq!(Area::polygon(corners).contains(at(latitude, longitude)), expected);
        }

        #[test]
        fn distance_is_the_same_both_ways(a in (-90.0..90.0_f64, -180.0..180.0_f64), b in (-90.0..90.0_f64, -180.0..180.0_f64)) {
            let (a, b) = (at(a.0, a.1), at(b.0, b.1));
            let there = distance_m(a, b);
            prop_assert!(there >= 0.0 && (there - distance_m(b, a)).abs() < 1e-6);
        }
    }
}
