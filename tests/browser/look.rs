//! The look page: every state is there, and words can be read on their grounds.

use serde_json::{Value, json};
use wireloom_tests::browser::{Browser, with_browser};
use wireloom_tests::server::Server;

/// For each pair of tokens `[theme, ink, ground, least, contrast]`, as WCAG 2 defines contrast.
const CONTRASTS: &str = "
    const channel = value => { value /= 255; return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4; };
    const light = colour => {
        const [red, green, blue] = colour.match(/[\\d.]+/g).map(Number).map(channel);
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    return [...document.querySelectorAll('.look-pair')].map(pair => {
        const style = getComputedStyle(pair), ink = pair.dataset.least === '3' ? style.borderTopColor : style.color;
        const lights = [light(ink), light(style.backgroundColor)];
        const contrast = (Math.max(...lights) + 0.05) / (Math.min(...lights) + 0.05);
        return [pair.closest('[data-theme]').dataset.theme, pair.dataset.ink, pair.textContent, Number(pair.dataset.least), contrast];
    });";

/// States that a node's class tells; the others are told by what stands in the row.
const CLASSES: [&str; 7] = ["selected", "changed", "invalid", "doubtful", "disabled", "failing", "unknown"];

#[tokio::test]
async fn every_state_has_a_look_in_light_and_dark() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &["--mqtt-port", "off"]).await;
    let url = server.url.clone();

    with_browser(1600, 3000, |browser| async move {
        browser.open(&format!("{url}/#look")).await;
        browser.element(".look-side[data-theme='dark'] [data-look='empty']").await;
        for theme in ["light", "dark"] {
            shows_every_state(&browser, theme).await;
            for part in ["tokens", "buttons", "fields", "rows", "callouts", "menu", "dialog", "empty", "flow"]
            {
                let section = format!("[data-theme='{theme}'] [data-look='{part}']");
                assert_eq!(browser.count(&section).await, 1, "{theme}: {part}");
            }
            for kind in ["wire.idle", "wire.selected", "group", "flag", "link-wire", "end", "end-wire"] {
                let one = format!("[data-theme='{theme}'] [data-look='flow'] .{kind}");
                assert!(browser.count(&one).await >= 1, "{theme}: {kind}");
            }
        }
        assert_eq!(browser.count(".notice.error").await, 1);
        browser.save_screenshot("look").await;
        words_can_be_read(&browser).await;
    })
    .await;
    assert!(server.stop().await.success());
}

async fn shows_every_state(browser: &Browser, theme: &str) {
    let nodes = format!("[data-theme='{theme}'] [data-look='nodes']");
    let script = format!(
        "return [...document.querySelectorAll(\"{nodes} [data-state]\")].map(row => row.dataset.state)"
    );
    let states = browser.run(&script, vec![]).await;
    assert!(states.as_array().unwrap().len() >= 12, "{states}");
    for state in CLASSES {
        let (all, marked) = (
            format!("{nodes} [data-state='{state}'] .node"),
            format!("{nodes} [data-state='{state}'] .node.{state}"),
        );
        // A junction has neither status nor a type that could be missing.
        let least = if matches!(state, "unknown" | "failing") { 5 } else { 6 };
        assert!(browser.count(&marked).await >= least, "{theme}: {state}");
        assert_eq!(browser.count(&all).await, 6, "{theme}: {state}");
    }
    for (state, mark) in [
        ("running", "green"),
        ("busy", "blue"),
        ("waiting", "yellow.ring"),
        ("idle", "grey.ring"),
        ("failing", "red.ring"),
    ] {
        let marked = format!("{nodes} [data-state='{state}'] .status .mark.{mark}");
        assert!(browser.count(&marked).await >= 5, "{theme}: {state}");
    }
    for (state, mark) in
        [("invalid", ".mark-error"), ("doubtful", ".mark-warning"), ("changed", ".changed-mark")]
    {
        let marked = format!("{nodes} [data-state='{state}'] {mark}");
        assert!(browser.count(&marked).await >= 5, "{theme}: {state}");
    }
    assert_eq!(
        browser.count(&format!("{nodes} .switch")).await,
        2 * browser.count(&format!("{nodes} .switch.on")).await
    );
}

async fn words_can_be_read(browser: &Browser) {
    let pairs = browser.run(CONTRASTS, vec![]).await;
    let pairs = pairs.as_array().unwrap();
    let of = |theme: &str| pairs.iter().filter(|pair| pair[0] == json!(theme)).count();
    assert!(of("light") >= 50 && of("light") == of("dark"), "{} pairs", pairs.len());
    let weak: Vec<&Value> = pairs.iter().filter(|pair| pair[4].as_f64() < pair[3].as_f64()).collect();
    assert!(weak.is_empty(), "too little contrast: {weak:#?}");
    // The figures are real ones: light and dark are different colours.
    let first = |theme: &str| pairs.iter().find(|pair| pair[0] == json!(theme)).unwrap()[4].clone();
    assert_ne!(first("light"), first("dark"));
}
