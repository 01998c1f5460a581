// The boundary to CodeMirror: one function that turns an element into a code editor. The form knows nothing else of it.

import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { html } from "@codemirror/lang-html";
import { javascript } from "@codemirror/lang-javascript";
import { json, jsonParseLinter } from "@codemirror/lang-json";
import { markdown } from "@codemirror/lang-markdown";
import { StandardSQL, sql } from "@codemirror/lang-sql";
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, syntaxHighlighting, syntaxTree } from "@codemirror/language";
import { type Diagnostic, lintGutter, linter, lintKeymap } from "@codemirror/lint";
import { searchKeymap } from "@codemirror/search";
import { Annotation, EditorState, type Extension, Transaction } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";

import { look } from "./look";

/** What the form hands over. */
interface Options {
  text: string;
  language: string;
  /** Attributes of the element that is typed into: its label, what describes it. */
  attributes: Record<string, string>;
  /** Words shown at a place that cannot be understood. */
  syntaxError: string;
  onInput(text: string): void;
  onLeave(): void;
}

/** What the form gets back. */
interface Code {
  /** Shows another text, where it is another; the caret stays where it can. */
  setText(text: string): void;
  focus(): void;
  /** Puts a text in place of what is selected; the caret goes between its first brackets, which are then selected. */
  insert(text: string): void;
  close(): void;
}

/** Marks what the form said, lest it be told so. */
const told = Annotation.define<boolean>();

export function open(parent: HTMLElement, options: Options): Code {
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        lineNumbers(),
        foldGutter(),
        highlightActiveLineGutter(),
        highlightSpecialChars(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        highlightActiveLine(),
        EditorState.tabSize.of(4),
        // Escape, then Tab leaves: CodeMirror sees to that by itself.
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...lintKeymap, indentWithTab]),
        EditorView.contentAttributes.of({ spellcheck: "false", tabindex: "0", ...options.attributes }),
        syntaxHighlighting(look.highlight),
        look.theme,
        language(options.language),
        checks(options),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !update.transactions.some((one) => one.annotation(told))) {
            options.onInput(update.state.doc.toString());
          }
        }),
        EditorView.domEventHandlers({ blur: () => options.onLeave() }),
      ],
    }),
  });
  return {
    setText(text) {
      const change = difference(view.state.doc.toString(), text);
      if (change) {
        view.dispatch({ changes: change, annotations: [told.of(true), Transaction.addToHistory.of(false)] });
      }
    },
    focus: () => view.focus(),
    insert(text) {
      const { from, to } = view.state.selection.main;
      const open = text.indexOf("(") + 1;
      const end = text.lastIndexOf(")");
      const inside = open > 0 && end >= open;
      view.dispatch({
        changes: { from, to, insert: text },
        selection: inside ? { anchor: from + open, head: from + end } : { anchor: from + text.length },
        scrollIntoView: true,
      });
      view.focus();
    },
    close: () => view.destroy(),
  };
}

function language(name: string): Extension {
  switch (name) {
    case "javascript":
    case "jsonata":
      return javascript();
    case "json":
      return json();
    case "sql":
      return sql({ dialect: StandardSQL });
    case "markdown":
      return [markdown(), EditorView.lineWrapping];
    case "mustache":
      return html();
    default:
      return EditorView.lineWrapping;
  }
}

/** Marks what the parser could not understand. */
function checks(options: Options): Extension {
  switch (options.language) {
    case "javascript":
      return [linter((view) => broken(view, options.syntaxError)), lintGutter()];
    case "json":
      return [linter((view) => (view.state.doc.length === 0 ? [] : jsonParseLinter()(view))), lintGutter()];
    default:
      return [];
  }
}

function broken(view: EditorView, message: string): Diagnostic[] {
  const found: Diagnostic[] = [];
  syntaxTree(view.state).iterate({
    enter(node) {
      if (node.type.isError && found.length < 20) {
        const end = Math.min(Math.max(node.to, node.from + 1), view.state.doc.length);
        found.push({ from: Math.min(node.from, end), to: end, severity: "error", message });
      }
    },
  });
  return found;
}

/** The one stretch in which two texts differ. */
function difference(before: string, after: string) {
  if (before === after) return undefined;
  let from = 0;
  const shorter = Math.min(before.length, after.length);
  while (from < shorter && before.charCodeAt(from) === after.charCodeAt(from)) from += 1;
  let same = 0;
  while (same < shorter - from && before.charCodeAt(before.length - 1 - same) === after.charCodeAt(after.length - 1 - same)) same += 1;
  return { from, to: before.length - same, insert: after.slice(from, after.length - same) };
}
