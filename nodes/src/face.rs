//! What most node types' descriptors have in common.

use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::text::Text;
use schemars::JsonSchema;

/// How a node type shows itself. What is special about it is written over the descriptor made of this:
/// `NodeDescriptor { inputs: 0, ..Face { .. }.node::<Config>() }`.
pub(crate) struct Face {
    /// The `type` in a flow file; its label's text is `<type>.label`, with `-` for spaces.
    pub type_name: &'static str,
    /// Palette group.
    pub category: &'static str,
    /// Fill colour, as CSS `#rrggbb`.
    pub colour: &'static str,
    /// Lucide's name of its icon.
    pub icon: &'static str,
    /// Help in Markdown.
    pub help: &'static str,
}

impl Face {
    /// A node with one input and one output that shows its name, and is set as `Config` says.
    pub(crate) fn node<Config: JsonSchema>(self) -> NodeDescriptor {
        NodeDescriptor {
            type_name: self.type_name.into(),
            role: Role::Node,
            category: self.category.into(),
            colour: self.colour.into(),
            icon: self.icon.into(),
            inputs: 1,
            outputs: Outputs::Fixed(1),
            label: Label {
                properties: vec!["name".into()],
                fallback: Text::key(format!("{}.label", self.type_name.replace(' ', "-"))),
            },
            button: false,
            schema: schemars::schema_for!(Config).into(),
            credentials: vec![],
            help: self.help.into(),
        }
    }
}

/// The configuration of a node that has nothing to set.
#[derive(JsonSchema)]
pub(crate) struct Nothing {}
