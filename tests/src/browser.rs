//! A real browser: Chromium without a window, driven through chromedriver.

use std::future::Future;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::wd::{Capabilities, TimeoutConfiguration, WebDriverCompatibleCommand, WindowHandle};
use fantoccini::{Client, ClientBuilder, Locator};
use futures_util::FutureExt;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

/// Far more than anything here takes; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a page is asked whether it has come so far.
const ASK_AGAIN: Duration = Duration::from_millis(100);

/// What Chromium is started with: no window, no profile of a user, English, nothing that it does of its own accord.
const ARGUMENTS: [&str; 13] = [
    "--headless",
    "--accept-lang=en-US",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-prefers-reduced-motion",
    "--hide-scrollbars",
    // A name that browsers take for another machine: pages of it over plain HTTP may do less than those of this one.
    "--host-resolver-rules=MAP plain.test 127.0.0.1",
];

/// An open browser.
pub struct Browser {
    client: Client,
}

/// Runs `test` in a new browser whose page is `width` x `height` pixels; closes it however the test ends.
pub async fn with_browser<F: Future>(width: u32, height: u32, test: impl FnOnce(Browser) -> F) -> F::Output {
    let profile = tempfile::tempdir().unwrap();
    let (mut driver, url) = start_driver().await;
    let client = connect(&url, profile.path()).await;
    let browser = Browser { client: client.clone() };
    browser.set_page_size(width, height).await;

    let result = AssertUnwindSafe(test(browser)).catch_unwind().await;

    // It may be gone already; what matters is that it does not stay.
    let _ = timeout(PATIENCE, client.close()).await;
    driver.kill().await.unwrap();
    result.unwrap_or_else(|panic| resume_unwind(panic))
}

async fn start_driver() -> (Child, String) {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("chromedriver starts; it comes with the package chromium-driver");
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    let port = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                return port.trim_end_matches('.').to_owned();
            }
        }
        panic!("chromedriver ended without saying its port");
    };
    let port = timeout(PATIENCE, port).await.expect("chromedriver's port");
    // It goes on writing; nobody reading would stop it.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (driver, format!("http://127.0.0.1:{port}"))
}

async fn connect(url: &str, profile: &Path) -> Client {
    let mut arguments: Vec<String> = ARGUMENTS.map(str::to_owned).into();
    arguments.push(format!("--user-data-dir={}", profile.display()));
    let capabilities =
        json!({ "goog:chromeOptions": { "args": arguments }, "goog:loggingPrefs": { "browser": "ALL" } });
    let Value::Object(capabilities) = capabilities else { unreachable!() };
    ClientBuilder::new(HttpConnector::new())
        .capabilities(Capabilities::from_iter(capabilities))
        .connect(url)
        .await
        .expect("Chromium starts")
}

impl Browser {
    /// The connection to the browser.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Runs a script in the page; gives back what it returns.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute(script, arguments).await.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Gives a command of the browser's own protocol, the one that its developer tools speak.
    pub async fn devtools(&self, command: &'static str, parameters: Value) -> Value {
        let given = self.client.issue_cmd(Devtools(command, parameters)).await;
        given.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// Lets a script, and a page that is opened, take this long: what is measured may be slower than any test.
    pub async fn allow(&self, time: Duration) {
        let limits = TimeoutConfiguration::new(Some(time), Some(time), None);
        self.client.update_timeouts(limits).await.unwrap();
    }

    /// Opens a page.
    pub async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    /// The tab that is driven; see [`Browser::turn_to`].
    pub async fn tab(&self) -> WindowHandle {
        self.client.window().await.unwrap()
    }

    /// Opens another tab, which is driven from now on.
    pub async fn new_tab(&self) -> WindowHandle {
        let handle = self.client.new_window(true).await.unwrap().handle;
        self.turn_to(&handle).await;
        handle
    }

    /// Drives this tab from now on.
    pub async fn turn_to(&self, tab: &WindowHandle) {
        self.client.switch_to_window(tab.clone()).await.unwrap();
    }

    /// Waits for the first element of a CSS selector.
    pub async fn element(&self, css: &str) -> Element {
        let wait = self.client.wait().at_most(PATIENCE).every(ASK_AGAIN);
        match wait.for_element(Locator::Css(css)).await {
            Ok(element) => element,
            Err(error) => {
                self.save_screenshot("failed").await;
                panic!("{css}: {error}; see tests/out/failed.png");
            }
        }
    }

    /// Waits for an element and clicks it.
    pub async fn click(&self, css: &str) {
        self.element(css).await.click().await.unwrap_or_else(|error| panic!("click on {css}: {error}"));
    }

    /// How many elements a CSS selector finds now.
    pub async fn count(&self, css: &str) -> usize {
        self.client.find_all(Locator::Css(css)).await.unwrap().len()
    }

    /// The texts of all elements that a CSS selector finds now.
    pub async fn texts(&self, css: &str) -> Vec<String> {
        let script = "return [...document.querySelectorAll(arguments[0])].map(one => one.textContent.trim())";
        let texts = self.client.execute(script, vec![json!(css)]).await.unwrap();
        texts.as_array().unwrap().iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Waits until an expression of JavaScript is true in the page.
    pub async fn until(&self, expression: &str) {
        let script = format!("return Boolean({expression})");
        let holds = async {
            while self.client.execute(&script, vec![]).await.unwrap() != json!(true) {
                sleep(ASK_AGAIN).await;
            }
        };
        if timeout(PATIENCE, holds).await.is_err() {
            self.save_screenshot("failed").await;
            panic!("it never came so far: {expression}; see tests/out/failed.png");
        }
    }

    /// Types into an element.
    pub async fn type_into(&self, css: &str, text: &str) {
        self.element(css).await.send_keys(text).await.unwrap();
    }

    /// Keeps a picture of the page as `tests/out/<name>.png`; gives back its path.
    pub async fn save_screenshot(&self, name: &str) -> PathBuf {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("out");
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{name}.png"));
        std::fs::write(&path, self.client.screenshot().await.unwrap()).unwrap();
        path
    }

    /// Keeps a picture of the page in light, `<name>-light.png`, and one in dark, as the user chooses the theme.
    pub async fn save_pictures(&self, name: &str) {
        for theme in ["light", "dark"] {
            self.run("document.documentElement.dataset.theme = arguments[0]", vec![json!(theme)]).await;
            self.save_screenshot(&format!("{name}-{theme}")).await;
        }
        self.run("delete document.documentElement.dataset.theme", vec![]).await;
    }

    /// The page gets this size, whatever the window's is.
    pub async fn set_size(&self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// The page itself, not the window, gets this size.
    async fn set_page_size(&self, width: u32, height: u32) {
        self.client.set_window_size(width, height).await.unwrap();
        let inner = self.client.execute("return [innerWidth, innerHeight]", vec![]).await.unwrap();
        let missing = |wanted: u32, at: usize| wanted.saturating_sub(inner[at].as_u64().unwrap_or(0) as u32);
        let (more_width, more_height) = (missing(width, 0), missing(height, 1));
        self.client.set_window_size(width + more_width, height + more_height).await.unwrap();
    }
}

/// `POST /session/:id/goog/cdp/execute` of chromedriver.
#[derive(Debug)]
struct Devtools(&'static str, Value);

impl WebDriverCompatibleCommand for Devtools {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({ "cmd": self.0, "params": self.1 }).to_string()))
    }
}
