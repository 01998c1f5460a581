//! Topics and the patterns that subscriptions are.

/// Whether `pattern` takes in `topic`: `+` stands for one part, `#` at the end for this part and all after it,
/// or for none.
pub(super) fn matches(pattern: &str, topic: &str) -> bool {
    let mut parts = topic.split('/');
    for wanted in pattern.split('/') {
        if wanted == "#" {
            return true;
        }
        match parts.next() {
            Some(part) if wanted == "+" || wanted == part => {}
            _ => return false,
        }
    }
    parts.next().is_none()
}

/// What stands before the first `/`.
pub(super) fn first(topic: &str) -> &str {
    topic.split('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, topic, expected) in [
            ("debug", "debug", true),
            ("debug", "debug/x", false),
            ("status/#", "status/a", true),
            ("status/#", "status", true),
            ("status/#", "statuses/a", false),
            ("+/a", "status/a", true),
            ("status/+", "status/a/b", false),
            ("#", "notification/x", true),
            ("", "debug", false),
        ] {
            assert_eq!(matches(pattern, topic), expected, "{pattern} {topic}");
        }
    }
}
