//! Wireloom: the editor, a Leptos app for the browser. Knows the model only.
