//! The deploy button, the list of problems beside it, and the bars that tell what stands between the edits and a
//! deploy.

use leptos::ev;
use leptos::html::Div;
use leptos::prelude::*;
use model::check::Severity;
use wasm_bindgen::JsCast;

use super::app::editor;
use super::icon::Icon;
use crate::commands::{self, command};
use crate::net::{deploy, draft, session};
use crate::state::{Connection, Dialog, Editor};
use crate::store::deploy::KINDS;
use crate::store::node_types::called;
use crate::store::rights::{DEPLOY, Rights};
use crate::store::workspace::Workspace;
use crate::texts::{say, show, text};

/// Deploys; with a menu of how much is restarted.
#[component]
pub fn DeployButton() -> impl IntoView {
    let editor = editor();
    deploy::recall_kind(editor);
    let is_open = RwSignal::new(false);
    let is_busy = editor.deploying.is_busy;
    let is_changed = Memo::new(move |_| {
        editor.workspace.with(|workspace| workspace.as_ref().is_some_and(Workspace::is_changed))
    });
    let may_stop = move || editor.rights.with(Rights::may_stop);
    let is_stopped = editor.deploying.is_stopped;
    let may_deploy = Memo::new(move |_| editor.rights.with(|rights| rights.allow(DEPLOY)));
    let class = Signal::derive(move || {
        let mark = |is_set: bool, mark: &'static str| if is_set { mark } else { "" };
        format!("deploy{}{}", mark(is_changed.get(), " changed"), mark(is_busy.get(), " busy"))
    });
    let count = move || editor.dirty.with(|dirty| dirty.count);
    let label = move || match (may_deploy.get(), is_busy.get()) {
        (false, _) => say("deploy.look-only"),
        (true, true) => say("deploy.busy"),
        (true, false) => say("deploy.do"),
    };
    let title = move || {
        if !may_deploy.get() {
            return editor.rights.with(look_only);
        }
        let kind = show(&text("deploy.kind").with("kind", say(editor.deploying.kind.get().title)));
        match (is_changed.get(), count()) {
            (false, _) => say("deploy.nothing"),
            // The order of entries alone.
            (true, 0) => kind,
            (true, count) => show(&text("deploy.changes").with("count", count).with("kind", kind)),
        }
    };
    let kinds = KINDS.map(|kind| {
        let is_chosen = move || editor.deploying.kind.get() == kind;
        view! {
            <button
                type="button"
                role="menuitemradio"
                class="menu-item tall"
                data-kind=kind.name
                aria-checked=Signal::derive(move || if is_chosen() { "true" } else { "false" })
                on:click=move |_| {
                    deploy::choose_kind(editor, kind);
                    is_open.set(false);
                }
            >
                <Icon name=Signal::derive(move || if is_chosen() { "check" } else { "" }.to_owned())/>
                <span><strong>{say(kind.title)}</strong><small>{say(kind.hint)}</small></span>
            </button>
        }
    });
    let entry = move |key: &'static str, icon: &'static str| {
        let title = command(key).map(|command| say(command.title)).unwrap_or_default();
        view! {
            <button
                type="button"
                role="menuitem"
                class="menu-item"
                data-command=key
                on:click=move |_| {
                    is_open.set(false);
                    commands::run(editor, key);
                }
            >
                <Icon name=icon/>
                {title}
            </button>
        }
    };
    view! {
        <Popover is_open class>
            <button
                type="button"
                class="button primary deploy-now"
                class:busy=is_busy
                title=title
                disabled=Signal::derive(move || !is_changed.get() || is_busy.get() || !may_deploy.get())
                aria-busy=Signal::derive(move || if is_busy.get() { "true" } else { "false" })
                on:click=move |_| deploy::deploy(editor)
            >
                <Icon name=Signal::derive(move || if may_deploy.get() { "rocket" } else { "lock" }.to_owned())/>
                {label}
                {move || (count() > 0).then(|| view! { <span class="count">{count()}</span> })}
            </button>
            <button
                type="button"
                class="button primary deploy-how"
                aria-haspopup="menu"
                aria-expanded=Signal::derive(move || if is_open.get() { "true" } else { "false" })
                aria-label=say("deploy.how")
                title=say("deploy.how")
                on:click=move |_| is_open.update(|open| *open = !*open)
            >
                <Icon name="chevron-down" size=14.0/>
            </button>
            <div class="menu" role="menu" aria-label=say("deploy.how") hidden=Signal::derive(move || !is_open.get())>
                {kinds.collect_view()}
                <hr/>
                {entry("flows.changes", "list-checks")}
                {entry("flows.revisions", "history")}
                {entry("flows.restart", "refresh-cw")}
                {move || may_stop().then(|| match is_stopped.get() {
                    true => entry("flows.start", "play"),
                    false => entry("flows.stop", "circle-stop"),
                })}
                <hr/>
                <button
                    type="button"
                    role="menuitem"
                    class="menu-item"
                    data-do="throw-away"
                    disabled=Signal::derive(move || !is_changed.get())
                    on:click=move |_| {
                        is_open.set(false);
                        draft::throw_away(editor);
                    }
                >
                    <Icon name="undo-2"/>
                    {say("deploy.throw-away")}
                </button>
            </div>
        </Popover>
    }
}

