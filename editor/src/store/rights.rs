//! What the user may do, as the server says: what it would refuse is not offered.

use model::api::permits;
use model::json::Json;

/// The permission to deploy.
pub const DEPLOY: &str = "flows.write";

/// Who uses the editor, and what the server lets them do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// The user's name; none without a log-in.
    pub name: Option<String>,
    /// The user's permissions; none where the server has no users, so that everybody may do everything.
    permissions: Option<Vec<String>>,
    /// The server lets flows be stopped, and wants that to be offered.
    stops: bool,
}

impl Rights {
    /// Reads what `GET /settings` answers.
    pub fn read(settings: &Json) -> Self {
        let stops = settings.get("runtimeState").and_then(|state| state.get("ui")) == Some(&Json::Bool(true));
        let Some(user) = settings.get("user") else { return Self { stops, ..Self::default() } };
        let permissions = match user.get("permissions") {
            Some(Json::Array(many)) => many.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
            one => one.and_then(Json::as_str).map(str::to_owned).into_iter().collect(),
        };
        Self {
            name: user.get("username").and_then(Json::as_str).map(str::to_owned),
            permissions: Some(permissions),
            stops,
        }
    }

    /// Whether the user may do what needs the permission `needed`, such as `flows.write`.
    pub fn allow(&self, needed: &str) -> bool {
        self.permissions.as_ref().is_none_or(|all| all.iter().any(|own| permits(own, needed)))
    }

    /// Whether the user is offered to stop and start the flows.
    pub fn may_stop(&self) -> bool {
        self.stops && self.allow(DEPLOY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_may_do_what_the_server_says() {
        let rights = |text: &str| Rights::read(&Json::parse(text).unwrap());
        let reader = rights(r#"{"user":{"username":"rae","permissions":"read"}}"#);
        assert_eq!(reader.name.as_deref(), Some("rae"));
        assert!(reader.allow("flows.read") && !reader.allow(DEPLOY));
        let some = rights(r#"{"user":{"anonymous":true,"permissions":["flows.read","inject.write"]}}"#);
        assert_eq!(some.name, None);
        assert!(some.allow("inject.write") && !some.allow("nodes.read") && !some.allow(DEPLOY));
        assert!(!rights(r#"{"user":{"anonymous":true,"permissions":[]}}"#).allow("flows.read"));
        assert!(rights(r#"{"user":{"username":"ann","permissions":"*"}}"#).allow(DEPLOY));
        // Without users everybody may do everything; so it is before the server was asked, which refuses by itself.
        assert!(rights(r#"{"version":"1"}"#).allow(DEPLOY) && Rights::default().allow(DEPLOY));
    }

    #[test]
    fn stopping_is_offered_where_the_server_wants_it_and_the_user_may_deploy() {
        let may_stop = |text: &str| Rights::read(&Json::parse(text).unwrap()).may_stop();
        assert!(may_stop(r#"{"runtimeState":{"enabled":true,"ui":true}}"#));
        assert!(may_stop(r#"{"runtimeState":{"ui":true},"user":{"username":"ann","permissions":"*"}}"#));
        assert!(!may_stop(r#"{"runtimeState":{"ui":true},"user":{"username":"rae","permissions":"read"}}"#));
        assert!(!may_stop(r#"{"runtimeState":{"enabled":true,"ui":false}}"#) && !may_stop("{}"));
    }
}
