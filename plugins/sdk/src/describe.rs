//! What a plugin says of itself.

use crate::config::Setting;
use crate::{Json, Node, json};

/// What a plugin is: where it stands in the palette, how it looks, what its help says, what it asks for. Begin with
/// [`about!`](crate::about).
#[derive(Clone, Debug)]
pub struct About {
    type_name: &'static str,
    crate_fields: CrateFields,
    category: &'static str,
    colour: &'static str,
    icon: &'static str,
    inputs: u8,
    outputs: Outputs,
    label: Vec<&'static str>,
    credentials: Vec<Credential>,
    help: &'static str,
    capabilities: serde_json::Map<String, Json>,
    parallel: bool,
}

/// What `Cargo.toml` says of a plugin.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct CrateFields {
    /// `version`.
    pub version: &'static str,
    /// `description`.
    pub description: &'static str,
    /// `authors`, with `:` between them.
    pub author: &'static str,
    /// `license`.
    pub licence: &'static str,
    /// `homepage`.
    pub homepage: &'static str,
}

/// Begins an [`About`] of the node type of this name; version, description, authors, licence and home page are those of
/// `Cargo.toml`.
#[macro_export]
macro_rules! about {
    ($type_name:expr) => {
        $crate::About::new(
            $type_name,
            $crate::__private::CrateFields {
                version: env!("CARGO_PKG_VERSION"),
                description: env!("CARGO_PKG_DESCRIPTION"),
                author: env!("CARGO_PKG_AUTHORS"),
                licence: env!("CARGO_PKG_LICENSE"),
                homepage: env!("CARGO_PKG_HOMEPAGE"),
            },
        )
    };
}

/// How many output ports a node has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outputs {
    /// Always this many.
    Fixed(u16),
    /// As many as a setting says: a number, or the length of its rows.
    Property {
        /// The setting.
        property: &'static str,
        /// Where it is absent.
        default: u16,
    },
}

impl From<u16> for Outputs {
    fn from(count: u16) -> Self {
        Self::Fixed(count)
    }
}

/// A setting that is kept apart and never sent to a browser; [`Setup::credential`](crate::Setup::credential) gives it.
#[derive(Clone, Debug)]
pub struct Credential {
    /// Such as `password`.
    pub name: &'static str,
    /// In the form.
    pub title: &'static str,
    /// Shown as dots; otherwise as text (a user name).
    pub secret: bool,
}

impl About {
    #[doc(hidden)]
    pub fn new(type_name: &'static str, crate_fields: CrateFields) -> Self {
        Self {
            type_name,
            crate_fields,
            category: "function",
            colour: "#d8bfd8",
            icon: "puzzle",
            inputs: 1,
            outputs: Outputs::Fixed(1),
            label: vec!["name"],
            credentials: Vec::new(),
            help: "",
            capabilities: serde_json::Map::new(),
            parallel: false,
        }
    }

    /// The group in the palette: `common`, `function`, `network`, `storage`, `sequence`, `parser`, `location`, or one of its
    /// own. Without it, `function`.
    #[must_use]
    pub fn category(mut self, category: &'static str) -> Self {
        self.category = category;
        self
    }

    /// The colour of its nodes, as `#rrggbb`.
    #[must_use]
    pub fn colour(mut self, colour: &'static str) -> Self {
        self.colour = colour;
        self
    }

    /// A Lucide icon that the editor has, such as `activity`.
    #[must_use]
    pub fn icon(mut self, icon: &'static str) -> Self {
        self.icon = icon;
        self
    }

    /// No input port: the node begins messages, by timers or subscriptions.
    #[must_use]
    pub fn no_input(mut self) -> Self {
        self.inputs = 0;
        self
    }

    /// The output ports. Without it, there is one.
    #[must_use]
    pub fn outputs(mut self, outputs: impl Into<Outputs>) -> Self {
        self.outputs = outputs.into();
        self
    }

    /// Settings that label a node, tried in order after its name; the type's name stands where all are empty.
    #[must_use]
    pub fn label(mut self, properties: &[&'static str]) -> Self {
        self.label.extend(properties);
        self
    }

    /// A credential that the node has.
    #[must_use]
    pub fn credential(mut self, credential: Credential) -> Self {
        self.credentials.push(credential);
        self
    }

    /// Help in Markdown: what it does, which properties it takes and sends, an example.
    #[must_use]
    pub fn help(mut self, help: &'static str) -> Self {
        self.help = help;
        self
    }

    /// Asks for requests to these hosts: `api.example.org`, `*.example.org`, `localhost:8080`.
    #[must_use]
    pub fn http(self, hosts: &[&str]) -> Self {
        self.capability("http", json!({ "hosts": hosts }))
    }

    /// Asks for publishing to and subscribing to these topics (filters with `+` and `#`).
    #[must_use]
    pub fn mqtt(self, publish: &[&str], subscribe: &[&str]) -> Self {
        self.capability("mqtt", json!({ "publish": publish, "subscribe": subscribe }))
    }

    /// Asks for values that are kept on disk.
    #[must_use]
    pub fn kv(self) -> Self {
        self.capability("kv", json!({}))
    }

    /// Asks for the time, no finer than this many milliseconds.
    #[must_use]
    pub fn clock(self, resolution_ms: u32) -> Self {
        self.capability("clock", json!({ "resolutionMs": resolution_ms }))
    }

    /// Asks for randomness.
    #[must_use]
    pub fn random(self) -> Self {
        self.capability("random", json!({}))
    }

    /// Several instances may share the work of one node: it keeps nothing between messages.
    #[must_use]
    pub fn parallel(mut self) -> Self {
        self.parallel = true;
        self
    }

    fn capability(mut self, name: &str, wants: Json) -> Self {
        self.capabilities.insert(name.into(), wants);
        self
    }

    /// Whether it names a credential.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn has_credential(&self, name: &str) -> bool {
        self.credentials.iter().any(|credential| credential.name == name)
    }

    /// What it wants of a capability; none where it does not ask for it.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn wants(&self, capability: &str) -> Option<&Json> {
        self.capabilities.get(capability)
    }
}

/// The text that the host gets from `describe`.
pub(crate) fn description<N: Node>() -> Json {
    let about = N::about();
    let outputs = match about.outputs {
        Outputs::Fixed(count) => json!(count),
        Outputs::Property { property, default } => json!({ "property": property, "default": default }),
    };
    let credential = |it: &Credential| json!({ "name": it.name, "title": it.title, "secret": it.secret });
    let fields = about.crate_fields;
    let mut description = json!({
        "version": fields.version,
        "node": {
            "type": about.type_name,
            "role": "node",
            "category": about.category,
            "colour": about.colour,
            "icon": about.icon,
            "inputs": about.inputs,
            "outputs": outputs,
            "label": { "properties": about.label, "fallback": about.type_name },
            "schema": N::Settings::schema(),
            "credentials": about.credentials.iter().map(credential).collect::<Vec<_>>(),
            "help": about.help,
        },
        "capabilities": about.capabilities,
        "parallel": about.parallel,
    });
    let texts = [
        ("description", fields.description.to_owned()),
        ("author", fields.author.replace(':', ", ")),
        ("licence", fields.licence.to_owned()),
        ("homepage", fields.homepage.to_owned()),
    ];
    for (name, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        description[name] = text.into();
    }
    description
}
