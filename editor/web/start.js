// Loads the editor's WebAssembly and starts it; says so in the page where that fails.
import init from "./{glue}";

// The code editor, when a form first shows code.
globalThis.wireloomCode = () => import("./{code}");

init({ module_or_path: new URL("./{wasm}", import.meta.url) })
  .then(() => document.getElementById("before-start")?.remove())
  .catch((error) => {
    const notice = document.getElementById("before-start");
    if (notice) notice.textContent = `The editor cannot start: ${error}. Reload the page; if that does not help, use a current browser.`;
    throw error;
  });
