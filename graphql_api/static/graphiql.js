// Starts GraphiQL with the explorer's tree and the examples. What it keeps, it keeps in this browser tab only.
"use strict";
(() => {
  const settings = JSON.parse(document.getElementById("settings").textContent);
  const { createElement, useEffect, useRef } = React;
  const PAPER = "M5 3h10l4 4v14H5z M14 3v5h5 M8 12h8 M8 16h6";
  globalThis.__webpack_nonce__ = settings.nonce; // for the style element of GraphiQL's menus

  // Documents and variables name people: who signs in next at this desk must not find them.
  const kept = globalThis.sessionStorage;
  if (kept.getItem("person") !== settings.person) {
    kept.clear();
    kept.setItem("person", settings.person);
  }

  const send = GraphiQL.createFetcher({
    url: settings.address,
    subscriptionUrl: location.origin.replace(/^http/, "ws") + settings.address,
    headers: { "Accept-Language": settings.language, "X-CSRF-Token": settings.csrf },
    enableIncrementalDelivery: false,
  });

  // For a moment after another document is opened, GraphiQL still names the operation of the one before.
  const fetcher = ({ operationName, ...asked }, options) => {
    const there = new RegExp(`\\b(query|mutation|subscription)\\s+${operationName}\\b`).test(asked.query);
    return send(there ? { operationName, ...asked } : asked, options);
  };

  let opened = false;
  function Icon() {
    const drawn = useRef(null);
    useEffect(() => {
      // GraphiQL begins with its side pane closed, whatever its option `visiblePlugin` says.
      if (!opened) drawn.current.closest("button").click();
      opened = true;
    }, []);
    const size = { viewBox: "0 0 24 24", height: "1em", width: "1em" };
    const pen = { fill: "none", stroke: "currentColor", strokeWidth: 1.6 };
    return createElement("svg", { ref: drawn, ...size, ...pen }, createElement("path", { d: PAPER }));
  }

  // A new tab begins with GraphiQL's greeting, which may come after the document that is wanted in it.
  const GREETING = "# Welcome to GraphiQL";
  const GREETING_COMES = 3000; // milliseconds at most
  let wanted = "";
  const put = (editor, text) => {
    const instead = () => setTimeout(() => editor.getValue().startsWith(GREETING) && editor.setValue(text));
    editor.setValue(text);
    editor.on("change", instead);
    setTimeout(() => editor.off("change", instead), GREETING_COMES);
  };

  function Examples() {
    const { addTab, queryEditor, tabs } = GraphiQL.React.useEditorContext({ nonNull: true });
    useEffect(() => {
      if (!wanted || !queryEditor) return;
      put(queryEditor, wanted);
      wanted = "";
    }, [tabs.length, queryEditor]);
    const open = (document) => {
      wanted = document;
      addTab();
    };
    const button = ({ title, document }) =>
      createElement("button", { key: title, type: "button", onClick: () => open(document) }, title);
    return createElement(
      "div",
      { className: "examples" },
      createElement("div", { className: "graphiql-doc-explorer-title" }, settings.words.examples),
      createElement("p", null, settings.words.examples_lead),
      settings.examples.map((each) =>
        createElement("section", { key: each.kind }, createElement("h3", null, each.kind), each.examples.map(button)),
      ),
    );
  }

  const examples = { title: settings.words.examples, icon: Icon, content: Examples };
  const sorted = [...settings.examples].sort((one, other) => other.first - one.first);
  const page = createElement(GraphiQL, {
    fetcher,
    storage: kept,
    plugins: [examples, GraphiQLPluginExplorer.explorerPlugin()],
    defaultTabs: sorted.map((each) => ({ query: each.examples[0].document })),
    shouldPersistHeaders: false,
    defaultTheme: "light",
  });
  ReactDOM.createRoot(document.getElementById("graphiql")).render(page);
})();
