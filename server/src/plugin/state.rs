//! How it stands with a plugin.

use model::api::PluginState;
use model::text::Text;

/// How it stands with a plugin.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum State {
    /// It runs.
    Running,
    /// It waits for grants.
    Waiting(Text),
    /// Its file is another than the one that was approved.
    Changed(Text),
    /// Its file cannot be loaded, or its type is taken.
    Broken(Text),
    /// Its file is gone.
    Missing(Text),
}

impl State {
    /// As the API says it.
    pub(crate) fn shown(&self) -> PluginState {
        match self {
            Self::Running => PluginState::Running,
            Self::Waiting(_) => PluginState::Waiting,
            Self::Changed(_) => PluginState::Changed,
            Self::Broken(_) => PluginState::Broken,
            Self::Missing(_) => PluginState::Missing,
        }
    }

    /// What is the matter and how to mend it.
    pub(crate) fn problem(&self) -> Option<&Text> {
        match self {
            Self::Running => None,
            Self::Waiting(text) | Self::Changed(text) | Self::Broken(text) | Self::Missing(text) => {
                Some(text)
            }
        }
    }
}
