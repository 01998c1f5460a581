//! Every text of the editor, by key, in one table.

use model::text::{Catalogue, Text};

/// The editor's texts in English.
pub const TEXTS: Catalogue = &[
    ("app.name", "Wireloom"),
    ("canvas.empty", "This tab is empty."),
    ("canvas.empty.hint", "Deploy a flow through the admin API, or start Wireloom with a flow file."),
    (
        "canvas.label",
        "Flow {name}: {count} nodes. Arrow keys go from node to node, A adds one, W draws a wire, question mark lists all keys.",
    ),
    ("canvas.none", "No flow is deployed."),
    ("command.add", "Add a node"),
    ("command.copy", "Copy"),
    ("command.cut", "Cut"),
    ("command.delete", "Delete"),
    ("command.deploy", "Deploy"),
    ("command.edit", "Edit the selected node"),
    ("command.export", "Export flows"),
    ("command.find", "Find a node; while drawing a wire: where it goes"),
    ("command.import", "Import flows"),
    ("command.move-down", "Move down"),
    ("command.move-left", "Move left"),
    ("command.move-right", "Move right"),
    ("command.move-up", "Move up"),
    ("command.next-tab", "Next flow"),
    ("command.paste", "Paste"),
    ("command.press", "Press the node's button"),
    ("command.previous-tab", "Previous flow"),
    ("command.redo", "Redo"),
    ("command.redo-step", "Redo: {what}"),
    ("command.select-all", "Select all"),
    ("command.select-none", "Select nothing; end what is going on"),
    ("command.shortcuts", "Keyboard shortcuts"),
    ("command.toggle", "Enable or disable"),
    ("command.undo", "Undo"),
    ("command.undo-step", "Undo: {what}"),
    ("command.view-down", "Look further down"),
    ("command.view-left", "Look further left"),
    ("command.view-right", "Look further right"),
    ("command.view-up", "Look further up"),
    ("command.walk-down", "Go to the node below"),
    ("command.walk-left", "Go to the node on the left"),
    ("command.walk-right", "Go to the node on the right"),
    ("command.walk-up", "Go to the node above"),
    ("command.wire", "Draw a wire; again: from the next output"),
    ("conflict.absent", "not set"),
    ("conflict.all-mine", "Keep all mine"),
    ("conflict.all-theirs", "Take all theirs"),
    ("conflict.apply", "Take these"),
    ("conflict.apply-deploy", "Take these and deploy"),
    (
        "conflict.bar",
        "Somebody else deployed changes to what you are editing. Your edits are kept; decide whose version counts before you deploy.",
    ),
    ("conflict.cut", "{text} … (shortened)"),
    ("conflict.decide", "Decide…"),
    ("conflict.deleted", "deleted"),
    ("conflict.empty", "empty"),
    ("conflict.entry", "{name}"),
    ("conflict.kept", "kept and changed"),
    ("conflict.later", "Decide later"),
    ("conflict.mine", "Mine"),
    ("conflict.property", "{name}: {property}"),
    ("conflict.theirs", "Theirs"),
    ("conflict.title", "Your edits and a newer deploy"),
    (
        "conflict.words",
        "Somebody else deployed changes to what you are editing. All other changes go together by themselves. Whose version counts here?",
    ),
    (
        "conflict.words-deploying",
        "Somebody else deployed since you began, and changed what you edited too. All other changes go together by themselves. Whose version counts here?",
    ),
    ("connection.connecting", "Connecting"),
    ("connection.live", "Live"),
    ("connection.lost", "Connection lost"),
    ("connection.lost.hint", "Wireloom does not answer. Trying again in {seconds} s."),
    ("connection.now", "Try now"),
    ("debug.clear", "Clear"),
    ("debug.empty", "Nothing yet. What debug nodes receive appears here."),
    ("debug.filter", "Filter messages"),
    ("debug.follow", "Newest"),
    ("debug.jump", "Show the node {name}"),
    ("debug.matches", "{shown} of {count}"),
    ("debug.pause", "Pause"),
    ("debug.paused", "Paused: {count} waiting"),
    ("debug.resume", "Resume"),
    ("debug.title", "Debug"),
    (
        "deploy.again",
        "Somebody else deployed meanwhile; your edits are on top of that now. Look at them and deploy again.",
    ),
    ("deploy.busy", "Deploying…"),
    ("deploy.changes", "{count} changes. {kind}"),
    ("deploy.do", "Deploy"),
    ("deploy.done", "Deployed"),
    ("deploy.flows", "Changed flows"),
    ("deploy.flows.hint", "Restarts the tabs that hold a change; the others go on."),
    ("deploy.full", "Full"),
    ("deploy.full.hint", "Restarts everything."),
    ("deploy.how", "How to deploy"),
    ("deploy.kind", "Deploys: {kind}"),
    ("deploy.log-in", "Your session ended. Log in, then deploy again: nothing is lost."),
    (
        "deploy.lost",
        "Wireloom does not answer, so nothing can be deployed now. Your edits are kept; deploy when the connection is back.",
    ),
    ("deploy.nodes", "Changed nodes"),
    ("deploy.nodes.hint", "Restarts the nodes that changed and what uses them; all else goes on."),
    ("deploy.nothing", "All that is here is deployed"),
    ("deploy.throw-away", "Throw all edits away"),
    ("dialog.cancel", "Cancel"),
    ("dialog.close", "Close"),
    ("draft.restored", "Edits that were not deployed are back, as this browser kept them."),
    ("draft.throw-away", "Throw them away"),
    (
        "draft.unread",
        "Edits that were kept in this browser cannot be read any more, so the deployed flows are shown.",
    ),
    ("error.answer", "Wireloom answered {status} to {what}."),
    ("error.debug", "the switch of the debug node"),
    ("error.deploy", "the deploy"),
    ("error.descriptors", "the list of node types"),
    ("error.examples", "the request for the examples"),
    ("error.flows", "the request for the flows"),
    ("error.inject", "the button of {name}"),
    ("error.login", "User name or password is wrong."),
    ("error.network", "Wireloom cannot be reached: {reason}"),
    ("error.problems", "the request for the problems"),
    ("error.refused", "Wireloom refused {what}: {message}"),
    ("error.shape", "{what}: cannot read the answer: {reason}"),
    ("errors.deploy", "Deploy anyway"),
    ("errors.no-more", "Do not ask again until this page is left"),
    ("errors.title", "Deploy with errors?"),
    ("errors.words", "{count} errors are in these flows. Nodes with an error do not start; all others run."),
    ("export.all", "All flows"),
    ("export.copied", "Copied {count} entries"),
    ("export.copy", "Copy"),
    ("export.download", "Download"),
    ("export.indented", "Indented"),
    ("export.json", "Flow JSON"),
    ("export.nodes", "Selected nodes"),
    (
        "export.not-copied",
        "The browser does not let this page copy. Select the text and copy it with the keyboard.",
    ),
    ("export.tab", "This flow"),
    ("export.title", "Export flows"),
    ("export.what", "What to export"),
    (
        "export.words",
        "{count} entries, with the config nodes and subflows that they use. Passwords stay here.",
    ),
    ("field.add", "Add"),
    ("field.category", "Palette group"),
    ("field.enabled", "Enabled"),
    ("field.env", "Environment variables"),
    ("field.env.hint", "Nodes inside read them as ${NAME}."),
    ("field.icon", "Icon"),
    ("field.icon.hint", "Its name in the icon set; empty for the icon of the type."),
    ("field.info", "Description"),
    ("field.info.hint", "Notes for those who read the flow, in Markdown."),
    ("field.input-labels", "Label of the input"),
    ("field.name", "Name"),
    ("field.output-labels", "Labels of the outputs"),
    ("field.show-label", "Show the label"),
    ("field.value", "Value"),
    ("find.filter", "Find a node: type its name"),
    (
        "flows.merged",
        "Somebody else deployed {count} changes; they are in your flows now, beside your own edits.",
    ),
    ("flows.taken", "Somebody else deployed {count} changes; they are shown now."),
    ("import.count.configs", "Config nodes: {count}"),
    ("import.count.groups", "Groups: {count}"),
    ("import.count.left-out", "Entries that are no nodes and are left out: {count}"),
    ("import.count.nodes", "Nodes: {count}"),
    ("import.count.renamed", "Ids that are taken and will be others: {count}"),
    ("import.count.reused", "Already here and used: {count}"),
    ("import.count.subflows", "Subflows: {count}"),
    ("import.count.tabs", "Flows: {count}"),
    ("import.do", "Import"),
    ("import.examples", "Or take an example"),
    ("import.file", "Or choose a file"),
    ("import.here", "In this flow"),
    ("import.hint", "What will come is shown here before it comes."),
    ("import.more", "and {count} more"),
    ("import.new-tab", "In a new flow"),
    (
        "import.not-flows",
        "This JSON holds no nodes. Import a list of nodes, as Node-RED and Wireloom export it.",
    ),
    (
        "import.not-json",
        "This is no JSON ({reason}). Copy the whole flow again, from its first bracket to its last.",
    ),
    ("import.nothing", "There is nothing to import: copy flow JSON and paste it here, or choose a file."),
    ("import.paste", "Paste flow JSON"),
    ("import.problems", "To be mended after the import:"),
    ("import.tab", "Flow {number}"),
    ("import.target", "Put the nodes"),
    ("import.title", "Import flows"),
    (
        "import.unknown",
        "These types are not installed here: {types}. Their nodes come in and wait until they are.",
    ),
    ("info.config", "Properties"),
    ("info.help", "About this node"),
    ("info.none", "Select a node to see what it is set to."),
    ("info.problems", "Problems"),
    ("info.title", "Node"),
    ("info.unknown", "No node of the type {type} is installed."),
    ("inject.done", "{name} started"),
    ("inject.label", "Start {name}"),
    ("inject.not-deployed", "This node is not deployed yet. Deploy first, then press its button."),
    ("link.jump", "Go to the flow {tab}"),
    ("login.hint", "This Wireloom asks for a user name and password."),
    ("login.name", "User name"),
    ("login.password", "Password"),
    ("login.submit", "Log in"),
    ("login.title", "Log in"),
    ("node.changed", "not deployed yet"),
    ("node.disabled", "disabled"),
    ("node.doubtful", "has a warning"),
    ("node.failing", "failed"),
    ("node.invalid", "has an error"),
    ("node.unknown", "its type is not installed"),
    ("node.words", "{name}, {type}"),
    ("notice.close", "Close"),
    ("palette.count", "{count} node types"),
    ("palette.drag", "{help} Drag it onto the canvas, or click to add it."),
    ("palette.filter", "Filter nodes"),
    ("palette.nothing", "No node is called {filter}."),
    ("palette.title", "Nodes"),
    ("picker.nothing", "Nothing is called {filter}."),
    ("problems.counts", "Problems: {errors} errors, {warnings} warnings"),
    ("quick-add.filter", "Add a node: type a name"),
    ("schedule.hours", "hours"),
    ("schedule.minutes", "minutes"),
    ("schedule.seconds", "seconds"),
    ("step.add", "add {type}"),
    ("step.add-tab", "add a flow"),
    ("step.connect", "draw a wire"),
    ("step.debug-off", "switch debug output off"),
    ("step.debug-on", "switch debug output on"),
    ("step.delete", "delete {count}"),
    ("step.delete-tab", "delete the flow"),
    ("step.delete-wires", "delete {count} wires"),
    ("step.disable", "disable {count}"),
    ("step.disconnect", "take a wire away"),
    ("step.draft", "take up earlier edits"),
    ("step.enable", "enable {count}"),
    ("step.import", "import"),
    ("step.move", "move {count}"),
    ("step.move-tab", "move the flow"),
    ("step.paste", "paste {count}"),
    ("step.throw-away", "throw edits away"),
    ("subflow.input", "input"),
    ("subflow.output", "output {number}"),
    ("subflow.status", "status"),
    ("switch.off", "Switch {name} off"),
    ("switch.on", "Switch {name} on"),
    ("tabs.add", "Add a flow"),
    ("tabs.delete", "Delete the flow {name}"),
    ("tabs.disabled", "{name} (disabled)"),
    ("tabs.label", "Flows"),
    ("tabs.new", "Flow {number}"),
    ("tabs.unnamed", "Unnamed flow"),
    ("theme.dark", "Dark"),
    ("theme.light", "Light"),
    ("theme.system", "As the system"),
    ("theme.title", "Theme: {theme}"),
    ("tree.bytes", "{count} bytes"),
    ("tree.cut", "cut off: {count} long"),
    ("tree.items", "{count} items"),
    ("tree.more", "{count} more"),
    ("tree.properties", "{count} properties"),
    ("typed.bin", "buffer"),
    ("typed.bool", "boolean"),
    ("typed.cred", "credential"),
    ("typed.date", "timestamp"),
    ("typed.env", "environment variable"),
    ("typed.flow", "flow."),
    ("typed.global", "global."),
    ("typed.json", "JSON"),
    ("typed.jsonata", "expression"),
    ("typed.len", "fixed length"),
    ("typed.msg", "msg."),
    ("typed.node", "node"),
    ("typed.num", "number"),
    ("typed.prev", "previous value"),
    ("typed.re", "regular expression"),
    ("typed.str", "text"),
    ("wiring.no-output", "Select a node with an output first."),
    ("wiring.words", "Wire from {from}, output {output}, to {to}. Enter connects, Escape ends."),
    ("zoom.fit", "Show all"),
    ("zoom.in", "Zoom in"),
    ("zoom.out", "Zoom out"),
    ("zoom.reset", "Actual size"),
];

/// The text of a key without places.
pub fn say(key: &'static str) -> String {
    show(&Text::key(key))
}

/// A text with its places filled; a text of the server (a node's label) shows as the server wrote it.
pub fn show(text: &Text) -> String {
    text.render_with([&TEXTS]).into()
}

/// A text of [`TEXTS`], to be filled with [`Text::with`].
pub fn text(key: &'static str) -> Text {
    Text::key(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_has_no_key_twice() {
        assert!(TEXTS.windows(2).all(|pair| pair[0].0 < pair[1].0), "sort the table by key");
    }

    #[test]
    fn every_key_in_the_code_is_in_the_table() {
        let mut keys = 0;
        let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let code = std::fs::read_to_string(&path).unwrap();
                for start in ["say(\"", "text(\""] {
                    for piece in code.split(start).skip(1) {
                        let key = piece.split('"').next().unwrap();
                        if key.contains('.') && !key.contains(' ') {
                            keys += 1;
                            assert!(
                                TEXTS.iter().any(|(known, _)| *known == key),
                                "{key} in {}",
                                path.display()
                            );
                        }
                    }
                }
            }
        }
        assert!(keys > 20, "{keys} keys found");
    }
}
