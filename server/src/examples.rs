//! The example flows of the folder `flows/`, which the binary carries.

use model::api::ExampleInfo;
use model::document::{Document, Kind};
use model::language::Language;
use model::text::{Catalogue, Text};

use crate::texts;

/// The texts of this module: what each example is called and what it shows.
pub(crate) const TEXTS: Catalogue = &[
    (
        "example.hello-mqtt",
        "The shortest round trip: an inject node publishes a greeting to the MQTT broker, an mqtt in node gets it back, the debug panel shows it.",
    ),
    ("example.hello-mqtt.title", "Hello MQTT"),
    ("example.http-api", "A small REST API (list, create, read, 404) that keeps its data in flow context."),
    ("example.http-api.title", "HTTP API"),
    (
        "example.smart-campus",
        "A whole system on three tabs: a thousand simulated cars and students report where they are over MQTT; those on the campus are stored for 24 hours, each exactly once; HTTP requests ask who is there and send actions back.",
    ),
    ("example.smart-campus.title", "Smart campus"),
];

/// One example.
pub(crate) struct Example {
    /// Names it in its address: its file without `.json`.
    pub(crate) name: &'static str,
    title: &'static str,
    description: &'static str,
    /// Its flow file.
    pub(crate) flows: &'static str,
}

macro_rules! examples {
    ($($name:literal),* $(,)?) => {
        &[$(Example {
            name: $name,
            title: concat!("example.", $name, ".title"),
            description: concat!("example.", $name),
            flows: include_str!(concat!("../../flows/", $name, ".json")),
        }),*]
    };
}

/// The examples, from the shortest to the longest.
const EXAMPLES: &[Example] = examples!["hello-mqtt", "http-api", "smart-campus"];

/// What examples there are.
pub(crate) fn list(language: Language) -> Vec<ExampleInfo> {
    let say = |key| texts::render_in(language, &Text::key(key));
    let info = |example: &Example| {
        let document = Document::parse(example.flows).unwrap_or_default();
        let is_node = |kind| !matches!(kind, Kind::Tab | Kind::Subflow | Kind::Group);
        ExampleInfo {
            name: example.name.into(),
            title: say(example.title),
            description: say(example.description),
            nodes: document.nodes().iter().filter(|node| is_node(node.kind())).count(),
        }
    };
    EXAMPLES.iter().map(info).collect()
}

/// The example of this name.
pub(crate) fn get(name: &str) -> Option<&'static Example> {
    EXAMPLES.iter().find(|example| example.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_that_of_the_folder_and_of_its_readme() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../flows");
        let readme = std::fs::read_to_string(folder.join("README.md")).unwrap();
        let rows = readme.lines().filter_map(|line| {
            let (link, description) = line.strip_prefix("| [")?.split_once(" | ")?;
            let (file, _) = link.split_once(']')?;
            Some((file.strip_suffix(".json")?.to_owned(), description.strip_suffix(" |")?.to_owned()))
        });
        let told: Vec<(String, String)> = list(Language::English)
            .iter()
            .map(|info| (info.name.to_string(), info.description.to_string()))
            .collect();
        assert_eq!(rows.collect::<Vec<_>>(), told);

        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| Some(entry.unwrap().file_name().to_str()?.strip_suffix(".json")?.to_owned()))
            .collect();
        files.sort();
        let mut names: Vec<&str> = EXAMPLES.iter().map(|example| example.name).collect();
        names.sort_unstable();
        assert_eq!(files, names);
        assert!(
            list(Language::English).iter().all(|info| info.nodes > 0 && !info.title.starts_with("example."))
        );
    }
}
