//! What of the deployed flows could not be started, and why.

use std::collections::HashMap;

use model::json::Json;

/// The problems, by node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(HashMap<String, Vec<Problem>>);

/// One problem, in the server's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The place in the node, such as `rules[2].v`; empty for the node as a whole.
    pub path: String,
    /// What is wrong and how to mend it.
    pub message: String,
}

impl Problems {
    /// Reads what `GET /flows/problems` answers: `{problems: [{node, path, message}]}`.
    pub fn read(answer: &Json) -> Self {
        let mut problems = Self::default();
        let list = answer.get("problems").and_then(Json::as_array).unwrap_or_default();
        for problem in list {
            let field = |key| problem.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
            let told = Problem { path: field("path"), message: field("message") };
            problems.0.entry(field("node")).or_default().push(told);
        }
        problems
    }

    /// The problems of a node.
    pub fn of(&self, id: &str) -> &[Problem] {
        self.0.get(id).map_or(&[], Vec::as_slice)
    }

    /// All problems of a node in words, one a line; none where it has none.
    pub fn words(&self, id: &str) -> Option<String> {
        let lines: Vec<String> = self.of(id).iter().map(Problem::words).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}

impl Problem {
    /// The place and what is wrong there.
    pub fn words(&self) -> String {
        match self.path.as_str() {
            "" => self.message.clone(),
            path => format!("{path}: {}", self.message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_found_by_node() {
        let answer = r#"{"rev":"r","problems":[{"node":"a","path":"func","message":"no end"},
            {"node":"a","path":"","message":"no type"},{"node":null,"path":"[3]","message":"no id"}]}"#;
        let problems = Problems::read(&Json::parse(answer).unwrap());
        assert_eq!(problems.words("a").unwrap(), "func: no end\nno type");
        assert_eq!(problems.words("b"), None);
        assert_eq!(problems.of("").len(), 1);
        assert_eq!(Problems::read(&Json::Null), Problems::default());
    }
}
