//! Revisions of the flows, as the server lists them.

use model::json::Json;

/// One that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Names it.
    pub id: String,
    /// When it was deployed, in milliseconds since 1970.
    pub time_ms: Option<u64>,
}

impl Revision {
    /// Reads what `GET /revisions` answers.
    pub fn list(answer: &Json) -> Vec<Self> {
        let list = answer.get("revisions").and_then(Json::as_array).unwrap_or_default();
        list.iter().filter_map(Self::read).collect()
    }

    fn read(one: &Json) -> Option<Self> {
        let time_ms = one.get("time").and_then(Json::as_f64).map(|time| time as u64);
        Some(Self { id: one.get("id")?.as_str()?.to_owned(), time_ms })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_revision_is_passed_over() {
        let answer =
            Json::parse(r#"{"rev":"x","revisions":[{"id":"1-a","time":5},{"id":7},{"id":"0-b"}]}"#).unwrap();
        let list = Revision::list(&answer);
        assert_eq!(
            list.iter().map(|one| (one.id.as_str(), one.time_ms)).collect::<Vec<_>>(),
            [("1-a", Some(5)), ("0-b", None)]
        );
    }
}