/// Tells a user who may not deploy so.
fn look_only(rights: &Rights) -> String {
    show(&match &rights.name {
        Some(name) => text("rights.look-only").with("name", name),
        None => text("rights.look-only.nobody"),
    })
}

/// Somebody stopped the flows: told as long as it is so.
#[component]
pub fn StoppedFlows() -> impl IntoView {
    let editor = editor();
    let may_start = move || editor.rights.with(Rights::may_stop);
    view! {
        <Show when=move || editor.deploying.is_stopped.get()>
            <div class="stopped-flows" role="status" title=say("stopped.hint")>
                <Icon name="circle-stop"/>
                <span>{say("stopped.title")}</span>
                <Show when=may_start>
                    <button type="button" class="button small" data-do="start-flows" on:click=move |_| deploy::set_running(editor, true)>
                        <Icon name="play" size=14.0/>
                        {say("stopped.start")}
                    </button>
                </Show>
            </div>
        </Show>
    }
}

/// How many problems there are, and the list of them.
#[component]
pub fn ProblemsButton() -> impl IntoView {
    let editor = editor();
    let is_open = RwSignal::new(false);
    let counts = Memo::new(move |_| editor.problems.with(|problems| problems.counts()));
    let label = move || {
        let (errors, warnings) = counts.get();
        show(&text("problems.counts").with("errors", errors).with("warnings", warnings))
    };
    view! {
        <Show when=move || counts.get() != (0, 0)>
            <Popover is_open class="problems-popover">
                <button
                    type="button"
                    class="button quiet problems-button"
                    class:error=Signal::derive(move || { counts.get().0 > 0 })
                    aria-haspopup="true"
                    aria-expanded=Signal::derive(move || if is_open.get() { "true" } else { "false" })
                    aria-label=label
                    title=label
                    on:click=move |_| is_open.update(|open| *open = !*open)
                >
                    <Icon name="triangle-alert"/>
                    {move || counts.get().0 + counts.get().1}
                </button>
                <div class="menu" hidden=Signal::derive(move || !is_open.get())>
                    <ProblemList least=Severity::Warning jumped=move || is_open.set(false)/>
                </div>
            </Popover>
        </Show>
    }
}

/// The problems, each leading to its node and form.
#[component]
pub fn ProblemList(
    /// Nothing milder is listed.
    least: Severity,
    /// The user went to one.
    jumped: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let editor = editor();
    let rows = move || {
        let document = editor.document.get().unwrap_or_default();
        let listed = editor.problems.with(|problems| problems.listed(&document));
        let listed = listed.into_iter().filter(move |(_, problem)| problem.severity >= least);
        listed
            .take(MOST_LISTED)
            .map(move |(id, problem)| {
                let name =
                    document.get(&id).map(|node| editor.types.with(|types| called(&document, node, types)));
                let is_error = problem.severity == Severity::Error;
                let target = id.clone();
                view! {
                    <li>
                        <button
                            type="button"
                            class="problem"
                            class:error=is_error
                            data-problem=id
                            on:click=move |_| {
                                jumped();
                                go_to(editor, &target);
                            }
                        >
                            <Icon name=if is_error { "circle-alert" } else { "triangle-alert" } size=14.0/>
                            <span><strong>{name.unwrap_or_default()}</strong>" "{problem.words()}</span>
                        </button>
                    </li>
                }
            })
            .collect_view()
    };
    view! { <ul class="problem-list">{rows}</ul> }
}

/// Problems that are listed at once.
const MOST_LISTED: usize = 200;

/// Shows a node and its form.
fn go_to(editor: Editor, id: &str) {
    editor.jump_to(id);
    // The list has gone then, and given the focus back.
    request_animation_frame(move || request_animation_frame(move || editor.focus_form()));
}

