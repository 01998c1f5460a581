//! The table of routes. The admin API is Node-RED's; what is ours alone is marked. Order on the one port: these
//! routes, then the editor's files, then HTTP nodes.

pub(crate) mod actions;
mod auth;
mod body;
mod comms;
mod context;
mod debug;
mod examples;
mod failed;
mod fallback;
mod flow;
mod flow_tests;
mod flows;
mod health;
mod held;
mod inject;
pub(crate) mod jsonata;
mod library;
mod locales;
mod metrics;
mod nodes;
mod peek;
pub(crate) mod plugin_files;
mod plugins;
mod revisions;
mod settings;

use std::collections::HashSet;
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Extension, Router};
use engine::node::BoxFuture;

use crate::api_error::{self, ApiResult};
use crate::app::App;
use crate::connections::{self, Answers, Peer};
use crate::guard;
use crate::plugin;

pub(crate) use nodes::switch_off_again;

/// What answers all requests.
pub(crate) fn answers(app: App) -> Arc<dyn Answers> {
    let Table { router, firsts } = table();
    let router = router
        .route_layer(from_fn_with_state(app.clone(), guard::admin))
        .route_layer(from_fn(api_error::in_language))
        .route_layer(from_fn_with_state(app.api.clone(), connections::on_api))
        .layer(DefaultBodyLimit::max(guard::BODY_LIMIT))
        .fallback(beyond)
        .method_not_allowed_fallback(beyond)
        .with_state(app.clone());
    Arc::new(Routes { router, firsts, app })
}

/// The admin API, and what stands behind it.
struct Routes {
    router: Router,
    /// As in [`Table`].
    firsts: HashSet<&'static str>,
    app: App,
}

impl Answers for Routes {
    fn answer(&self, request: Request, peer: &Arc<Peer>) -> BoxFuture<'static, Response> {
        if self.firsts.contains(first(request.uri().path())) {
            return self.router.answer(request, peer);
        }
        // What flows answer is most of what comes, and the way through the router takes longer than some of them.
        let (app, peer) = (self.app.clone(), peer.clone());
        Box::pin(async move { fallback::serve(&app, &peer, request).await.into_response() })
    }
}

/// What a path of the admin API gives for what it does not take.
async fn beyond(
    State(app): State<App>,
    Extension(peer): Extension<Arc<Peer>>,
    request: Request,
) -> ApiResult {
    fallback::serve(&app, &peer, request).await
}

/// The routes of the admin API.
#[derive(Default)]
struct Table {
    router: Router<App>,
    /// The first parts of their paths: what begins otherwise is none of them.
    firsts: HashSet<&'static str>,
}

impl Table {
    fn route(mut self, path: &'static str, methods: MethodRouter<App>) -> Self {
        self.firsts.insert(first(path));
        Self { router: self.router.route(path, methods), ..self }
    }
}

/// What stands between the first and the second slash of a path.
fn first(path: &str) -> &str {
    path.strip_prefix('/').and_then(|path| path.split('/').next()).unwrap_or_default()
}

fn table() -> Table {
    Table::default()
        .route("/actions", get(actions::list)) // ours
        .route("/actions/{name}", post(actions::call)) // ours
        .route("/auth/login", get(auth::login))
        .route("/auth/token", post(auth::token))
        .route("/auth/revoke", post(auth::revoke))
        .route("/comms", get(comms::open))
        .route("/context/global", get(context::all_global))
        .route("/context/global/{*key}", get(context::one_global).delete(context::forget_global))
        .route("/context/{scope}/{id}", get(context::all))
        .route("/context/{scope}/{id}/{*key}", get(context::one).delete(context::forget))
        .route("/credentials/{type}/{id}", get(nodes::credentials))
        .route("/debug/enable", post(debug::enable_many))
        .route("/debug/disable", post(debug::disable_many))
        .route("/debug/{id}/{switch}", post(debug::switch))
        .route("/diagnostics", get(health::diagnostics))
        .route("/examples", get(examples::list)) // ours
        .route("/examples/{name}", get(examples::get)) // ours
        .route("/flow", post(flow::add))
        .route("/flow/{id}", get(flow::get).put(flow::put).delete(flow::remove))
        .route("/flows", get(flows::get).post(flows::post))
        .route("/flows/problems", get(flows::problems)) // ours
        .route("/flows/tests", get(flow_tests::list).post(flow_tests::add).delete(flow_tests::remove)) // ours
        .route("/flows/tests/run", post(flow_tests::run)) // ours
        .route("/flows/tests/accept", post(flow_tests::accept)) // ours
        .route("/flows/tests/context", post(flow_tests::context)) // ours
        .route("/flows/state", get(flows::state).post(flows::set_state))
        .route("/health", get(health::health)) // ours
        .route("/icons", get(nodes::icons))
        .route("/inject/{id}", post(inject::press))
        .route("/jsonata", post(jsonata::evaluate)) // ours
        .route("/library/{library}/{type}", get(library::root))
        .route("/library/{library}/{type}/", get(library::root))
        .route("/library/{library}/{type}/{*path}", get(library::get).post(library::save))
        .route("/locales/{*namespace}", get(locales::get))
        .route("/metrics", get(metrics::get)) // ours
        .route("/nodes", get(nodes::list).post(plugin_files::install))
        .route("/nodes/descriptors", get(nodes::descriptors)) // ours
        .route("/nodes/messages", get(nodes::messages))
        .route("/nodes/plugins", get(plugin_files::list)) // ours
        .route("/nodes/upload", post(plugin_files::upload).layer(DefaultBodyLimit::max(plugin::size_limit()))) // ours
        .route("/nodes/{module}", get(nodes::module).put(nodes::switch_module).delete(plugin_files::remove))
        .route("/nodes/{module}/{*set}", get(nodes::set).put(nodes::switch_set))
        .route("/failed", get(failed::all).delete(failed::clear)) // ours
        .route("/failed/{number}", post(failed::send).delete(failed::remove)) // ours
        .route("/held/{id}", get(held::get).post(held::set).delete(held::end)) // ours
        .route("/peek/{id}/{port}", get(peek::get).post(peek::replay)) // ours
        .route("/plugins", get(plugins::list))
        .route("/plugins/messages", get(plugins::messages))
        .route("/revisions", get(revisions::list)) // ours
        .route("/revisions/{id}", get(revisions::get)) // ours
        .route("/revisions/{id}/restore", post(revisions::restore)) // ours
        .route("/settings", get(settings::get))
        .route("/settings/user", get(settings::user).post(settings::set_user))
        .route("/theme", get(plugins::theme))
        .route("/udp-ports/{id}", get(nodes::udp_ports))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_found_by_the_first_part_of_its_path() {
        let firsts = table().firsts;
        for path in ["/flows", "/flows/state", "/context/global/a/b", "/nodes/plugins", "/theme"] {
            assert!(firsts.contains(first(path)), "{path}");
        }
        for path in ["/", "", "//flows", "/flowsy", "/hello/flows", "flows"] {
            assert!(!firsts.contains(first(path)), "{path}");
        }
    }
}
