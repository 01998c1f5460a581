//! The work of the node: many requests at once, each with its message.

use std::sync::Arc;

use engine::node::{TaskContext, TaskInput, TaskOut};
use engine::observe::{Level, Status};
use engine::{Message, NodeError};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use model::text::Text;

use super::answer::Answer;
use super::question::Question;
use super::{PARALLEL_LIMIT, Settings};
use crate::mustache::Template;
use crate::network::http::proxy::without_login;

/// Takes messages until the node stops, and ends what is under way.
pub(super) async fn run(settings: Arc<Settings>, mut context: TaskContext) -> Result<(), NodeError> {
    let out = context.out.clone();
    let mut under_way = FuturesUnordered::new();
    let mut is_stopping = false;
    while !is_stopping || !under_way.is_empty() {
        tokio::select! {
            Some(error) = under_way.next(), if !under_way.is_empty() => match error {
                Some(code) => {
                    let text = Text::key("http-request.error").with("code", code);
                    out.status(Status::new("red", "ring", text));
                }
                None if under_way.is_empty() => out.status(Status::clear()),
                None => {}
            },
            input = context.next(), if !is_stopping && under_way.len() < PARALLEL_LIMIT => match input {
                Some(TaskInput::Message(message)) => {
                    if under_way.is_empty() {
                        out.status(Status::new("blue", "dot", Text::key("httpin.status.requesting")));
                    }
                    under_way.push(one(settings.clone(), message, out.clone()));
                }
                Some(TaskInput::Command(_)) => {}
                None => is_stopping = true,
            },
        }
    }
    Ok(())
}

impl Settings {
    /// Says how a URL is reached, where a proxy could be used.
    pub(super) fn tell_way(&self, url: &str, out: &TaskOut) {
        let (means, env) = (self.clients.means(), &out.node().env);
        let Some(configured) = means.proxy_without_exceptions(url, env) else { return };
        let text = match means.proxy_for(url, env) {
            Some(proxy) => Text::key("http-request.proxied").with("proxy", without_login(&proxy)),
            None => Text::key("http-request.direct"),
        };
        let text = text.with("url", without_login(url)).with("configured", without_login(&configured));
        let text = match &means.proxy {
            Some(own) => text.with("exceptions", &own.exceptions),
            None => text,
        };
        out.log(Level::Debug, text);
    }
}

/// One request; gives the code of its error, if it failed.
async fn one(settings: Arc<Settings>, message: Message, out: TaskOut) -> Option<String> {
    let question = match Question::new(&settings, &message, &out) {
        Ok(question) => question,
        Err(error) => {
            // Nothing was asked, so there is nothing to go on with.
            let code = error.code.as_ref().map_or("error".to_owned(), ToString::to_string);
            out.fail(error, Some(message));
            return Some(code);
        }
    };
    if settings.url.as_ref().and_then(Template::fixed).is_none() {
        settings.tell_way(question.url.as_str(), &out);
    }
    match settings.clients.ask(question, &out.node().env).await {
        Ok(answer) => give(answer, &settings, message, &out).await,
        Err(error) => {
            let code = error.code.as_ref().map_or("error".to_owned(), ToString::to_string);
            let mut failed = message.clone();
            failed.set("payload", out.node().registry.render(&error.text));
            failed.set("statusCode", code.as_str());
            out.fail(error, Some(message));
            if !settings.config.senderr {
                // The flow is gone: so is whoever waited.
                let _ = out.send(0, failed).await;
            }
            Some(code)
        }
    }
}

/// Sends an answer on; gives its status, if that is an error.
async fn give(answer: Answer, settings: &Settings, message: Message, out: &TaskOut) -> Option<String> {
    let status = answer.status;
    let url = answer.url.to_string();
    let (message, misread) = answer.put_into(message, &settings.config.ret);
    if let Some(reason) = misread {
        out.log(Level::Warn, Text::key("httpin.errors.json-error").with("url", &url).with("reason", reason));
    }
    if settings.config.senderr && !status.is_success() {
        let error = NodeError::key("http-request.status").with("url", url).with("status", status);
        out.fail(error.coded(status.as_str()), Some(message));
        return Some(status.as_str().to_owned());
    }
    let _ = out.send(0, message.clone()).await;
    out.done(message);
    None
}