/// What stands between the edits and a deploy: told until it is dealt with.
#[component]
pub fn Bars() -> impl IntoView {
    let editor = editor();
    let contradicts = move || editor.deploying.theirs.with(Option::is_some);
    let is_restored = move || editor.is_restored.get();
    // While it is tried again, it is as lost as before.
    let is_lost = Memo::new(move |before: Option<&bool>| match editor.connection.get() {
        Connection::Lost { .. } => true,
        Connection::Connecting => before.copied().unwrap_or(false),
        Connection::Live => false,
    });
    view! {
        <Show when=move || is_lost.get()>
            <div class="callout error page-bar" role="alert" id="lost-bar">
                <Icon name="unplug"/>
                <span>{say("connection.lost.bar")}</span>
                <button type="button" class="button small" on:click=move |_| session::try_now(editor)>{say("connection.now")}</button>
            </div>
        </Show>
        <LookOnlyBar/>
        <Show when=contradicts>
            <div class="callout warning page-bar" role="alert" id="conflict-bar">
                <Icon name="triangle-alert"/>
                <span>{say("conflict.bar")}</span>
                <button
                    type="button"
                    class="button small"
                    data-do="decide"
                    on:click=move |_| editor.dialog.set(Some(Dialog::Conflict { is_deploying: false }))
                >
                    {say("conflict.decide")}
                </button>
            </div>
        </Show>
        <Show when=is_restored>
            <div class="callout note page-bar" role="status" id="draft-bar">
                <Icon name="info"/>
                <span>{say("draft.restored")}</span>
                <button type="button" class="button small" data-do="throw-away" on:click=move |_| draft::throw_away(editor)>
                    {say("draft.throw-away")}
                </button>
                <button
                    type="button"
                    class="button quiet square"
                    aria-label=say("notice.close")
                    on:click=move |_| editor.is_restored.set(false)
                >
                    <Icon name="x" size=14.0/>
                </button>
            </div>
        </Show>
    }
}

/// The user may not deploy: told until it is taken note of.
#[component]
fn LookOnlyBar() -> impl IntoView {
    let editor = editor();
    let is_noted = RwSignal::new(false);
    let is_shown = move || !is_noted.get() && editor.rights.with(|rights| !rights.allow(DEPLOY));
    let is_nobody = move || editor.rights.with(|rights| rights.name.is_none());
    view! {
        <Show when=is_shown>
            <div class="callout note page-bar" role="status" id="look-bar">
                <Icon name="lock"/>
                <span>{move || editor.rights.with(look_only)}</span>
                <Show when=is_nobody>
                    <button type="button" class="button small" data-do="log-in" on:click=move |_| editor.needs_login.set(true)>
                        {say("login.submit")}
                    </button>
                </Show>
                <button type="button" class="button quiet square" aria-label=say("notice.close") on:click=move |_| is_noted.set(true)>
                    <Icon name="x" size=14.0/>
                </button>
            </div>
        </Show>
    }
}

/// Something with a menu, which closes when the focus leaves it, and with Escape.
#[component]
fn Popover(
    /// The menu is open.
    is_open: RwSignal<bool>,
    /// Class of the whole.
    #[prop(into)]
    class: Signal<String>,
    /// The button, and the menu.
    children: Children,
) -> impl IntoView {
    let whole = NodeRef::<Div>::new();
    // A finger does not give a button the focus everywhere, and so takes none away.
    let pressed = window_event_listener(ev::pointerdown, move |event| {
        let on = event.target().and_then(|on| on.dyn_into::<web_sys::Node>().ok());
        let is_inside = whole.get_untracked().is_some_and(|whole| whole.contains(on.as_ref()));
        if is_open.get_untracked() && !is_inside {
            is_open.set(false);
        }
    });
    on_cleanup(move || pressed.remove());
    let left = move |event: ev::FocusEvent| {
        let to = event.related_target().and_then(|to| to.dyn_into::<web_sys::Node>().ok());
        let stays = whole.get_untracked().is_some_and(|whole| whole.contains(to.as_ref()) && to.is_some());
        if !stays {
            is_open.set(false);
        }
    };
    let key = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" && is_open.get_untracked() {
            event.stop_propagation();
            is_open.set(false);
            let button = whole
                .get_untracked()
                .and_then(|whole| whole.query_selector("[aria-haspopup]").ok().flatten());
            if let Some(button) = button.and_then(|button| button.dyn_into::<web_sys::HtmlElement>().ok()) {
                let _ = button.focus();
            }
        }
    };
    view! {
        <div class=Signal::derive(move || format!("popover {}", class.get())) node_ref=whole on:focusout=left on:keydown=key>
            {children()}
        </div>
    }
}
