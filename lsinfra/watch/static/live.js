"use strict";
// Follows lsinfra watch: loads the page again when there is another one, says when the last save has faults.
(() => {
  const KEPT = "lsinfra-watch";
  const { made, preview, mark } = document.currentScript.dataset;
  const { lang } = document.documentElement;
  let source = null, words = null, box = null, leaving = false;

  // A stripe above the page, which pushes it down and covers nothing; styled by script, as its policy knows no style.
  function tell(heading, lines) {
    if (box) box.remove();
    box = null;
    if (!heading) return;
    box = document.createElement("div");
    box.id = "lsinfra-watch";
    box.setAttribute("role", "alert");
    box.tabIndex = 0;
    box.style.cssText = "position:sticky;top:0;z-index:100000;max-height:40vh;overflow:auto;margin:0;padding:8px 16px;"
      + "background:#7a1020;color:#fff;font:15px/1.4 system-ui,sans-serif;overflow-wrap:anywhere";
    const strong = document.createElement("strong");
    strong.textContent = heading;
    box.append(strong, ...lines.map((line) => {
      const one = document.createElement("div"), text = document.createElement("bdi");
      text.textContent = line;
      one.append(text);
      return one;
    }));
    document.body.prepend(box);
  }

  function told(event) {
    const now = JSON.parse(event.data);
    words = now.words[lang];
    if (now.made !== made) {
      if (leaving) return;
      leaving = true;
      sessionStorage.setItem(KEPT, JSON.stringify([location.href, scrollX, scrollY]));
      location.reload();
      return;
    }
    const faults = now.faults[lang] || [];
    tell(faults.length ? words.faulty : "", faults);
  }

  // Back to where the reader was, once the page is drawn; the browser gives up before.
  function back() {
    const [href, x, y] = JSON.parse(sessionStorage.getItem(KEPT) || "[]");
    sessionStorage.removeItem(KEPT);
    if (href !== location.href) return;
    const root = document.documentElement;
    const drawn = () => root.dataset.ready && !seen.disconnect() && scrollTo(x, y);
    const seen = new MutationObserver(drawn);
    seen.observe(root, { attributes: true });
    drawn();
  }

  // A hidden page does not listen: a browser keeps only six connections to one server.
  function listen() {
    if (source) source.close();
    source = null;
    if (document.visibilityState === "hidden") return;
    source = new EventSource("/.live");
    source.onmessage = told;
    source.onerror = () => { if (words && !leaving) tell(words.ended, []); };
  }

  // What is not kept shall not be taken for what is, on paper or in a saved file either.
  function marked() {
    // The page names itself once more when it is drawn.
    const titled = () => {
      if (!document.title.startsWith(preview)) document.title = `${preview} ${document.title}`;
    };
    new MutationObserver(titled).observe(document.head, { childList: true, subtree: true, characterData: true });
    titled();
    const line = document.createElement("div");
    line.id = "lsinfra-preview";
    line.textContent = mark;
    line.style.cssText = "margin:0;padding:4px 16px;background:#fff3c4;color:#3d2c00;font:14px/1.4 system-ui,sans-serif";
    document.body.prepend(line);
  }

  document.addEventListener("visibilitychange", listen);
  marked();
  back();
  listen();
})();
