//! Geohashes: bits of longitude and latitude in turn, five in a character.

/// The characters, by their value.
const ALPHABET: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";
/// More characters than a number is exact for.
pub(crate) const LONGEST: usize = 12;

/// A position in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Position {
    /// North is positive.
    pub(crate) latitude: f64,
    /// East is positive.
    pub(crate) longitude: f64,
}

/// A range that is halved again and again.
struct Range(f64, f64);

impl Range {
    const LATITUDES: Self = Self(-90.0, 90.0);
    const LONGITUDES: Self = Self(-180.0, 180.0);

    fn middle(&self) -> f64 {
        f64::midpoint(self.0, self.1)
    }

    fn halve(&mut self, upper: bool) {
        let middle = self.middle();
        if upper { self.0 = middle } else { self.1 = middle }
    }
}

/// The geohash of a position, with that many characters.
pub(crate) fn encode(position: Position, length: usize) -> String {
    let (mut latitudes, mut longitudes) = (Range::LATITUDES, Range::LONGITUDES);
    let mut is_longitude = true;
    let mut bit = || {
        let (range, value) = match is_longitude {
            true => (&mut longitudes, position.longitude),
            false => (&mut latitudes, position.latitude),
        };
        is_longitude = !is_longitude;
        let upper = value >= range.middle();
        range.halve(upper);
        usize::from(upper)
    };
    let mut character = || char::from(ALPHABET[(0..5).fold(0, |value, _| value * 2 + bit())]);
    (0..length).map(|_| character()).collect()
}

/// The middle of a geohash's area, and how far it reaches; none for what is no geohash.
pub(crate) fn decode(hash: &str) -> Option<(Position, Position)> {
    if hash.is_empty() || hash.len() > LONGEST {
        return None;
    }
    let (mut latitudes, mut longitudes) = (Range::LATITUDES, Range::LONGITUDES);
    let mut is_longitude = true;
    for character in hash.bytes() {
        let value = ALPHABET.iter().position(|known| *known == character.to_ascii_lowercase())?;
        for bit in (0..5).rev() {
            let range = if is_longitude { &mut longitudes } else { &mut latitudes };
            range.halve(value >> bit & 1 == 1);
            is_longitude = !is_longitude;
        }
    }
    let middle = Position { latitude: latitudes.middle(), longitude: longitudes.middle() };
    let error =
        Position { latitude: latitudes.1 - middle.latitude, longitude: longitudes.1 - middle.longitude };
    Some((middle, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_places() {
        // A point in Jutland that the inventor's page uses, and the corners of the world.
        let place = Position { latitude: 57.64911, longitude: 10.40744 };
        assert_eq!(encode(place, 11), "u4pruydqqvj");
        assert_eq!(encode(Position { latitude: -90.0, longitude: -180.0 }, 3), "000");
        assert_eq!(encode(Position { latitude: 90.0, longitude: 180.0 }, 3), "zzz");
    }

    #[test]
    fn there_and_back_is_within_the_error() {
        for length in 1..=LONGEST {
            let place = Position { latitude: -33.8567, longitude: 151.2152 };
            let (middle, error) = decode(&encode(place, length)).unwrap();
            assert!((middle.latitude - place.latitude).abs() <= error.latitude, "{length}");
            assert!((middle.longitude - place.longitude).abs() <= error.longitude, "{length}");
        }
    }

    #[test]
    fn what_is_no_geohash() {
        assert_eq!([decode(""), decode("a"), decode("u4pé"), decode("0000000000000")], [None; 4]);
        assert_eq!(decode("U4PR"), decode("u4pr"));
    }
}
