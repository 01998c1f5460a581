//! Pictures of every panel and dialog, light and dark, at the sizes that people have: kept in `tests/out` to be looked
//! at. What a picture cannot say by itself is asserted: nothing is wider than its place. In German and in high contrast at
//! one size.

mod rare;

use fantoccini::key::Key;
use serde_json::{Value, json};
use wireloom_tests::browser::{Browser, with_browser};
use wireloom_tests::fingers::PHONE;
use wireloom_tests::server::Server;

const START: &str = include_str!("pictures/flows.json");

/// How the editor is looked at.
struct View {
    name: &'static str,
    width: u32,
    height: u32,
    is_touched: bool,
    is_german: bool,
    themes: [&'static str; 2],
}

const SMALL: View = View {
    name: "1280x720",
    width: 1280,
    height: 720,
    is_touched: false,
    is_german: false,
    themes: ["light", "dark"],
};
const LARGE: View = View { name: "2560x1440", width: 2560, height: 1440, ..SMALL };
const ON_A_PHONE: View =
    View { name: "390x844", width: PHONE.width, height: PHONE.height, is_touched: true, ..SMALL };
const IN_GERMAN: View = View { name: "german", is_german: true, themes: ["light", "contrast"], ..SMALL };

/// What is done before a picture is taken.
enum Step {
    /// Choose a panel.
    Panel(&'static str),
    /// Run a command, by its key, from the list of all commands.
    Command(&'static str),
    /// Click on an element.
    Click(&'static str),
    /// Select a node or config node by the list to find one.
    Find(&'static str, &'static str),
    /// Press a key on the canvas.
    Key(char),
    /// Open the menu of what is at a place of the flow.
    Menu((f64, f64)),
}
use Step::{Click, Command, Find, Menu, Panel};

/// A picture: its name, what leads to it, and what has to be there then.
struct Picture(&'static str, &'static [Step], &'static str);

const PICTURES: &[Picture] = &[
    Picture("start", &[], ".node, .nodes-afar"),
    Picture("panel-debug", &[Panel("debug")], "#debug .entry"),
    Picture("panel-node-none", &[Panel("node")], "#node:not([hidden])"),
    Picture("panel-wire", &[Find("tick", "tick"), Panel("wire")], "#wire .seen"),
    Picture("panel-failed", &[Panel("failed")], "#failed .seen"),
    Picture("panel-events", &[Panel("events")], "#events .event[data-event='error']"),
    Picture(
        "panel-outline",
        &[Panel("outline"), Click("#outline .fold-button")],
        "#outline [data-goto='fn']",
    ),
    Picture("panel-configs", &[Panel("configs")], "#configs .config"),
    Picture(
        "panel-context",
        &[Panel("context"), Click("[data-scope='flow'] [data-do='refresh']")],
        "[data-scope='flow'] [data-key='count']",
    ),
    Picture("form-inject", &[Find("press me", "in"), Panel("node")], "#node .inspector [data-key='props']"),
    Picture("form-function", &[Find("remember", "fn"), Panel("node")], "#node .cm-editor"),
    Picture("form-switch", &[Find("which way", "sw"), Panel("node")], "#node .inspector [data-key='rules']"),
    Picture(
        "form-http",
        &[Find("ask the weather", "http"), Panel("node")],
        "#node .inspector [data-key='url']",
    ),
    Picture(
        "form-config",
        &[Find("campus broker", "broker")],
        "#node:not([hidden]) .inspector [data-key='broker']",
    ),
    Picture(
        "form-subflow-use",
        &[Find("measure here", "use"), Panel("node")],
        "#node .inspector [data-key='LIMIT']",
    ),
    Picture("form-tab", &[Command("tab.edit"), Panel("node")], "#node .inspector [data-key='env']"),
    Picture(
        "form-group",
        &[Find("Garden shed", "gr"), Panel("node")],
        "#node .inspector [data-key='label-position']",
    ),
    Picture("form-several", &[Command("select.all"), Panel("node")], "#node .subject .actions"),
    Picture(
        "subflow",
        &[Find("measure here", "use"), Command("subflow.open"), Panel("node")],
        "#node .inspector [data-key='ui:type']",
    ),
    Picture("dialog-settings", &[Command("settings.open")], "#settings-dialog[open]"),
    Picture("dialog-keys", &[Command("help.shortcuts")], "#shortcuts[open]"),
    Picture("dialog-import", &[Command("flows.import")], "#import-dialog[open]"),
    Picture("dialog-export", &[Command("flows.export")], "#export-dialog[open]"),
    Picture("dialog-plugins", &[Command("palette.manage")], "#plugins-dialog[open]"),
    Picture("dialog-changes", &[Command("flows.changes")], "#changes-dialog .change"),
    Picture("dialog-revisions", &[Command("flows.revisions")], "#revisions-dialog .revision"),
    Picture("dialog-errors", &[Click(".deploy-now")], "#errors-dialog[open]"),
    Picture("menu-node", &[Menu((350.0, 80.0))], ".context-menu"),
    Picture("menu-deploy", &[Click(".deploy-how")], ".deploy .menu:not([hidden])"),
    Picture("menu-problems", &[Click(".problems-button")], ".problem-list .problem"),
    Picture("list-commands", &[Step::Key('P')], ".picker .item"),
    Picture("list-add", &[Step::Key('a')], ".picker .item"),
    Picture("list-find", &[Step::Key('f')], ".picker input"),
    Picture("navigator", &[Command("view.navigator")], ".navigator"),
    Picture("live", &[Click("[data-do='live']")], "[data-do='live'][aria-pressed='true']"),
];

/// What is wider than its place, and words that are cut without saying so.
const TOO_WIDE: &str = "
    const places = [document.documentElement, ...document.querySelectorAll('.bar, .side, .panel, .panel .scroll, .dialog, .dialog-body, .menu, .picker, .sheet-head, .tools')];
    const seen = place => place.getClientRects().length > 0;
    return places.filter(place => seen(place) && (place.scrollWidth > place.clientWidth + 1 || place.getBoundingClientRect().right > innerWidth + 1))
        .map(place => `${place.tagName}.${place.className} ${place.scrollWidth} in ${place.clientWidth}`);";

#[tokio::test]
async fn every_panel_and_dialog_in_a_small_window() {
    take_all(&SMALL).await;
}

#[tokio::test]
async fn every_panel_and_dialog_in_a_large_window() {
    take_all(&LARGE).await;
}

#[tokio::test]
async fn every_panel_and_dialog_on_a_phone() {
    take_all(&ON_A_PHONE).await;
}

#[tokio::test]
async fn every_panel_and_dialog_in_german_and_in_high_contrast() {
    take_all(&IN_GERMAN).await;
}

async fn take_all(view: &'static View) {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &["--mqtt-port", "off"]).await;
    server.deploy(serde_json::from_str::<Value>(START).unwrap()).await;
    let url = server.url.clone();
    with_camera(view, |browser, mut camera| async move {
        open(&browser, view, &url).await;
        prepare(&browser).await;
        for Picture(name, steps, shown) in PICTURES {
            for step in *steps {
                take(&browser, step).await;
            }
            browser.element(shown).await;
            camera.take(&browser, name).await;
            put_away(&browser).await;
        }
        camera
    })
    .await;
    assert!(server.stop().await.success());
}

/// Takes the pictures of a view, and notes what is wider than its place.
struct Camera {
    view: &'static View,
    wide: Vec<String>,
}

impl Camera {
    async fn take(&mut self, browser: &Browser, name: &str) {
        let found = browser.run(TOO_WIDE, vec![]).await;
        if found != json!([]) {
            self.wide.push(format!("{name}: {found}"));
        }
        for theme in self.view.themes {
            let (mark, value) = if theme == "contrast" { ("contrast", "more") } else { ("theme", theme) };
            browser.run(&format!("document.documentElement.dataset.{mark} = '{value}'"), vec![]).await;
            browser.save_screenshot(&format!("{name}-{}-{theme}", self.view.name)).await;
            browser.run(&format!("delete document.documentElement.dataset.{mark}"), vec![]).await;
        }
    }
}

/// Runs `test` in a browser that looks as the view says; nothing may be wider than its place.
async fn with_camera<F: Future<Output = Camera>>(
    view: &'static View,
    test: impl FnOnce(Browser, Camera) -> F,
) {
    let camera = with_browser(1280, 900, |browser| async move {
        match view.is_touched {
            true => browser.become_device(PHONE).await,
            false => browser.set_size(view.width, view.height).await,
        }
        test(browser, Camera { view, wide: Vec::new() }).await
    });
    let wide = camera.await.wide;
    assert!(wide.is_empty(), "wider than their places:\n{}", wide.join("\n"));
}

/// Opens the editor, in the language of the view.
async fn open(browser: &Browser, view: &View, url: &str) {
    browser.open(url).await;
    browser.until("document.querySelector('.connection.live')").await;
    if view.is_german {
        take(browser, &Command("settings.open")).await;
        browser
            .until("document.querySelector(\"#settings-dialog [data-language='de']\")?.checkVisibility()")
            .await;
        browser.click("#settings-dialog [data-language='de']").await;
        browser
            .until("document.documentElement.lang === 'de' && document.querySelector('.connection.live')")
            .await;
    }
}

/// Has something happen, and edits.
async fn prepare(browser: &Browser) {
    browser.element("#debug .entries").await;
    for id in ["in", "bad"] {
        // By the page: on a phone the button is too small at first.
        take(browser, &Find(if id == "in" { "press me" } else { "spoil" }, id)).await;
        browser.press(' ').await;
    }
    browser
        .until(
            "document.querySelector('#debug .entry') && document.querySelector('[data-panel=failed] .badge')",
        )
        .await;
    // A change that is not deployed, of a node with an error.
    take(browser, &Find("loose", "loose")).await;
    browser.press(Key::Right).await;
    take(browser, &Find("loose", "loose")).await;
    browser.press('d').await;
    browser.element(".deploy.changed").await;
    put_away(browser).await;
}

async fn take(browser: &Browser, step: &Step) {
    match step {
        Panel(key) => {
            let is_open = format!(
                "return document.querySelector(\"[data-panel='{key}'][aria-selected='true']\") !== null && document.querySelector('#{key}').getClientRects().length > 0"
            );
            if browser.run(&is_open, vec![]).await != json!(true) {
                browser.click(&format!("[data-panel='{key}']")).await;
            }
        }
        Command(key) => {
            to_canvas(browser).await;
            browser.press_with(&[Key::Control, Key::Shift], 'p').await;
            browser.element(".picker input:focus").await;
            browser.type_text(key).await;
            browser.element(&format!(".picker .chosen[data-key='{key}']")).await;
            browser.press(Key::Enter).await;
            browser.until("!document.querySelector('.picker')").await;
        }
        Click(css) => browser.click(css).await,
        Find(words, id) => {
            to_canvas(browser).await;
            browser.press('f').await;
            browser.element(".picker input:focus").await;
            browser.type_text(words).await;
            browser.element(&format!(".picker .chosen[data-key='{id}']")).await;
            browser.press(Key::Enter).await;
            browser.until("!document.querySelector('.picker')").await;
        }
        Step::Key('P') => {
            to_canvas(browser).await;
            browser.press_with(&[Key::Control, Key::Shift], 'p').await;
        }
        Step::Key(key) => {
            to_canvas(browser).await;
            browser.press(*key).await;
        }
        Menu(place) => browser.menu_at(browser.place_in_flow(*place).await).await,
    }
}

async fn to_canvas(browser: &Browser) {
    browser.run("document.getElementById('surface').focus()", vec![]).await;
}

/// Closes what is open, leaves the subflow, selects nothing.
async fn put_away(browser: &Browser) {
    for _ in 0..2 {
        browser.press(Key::Escape).await;
    }
    browser.until("!document.querySelector('dialog[open], .picker, .context-menu')").await;
    let back = "document.querySelector(\".bar .tab[data-tab='t']\")?.click();
        if (document.querySelector('.navigator')) document.querySelector(\"[data-do='navigator']\").click();
        if (document.querySelector('.app').dataset.sheet !== 'closed') document.querySelector(\".side.right [data-do='sheet-close']\").click();
        document.getElementById('surface').focus();";
    browser.run(back, vec![]).await;
    while browser.count("[data-do='live'][aria-pressed='true']").await > 0 {
        browser.run("document.querySelector(\"[data-do='live']\").click()", vec![]).await;
    }
    browser.press(Key::Escape).await;
}
