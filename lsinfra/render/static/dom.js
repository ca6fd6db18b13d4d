"use strict";
// Small tools of the map and the page. Text from the records becomes text nodes, never markup.
var lsinfra = (() => {
  // Columns of a row, as payload.py writes them.
  const C = {
    PROJECT: 0, SECTION: 1, STAGE: 2, PLAN: 1, FUNDING: 2, FIGURE: 3, IMPLIED: 4, KIND: 5, SHARE: 6, BAR: 7, CLASS: 8,
    STATED: 9, CHECK: 10, DATE: 11, AGE: 12, STALE: 13, SOURCE: 14, WHERE: 15, NOTE: 16, MEASURE: 17, CLOSES: 17,
  };
  const COMPLETE = 5, NO_TOTAL = 6, NO_DATA = 7;
  const HANDED_OVER = 3; // place of the stage among all (codes.Stage)
  const PARCELS = 3; // place of the measure among all (payload.MEASURES)
  const CONFLICT = 4; // place of "conflict" among the checks of a stated percentage

  // An element with attributes (class, id, data-…), event handlers (onclick) and children; empty ones are left away.
  function el(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
    return made;
  }

  // Somebody's text, kept from turning the line round (U+202E and its kin).
  const said = (text, attributes) => (text ? el("bdi", attributes, text) : null);

  // A text of ours with its {names} filled in; in one pass, so that what is put in is never filled again.
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  function bar(row) {
    if (!row || row[C.BAR] < 0) return null;
    const line = el("span", { class: `bar c${row[C.CLASS]}`, "aria-hidden": "true" }, el("i"));
    line.firstChild.style.width = `${row[C.BAR] / 10}%`;
    return line;
  }

  // A status; one with a due day that has passed by the reader's clock (clock.js) is overdue.
  const clock = {};
  const chip = (kind, text, due) => (due < clock.today ? chip("doubt", clock.overdue) : el("span", { class: `chip ${kind}` }, text));

  // A date, marked by colour, sign and word when it is out of date.
  const dated = (data, row) => (row[C.STALE] ? el("span", { class: "stale-date" }, `${row[C.DATE]} (${data.words.aged})`) : row[C.DATE]);

  // What is to be said of a row beside its figures: complete, in conflict, from the press.
  const doubtful = (w, conflict, press) => [conflict ? ["doubt", w.conflict] : null, press ? ["press", w.press] : null].filter(Boolean);
  const doubted = (data, row) => doubtful(data.words, row[C.CHECK] === CONFLICT, (data.sources[row[C.SOURCE]] || {}).press);
  const doubts = (data, row) => doubted(data, row).map(([kind, text]) => chip(kind, text));
  const marks = (data, row) => [row[C.CLASS] === COMPLETE ? chip("done", data.words.done) : null, ...doubts(data, row)];

  // A table that sheet.py wrote by columns, as rows again; a column of one value has it in every row.
  const rows = ([count, ...columns]) => Array.from({ length: count }, (_, i) => columns.map((one) => (one.length > 1 ? one[i] : one[0])));

  function unfolded(data) {
    const turn = (held, name) => { if (held && held[name]) held[name] = rows(held[name]); };
    ["rows", "money", "sections"].forEach((name) => turn(data, name));
    turn(data.page, "sparks");
    if (data.page) data.page.tables.forEach((table) => turn(table, "rows"));
    return data;
  }

  // The data stands in the page itself; opening it asks nobody.
  async function open() {
    const held = document.getElementById("lsinfra-data");
    if (held.dataset.packed !== "gzip") return unfolded(JSON.parse(held.textContent));
    const text = atob(held.textContent), bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return unfolded(await new Response(stream).json());
  }
  let opened = null;
  const data = () => (opened ||= open());

  // Said on the page itself when it cannot be drawn, as by a browser that is too old.
  function broken(error) {
    const notice = document.getElementById("broken");
    if (notice) notice.hidden = false;
    console.error(error);
  }

  return { C, COMPLETE, NO_TOTAL, NO_DATA, HANDED_OVER, PARCELS, CONFLICT, el, said, fill, bar, chip, clock, dated, doubtful, doubted, doubts, marks, data, broken };
})();
