// Loads the editor's WebAssembly and starts it; says so in the page where that fails.
import init from "./{glue}";

// What the program asks for first is on its way while it is loaded; it takes up the answers.
const first = ["nodes/descriptors", "flows", "flows/problems", "settings", "settings/user"];
const headers = { "Accept": "application/json", "Accept-Language": language(), "Node-RED-API-Version": "v2" };
globalThis.wireloomFirst = new Map(first.map((path) => [path, fetch(path, { headers })]));
// Where one fails, the program asks again and tells of it.
for (const answer of globalThis.wireloomFirst.values()) answer.catch(() => {});

// What the program will speak: as chosen before (`wireloom-language`), else as the browser does.
function language() {
  try {
    return localStorage.getItem("wireloom-language") || navigator.language;
  } catch {
    // A browser that keeps nothing for pages.
    return navigator.language;
  }
}

// The code editor, when a form first shows code.
globalThis.wireloomCode = () => import("./{code}");

init({ module_or_path: new URL("./{wasm}", import.meta.url) })
  .then(() => document.getElementById("before-start")?.remove())
  .catch((error) => {
    const notice = document.getElementById("before-start");
    if (notice) notice.textContent = `The editor cannot start: ${error}. Reload the page; if that does not help, use a current browser.`;
    throw error;
  });
