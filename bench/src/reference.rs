//! The bare axum handler beside which http-hello is shown: what HTTP costs without a flow behind it.

use anyhow::Context;
use axum::Json;
use axum::routing::get;
use serde_json::json;

/// Answers `GET /hello` on 127.0.0.1 until the process is stopped.
pub(crate) fn serve(port: u16) -> anyhow::Result<()> {
    let tokio = tokio::runtime::Runtime::new()?;
    tokio.block_on(async move {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port))
            .await
            .with_context(|| format!("listening on port {port}"))?;
        let app = axum::Router::new().route("/hello", get(|| async { Json(json!({ "ok": true })) }));
        axum::serve(listener, app).await.context("serving the reference")
    })
}
