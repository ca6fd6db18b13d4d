// A figure on the clipboard: with its unit, total, share, date and source.
(() => {
  const { C, CONFLICT, NO_TOTAL, el, fill } = lsinfra;

  // A row of data.rows or data.money as one line of text.
  function copied(data, kind, place) {
    const row = data[kind][place], w = data.words, source = data.sources[row[C.SOURCE]];
    const of = kind === "money" ? [w.disbursement, row[C.PLAN], row[C.FUNDING]] : [row[C.SECTION] < 0 ? w.whole_project : data.sections[row[C.SECTION]][1], data.stages[row[C.STAGE]]];
    const figure = row[C.KIND] === 2 ? fill(w.implied_of, { figure: row[C.FIGURE], total: row[C.IMPLIED] }) : row[C.FIGURE];
    const marks = [row[C.CLASS] === NO_TOTAL && w.no_total, row[C.CHECK] === CONFLICT && w.conflict, row[C.STALE] && w.old, source && source.press && w.press];
    return fill(w.copy_line, {
      what: [data.projects[row[C.PROJECT]].title, ...of].filter(Boolean).join(", "),
      figure: row[C.SHARE] ? `${figure} (${row[C.SHARE]})` : figure,
      date: [row[C.DATE], ...marks].filter(Boolean).join("; "),
      source: source ? [source.title, ...source.about].join(", ") : w.unknown_source,
    });
  }

  async function put(text) {
    try { await navigator.clipboard.writeText(text); return true; } catch { /* refused, or an older browser on file:// */ }
    const back = document.activeElement, held = el("textarea", { class: "aloud", "aria-hidden": "true", tabindex: "-1" });
    held.value = text;
    document.body.append(held);
    held.select();
    let done = false;
    try { done = document.execCommand("copy"); } catch { /* then it is shown */ }
    held.remove();
    if (back) back.focus({ preventScroll: true });
    return done;
  }

  const SEEN = 3500; // milliseconds
  // Said aloud and shown at the foot of the window; what could not be copied stays until something else is said.
  let last = 0;
  function tell(text, stays) {
    const told = document.getElementById("told");
    told.replaceChildren(el("bdi", null, text));
    told.classList.toggle("stays", stays);
    clearTimeout(last);
    if (!stays) last = setTimeout(() => told.replaceChildren(), SEEN);
  }

  function sign() {
    const made = document.createElementNS("http://www.w3.org/2000/svg", "svg"), path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    for (const [name, value] of [["viewBox", "0 0 16 16"], ["width", 14], ["height", 14], ["aria-hidden", "true"]]) made.setAttribute(name, value);
    path.setAttribute("d", "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3");
    made.append(path);
    return made;
  }

  // text: the line itself, or a function that makes it when it is wanted.
  function copier(data, text, figure) {
    const w = data.words;
    return el("button", { type: "button", class: "copy", title: w.copy, "aria-label": `${w.copy}: ${figure}`, onclick: async () => {
      const line = typeof text === "function" ? text() : text, done = await put(line);
      tell(fill(done ? w.copied : w.copy_failed, { text: line }), !done);
    } }, sign());
  }
  const copyOf = (data, kind, row) => copier(data, () => copied(data, kind, data[kind].indexOf(row)), row[C.FIGURE]);
  const copyRow = (data, kind, place) => copyOf(data, kind, data[kind][place]);

  document.addEventListener("keydown", (event) => { if (event.key === "Escape") document.getElementById("told")?.replaceChildren(); });
  Object.assign(lsinfra, { copier, copyOf, copyRow });
})();
