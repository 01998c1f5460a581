//! Topics and topic filters of MQTT (MQTT 5, section 4.7).

/// The longest topic, in bytes of UTF-8.
const LONGEST: usize = 65_535;

/// Whether a message can be published to `topic`.
pub fn is_topic(topic: &str) -> bool {
    !topic.is_empty() && topic.len() <= LONGEST && !topic.contains(['+', '#', '\0'])
}

/// Whether one can subscribe to `filter`; `$share/<group>/<filter>` is a shared subscription.
pub fn is_filter(filter: &str) -> bool {
    if filter.len() > LONGEST || filter.contains('\0') {
        return false;
    }
    let filter = match filter.strip_prefix("$share/") {
        Some(shared) => match shared.split_once('/') {
            Some((group, filter)) if !group.is_empty() && !group.contains(['+', '#']) => filter,
            _ => return false,
        },
        None => filter,
    };
    if filter.is_empty() {
        return false;
    }
    let mut levels = filter.split('/').peekable();
    while let Some(level) = levels.next() {
        let fits = match level {
            "#" => levels.peek().is_none(),
            "+" => true,
            _ => !level.contains(['+', '#']),
        };
        if !fits {
            return false;
        }
    }
    true
}

/// Whether a message of `topic` belongs to a subscription to `filter`.
pub fn matches(filter: &str, topic: &str) -> bool {
    let filter = filter
        .strip_prefix("$share/")
        .and_then(|shared| shared.split_once('/'))
        .map_or(filter, |(_, filter)| filter);
    // The broker's own topics are not for those who subscribe to everything.
    if topic.starts_with('$') && filter.starts_with(['+', '#']) {
        return false;
    }
    let mut levels = topic.split('/');
    for wanted in filter.split('/') {
        match (wanted, levels.next()) {
            ("#", _) => return true,
            ("+", Some(_)) => {}
            (wanted, Some(level)) if wanted == level => {}
            _ => return false,
        }
    }
    levels.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_topics_from_filters() {
        for (text, topic, filter) in [
            ("a", true, true),
            ("/", true, true),
            ("a//b", true, true),
            ("$SYS/x", true, true),
            ("", false, false),
            ("#", false, true),
            ("a/#", false, true),
            ("a/+/b", false, true),
            ("+", false, true),
            ("a/#/b", false, false),
            ("a#", false, false),
            ("a/b+", false, false),
            ("$share/g/a/+", false, true),
            ("$share/g", true, false),
            ("$share//a", true, false),
            ("$share/g/", true, false),
            ("a\0", false, false),
        ] {
            assert_eq!((is_topic(text), is_filter(text)), (topic, filter), "{text}");
        }
        assert!(!is_topic(&"a".repeat(LONGEST + 1)) && !is_filter(&"a".repeat(LONGEST + 1)));
    }

    #[test]
    fn matches_as_the_standard_says() {
        for (filter, topic, expected) in [
            ("a/b", "a/b", true),
            ("a/b", "a/c", false),
            ("a/+", "a/b", true),
            ("a/+", "a", false),
            ("a/+", "a/", true),
            ("a/+", "a/b/c", false),
            ("a/#", "a", true),
            ("a/#", "a/b/c", true),
            ("#", "a/b", true),
            ("+/+", "/a", true),
            ("/+", "/a", true),
            ("+", "/a", false),
            ("#", "$SYS/a", false),
            ("+/a", "$SYS/a", false),
            ("$SYS/#", "$SYS/a", true),
            ("$share/g/a/+", "a/b", true),
            ("$share/g/#", "$SYS/a", false),
        ] {
            assert_eq!(matches(filter, topic), expected, "{filter} {topic}");
        }
    }
}
