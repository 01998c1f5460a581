//! axe-core looks at every part of the editor, in light and dark: nothing serious may keep anybody out.

use fantoccini::key::Key;
use serde_json::{Value, json};
use wireloom_tests::browser::{Browser, with_browser};
use wireloom_tests::packages;
use wireloom_tests::server::Server;

/// Gives back `[rule, impact, selector, markup]` of every serious or critical issue, and how many rules were passed.
const LOOK: &str = "
    const found = await axe.run(document, { resultTypes: ['violations'] });
    const bad = found.violations.filter(issue => ['serious', 'critical'].includes(issue.impact));
    // CodeMirror scrolls around an editable text, which takes the focus; axe does not count that.
    const isCode = (issue, node) => issue.id === 'scrollable-region-focusable' && node.target.join(' ').endsWith('.cm-scroller');
    return [found.passes.length, bad.flatMap(issue => issue.nodes.filter(node => !isCode(issue, node)).map(node =>
        [issue.id, issue.impact, node.target.join(' '), node.html.slice(0, 160), node.failureSummary.slice(0, 300)]))];";

#[tokio::test]
async fn nothing_serious_keeps_anybody_out() {
    let data = tempfile::tempdir().unwrap();
    let flows = concat!(env!("CARGO_MANIFEST_DIR"), "/../flows/smart-campus.json");
    let server = Server::start(data.path(), &[flows, "--mqtt-port", "0"]).await;
    let url = server.url.clone();

    with_browser(1280, 720, |browser| async move {
        let mut issues = Vec::new();
        for theme in ["light", "dark"] {
            browser.open(&url).await;
            browser.until("document.querySelector('.connection.live') && document.querySelector('.node')").await;
            browser.run("document.documentElement.dataset.theme = arguments[0]", vec![json!(theme)]).await;
            browser.run(&packages::axe(), vec![]).await;
            look(&browser, &format!("{theme}, flow"), &mut issues).await;

            browser.run("document.querySelector('[data-id] .label').closest('.node').querySelector('.body').dispatchEvent(new MouseEvent('dblclick', { bubbles: true }))", vec![]).await;
            browser.element(".node.selected").await;
            look(&browser, &format!("{theme}, form"), &mut issues).await;
            browser.press(Key::Escape).await;

            for (key, dialog) in [('i', "#import-dialog"), ('e', "#export-dialog")] {
                browser.press_with(&[Key::Control], key).await;
                browser.element(dialog).await;
                look(&browser, &format!("{theme}, {dialog}"), &mut issues).await;
                browser.press(Key::Escape).await;
                browser.until(&format!("!document.querySelector('{dialog}')")).await;
            }
            browser.press('?').await;
            browser.element("#shortcuts[open]").await;
            look(&browser, &format!("{theme}, shortcuts"), &mut issues).await;
            browser.press(Key::Escape).await;
            browser.until("!document.querySelector('#shortcuts')").await;
            browser.press_with(&[Key::Control], ',').await;
            browser.element("#settings-dialog[open]").await;
            look(&browser, &format!("{theme}, settings"), &mut issues).await;
            browser.press(Key::Escape).await;
            browser.until("!document.querySelector('#settings-dialog')").await;
            for panel in ["outline", "configs", "context"] {
                browser.click(&format!("[data-panel='{panel}']")).await;
                browser.element(&format!("#{panel}:not([hidden]) .scroll")).await;
                look(&browser, &format!("{theme}, {panel}"), &mut issues).await;
            }
            browser.click(".deploy-how").await;
            browser.click("[data-command='flows.revisions']").await;
            browser.element("#revisions-dialog .scroll").await;
            look(&browser, &format!("{theme}, revisions"), &mut issues).await;
        }
        browser.open("about:blank").await;
        browser.open(&format!("{url}/#look")).await;
        browser.element("[data-theme='dark'] [data-look='empty']").await;
        browser.run(&packages::axe(), vec![]).await;
        look(&browser, "look page", &mut issues).await;
        assert!(issues.is_empty(), "{} issues:\n{}", issues.len(), issues.join("\n"));
    })
    .await;
    assert!(server.stop().await.success());
}

async fn look(browser: &Browser, place: &str, issues: &mut Vec<String>) {
    let found = browser.run(&format!("return (async () => {{ {LOOK} }})()"), vec![]).await;
    assert!(found[0].as_u64().unwrap() > 5, "axe looked at nothing: {found}");
    for issue in found[1].as_array().unwrap() {
        let words: Vec<&str> = issue.as_array().unwrap().iter().filter_map(Value::as_str).collect();
        issues.push(format!("{place}: {}", words.join(" | ")));
    }
}
