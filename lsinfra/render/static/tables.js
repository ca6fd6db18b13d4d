// The tables below the map. Texts come ready from the data.
(() => {
  const { C, CONFLICT, el, said, fill, bar, chip, dated, copyRow } = lsinfra;
  const SHORT = 8; // rows of a table that stays on one sheet of paper
  const FOLDED = 12; // findings; more of them are folded by project
  const LONG = 200; // rows of any table; more are folded by project, and made when they are first opened
  const PAPER = 4000; // rows that are printed though nobody opened them
  const held = new Map(); // row of the land: the fold that it is in

  // What is long, under its heading with the number of its rows: open on a screen and on paper, closed on a phone.
  const phone = window.matchMedia("screen and (max-width: 860px)");
  const fold = (id, title, count, ...inside) => el("section", { class: count > SHORT ? "block" : "block short", id },
    el("details", { class: "fold", open: !phone.matches }, el("summary", null, el("h2", { id: `${id}-title` }, title), count ? el("span", { class: "count" }, `(${count})`) : null), inside));

  const block = (id, title, note, inner, count) => fold(id, title, count, note ? el("p", { class: "about" }, note) : null,
    el("div", { class: "scroll", role: "region", "aria-labelledby": `${id}-title` }, inner));

  // A real table; on a phone each row becomes a block, and the roles keep it a table for a screen reader.
  // bodies: the rows, or lists of rows, each list a group of its own.
  function table(id, heads, numeric, bodies, title) {
    const grouped = Array.isArray(bodies[0]) ? bodies : [bodies];
    return el("table", { id, role: "table", class: "data", "aria-labelledby": title },
      el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, heads.map((text, i) => el("th", { scope: "col", role: "columnheader", class: numeric.has(i) ? "n" : null }, text)))),
      grouped.map((rows) => el("tbody", { role: "rowgroup" }, rows)));
  }

  const cell = (label, attributes, ...children) => el("td", { role: "cell", "data-label": label, ...attributes }, ...children);
  const small = (text) => (text ? el("span", { class: "small" }, said(text)) : null);

  // A fold that is made when it is first opened; where the rows of its table are few, at once.
  function folded(id, name, about, count, make) {
    const made = el("details", { class: count > PAPER ? "folded unprinted" : "folded" }, el("summary", null, el("h3", { id }, said(name)), about));
    made.fill = () => {
      if (!make) return;
      made.append(make());
      make = null;
      if (lsinfra.drawn && lsinfra.drawn._data) lsinfra.drawn.relight();
    };
    made.addEventListener("toggle", () => { if (made.open) made.fill(); });
    if (count <= LONG) made.fill();
    return made;
  }

  // What paper says of a table too long to be printed whole, and of each of its folds that was not opened.
  const unprinted = (data, count) => (count > PAPER ? el("p", { class: "about paper-only" }, data.words.unprinted) : null);
  const closed = (data, count) => (count > PAPER ? el("span", { class: "paper-only none" }, data.words.closed) : null);

  // Opens what an address leads to: a row of the land that may not have been made yet.
  function reveal(id) {
    const fold = held.get(id);
    if (!fold) return;
    fold.fill();
    fold.open = true;
  }

  // Rows of several projects are grouped under the name of each; on a project's own page its name is the page's.
  function byProject(data, rows, columns, row) {
    const groups = [];
    rows.forEach((one, place) => {
      if (!place || rows[place - 1][C.PROJECT] !== one[C.PROJECT]) groups.push(data.projects.length > 1 ? [el("tr", { class: "group", role: "row" }, el("th", { scope: "rowgroup", role: "rowheader", colspan: columns }, said(data.projects[one[C.PROJECT]].title)))] : []);
      groups[groups.length - 1].push(row(one, place));
    });
    return groups;
  }

  // The change of a row since the earlier date; no column where none is compared.
  function changedCell(data, cells, number) {
    const told = data.page.since;
    if (!told) return null;
    const found = told[cells][number];
    if (!found) return cell(told.label, { class: "changed" }, el("span", { class: "none" }, data.words.no_new));
    const [kind, difference, parts] = found;
    return cell(told.label, { class: "changed" }, difference ? el("b", null, difference) : null, " ", chip(...told.kinds[kind]), small(parts));
  }

  // The course of a figure through the stops of the map (timeline.sparks): steps, never slopes; a dot where it was observed.
  const WIDTH = 96, HEIGHT = 26, EDGE = 3, LEVELS = 20;
  function spark(data, number) {
    const [signs, first, from] = data.page.sparks[number], row = data.rows[number], w = data.words;
    const days = data.timeline.stops.map((stop) => Date.parse(stop[1])), span = days[days.length - 1] - days[0];
    const x = (stop) => (EDGE + ((WIDTH - 2 * EDGE) * (days[stop] - days[0])) / span).toFixed(1);
    let level = 0, line = "", dots = "", count = 0;
    [...signs].forEach((sign, stop) => {
      if (sign === "-" || sign === ".") return;
      const code = sign.charCodeAt(0);
      level += code >= 97 ? code - 97 : 65 - code;
      const y = (HEIGHT - EDGE - ((HEIGHT - 2 * EDGE) * level) / LEVELS).toFixed(1);
      line += count ? `H${x(stop)}V${y}` : `M${x(stop)} ${y}`;
      dots += `M${x(stop)} ${y}h0`;
      count += 1;
    });
    // A single figure is a dot: one observation makes no course.
    if (count > 1) line += `H${x(signs.length - 1)}`;
    const values = { first, from, last: row[C.FIGURE], date: row[C.DATE], count };
    const part = (tag, attributes, ...inside) => {
      const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
      Object.entries(attributes).forEach(([name, value]) => made.setAttribute(name, value));
      made.append(...inside);
      return made;
    };
    return part("svg", { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, role: "img", "aria-label": fill(first ? w.course_many : w.course_one, values) },
      ...(count > 1 ? [part("path", { class: "steps", d: line })] : []), part("path", { class: "dots", d: dots }));
  }

  // A figure with its total and a button that copies it; what is implied or has no total is said so.
  const figureCell = (data, label, kind, place, row) => cell(label, { class: "figure-cell" },
    el("span", { class: "value" }, row[C.FIGURE]), copyRow(data, kind, place),
    row[C.KIND] === 2 ? small(`${data.words.total} ${data.words.implied}: ${row[C.IMPLIED]}`) : row[C.KIND] ? null : small(data.words.no_total));

  const shareCell = (data, label, row) => cell(label, { class: "share-cell" },
    row[C.SHARE] ? el("b", null, row[C.SHARE]) : el("span", { class: "none" }, "–"), bar(row),
    row[C.STATED] ? el("span", { class: "small" }, `${data.words.stated} ${row[C.STATED]} `, row[C.CHECK] < 0 ? null : row[C.CHECK] === CONFLICT ? chip("doubt", data.checks[CONFLICT]) : data.checks[row[C.CHECK]]) : null);

  const dateCell = (data, row) => cell(data.words.observed, { class: "date-cell" }, dated(data, row), small(row[C.AGE]));

  function sourceCell(data, row) {
    const w = data.words, known = data.sources[row[C.SOURCE]];
    return cell(w.source, { class: "source-cell" },
      known ? [lsinfra.reference(data, row[C.SOURCE]), " ", known.press ? chip("press", w.press) : el("span", { class: "small inline" }, known.kind)] : el("span", { class: "none" }, w.unknown_source),
      " ", el("span", { class: "where" }, row[C.WHERE]), small(row[C.NOTE]));
  }

  function progress(data, show) {
    const w = data.words;
    if (!data.rows.length) return block("land", w.table_land, "", el("p", { class: "none" }, w.land_not_published));
    const sparks = data.page.sparks;
    const heads = [w.scope, w.stage, w.value, w.share, ...(data.page.since ? [data.page.since.label] : []), ...(sparks ? [w.course] : []), w.observed, w.source];
    const first = new Map(); // of a section, its first row
    data.rows.forEach((row, number) => { if (!first.has(row[C.SECTION])) first.set(row[C.SECTION], number); });
    const line = (row, number) => {
      const section = row[C.SECTION], [kind, of, scope, lines] = section < 0 ? ["project", row[C.PROJECT], w.whole_project, data.projects[row[C.PROJECT]].line] : ["section", section, data.sections[section][1], data.sections[section][4]];
      return el("tr", { id: `row-${number}`, role: "row", "data-row": number },
        el("th", { class: "scope-cell", scope: "row", role: "rowheader", "data-label": heads[0] },
          el("button", { type: "button", title: lines.length ? w.see_map : w.not_drawn, onclick: () => show(kind, of) }, said(scope)),
          section >= 0 ? small(data.sections[section][9]) : null,
          section >= 0 && first.get(section) === number ? small(data.sections[section][10]) : null),
        cell(heads[1], { class: "stage-cell" }, data.stages[row[C.STAGE]]),
        figureCell(data, w.value, "rows", number, row), shareCell(data, w.share, row),
        changedCell(data, "land", number),
        sparks ? cell(w.course, { class: "course" }, spark(data, number)) : null,
        dateCell(data, row), sourceCell(data, row));
    };
    const count = data.rows.length, about = sparks ? `${w.about_land} ${w.about_course}` : w.about_land;
    if (count <= LONG) return block("land", w.table_land, about, table("progress", heads, new Set(), byProject(data, data.rows, heads.length, line), "land-title"), count);
    const folds = data.projects.map((project, number) => {
      const own = data.rows.flatMap((row, place) => (row[C.PROJECT] === number ? [place] : [])), id = `land-${number}`;
      if (!own.length) return null;
      const made = folded(id, project.title, [el("span", { class: "count" }, `(${own.length})`), closed(data, count)], count, () => table(null, heads, new Set(), own.map((place) => line(data.rows[place], place)), id));
      own.forEach((place) => held.set(`row-${place}`, made));
      return made;
    });
    return block("land", w.table_land, about, [unprinted(data, count), el("div", { id: "progress" }, folds)], count);
  }

  function disbursement(data) {
    const w = data.words;
    if (!data.money.length) return block("money", w.table_money, "", el("p", { class: "none" }, w.money_not_published));
    const heads = [w.plan, w.funding, w.disbursed, w.share, ...(data.page.since ? [data.page.since.label] : []), w.observed, w.source];
    const bodies = byProject(data, data.money, heads.length, (row, place) => el("tr", { role: "row" },
      el("th", { scope: "row", role: "rowheader", "data-label": heads[0] }, row[C.PLAN], small(row[C.CLOSES])),
      cell(heads[1], null, row[C.FUNDING] || w.all_sources),
      figureCell(data, w.disbursed, "money", place, row), shareCell(data, w.share, row),
      changedCell(data, "money", place), dateCell(data, row), sourceCell(data, row)));
    return block("money", w.table_money, w.about_money, table("disbursement", heads, new Set(), bodies, "money-title"), data.money.length);
  }

  // A cell of the other tables: a text, or [kind, …] as content.py writes it.
  function shown(data, value) {
    if (typeof value === "string") return said(value);
    const [kind, ...rest] = value;
    if (kind === "chip") return chip(...rest);
    if (kind === "src") return rest[0].map((number) => [lsinfra.reference(data, number), " ", data.sources[number].press ? chip("press", data.words.press) : null, " "]);
    if (kind === "where") return el("span", { class: "where" }, rest[0]);
    return said(rest[0]);
  }

  // A column in which nobody has written anything is left away.
  function filled(one) {
    const kept = one.head.map((_, i) => one.rows.some((row) => (Array.isArray(row[i]) ? row[i][1].length : row[i])));
    return { ...one, head: one.head.filter((_, i) => kept[i]), wide: kept[one.wide] ? kept.slice(0, one.wide).filter(Boolean).length : -1, rows: one.rows.map((row) => row.filter((_, i) => kept[i])) };
  }

  function other(data, given) {
    const one = filled(given);
    const numeric = new Set(one.head.map((_, i) => i).filter((i) => one.rows.some((row) => row[i][0] === "n" && Array.isArray(row[i]))));
    const first = one.head[0] === data.words.project ? 1 : 0, title = `${one.id}-title`;
    const cells = (row, from) => row.slice(from).map((value, k) => {
      const i = from + k;
      return cell(one.head[i], { class: numeric.has(i) ? "n" : i === one.wide ? "wide" : value.length <= 14 ? "tight" : null }, shown(data, value));
    });
    if (one.id === "findings" && one.rows.length > FOLDED) return findings(data, one, cells);
    if (!first) return block(one.id, one.title, one.note, table(`table-${one.id}`, one.head, numeric, one.rows.map((row) => el("tr", { role: "row" }, cells(row, 0))), title), one.rows.length);
    // The name of a project stands once, beside all its rows; on its own page it is the page's.
    const alone = data.projects.length < 2, bodies = [];
    one.rows.forEach((row, place) => {
      const again = place && one.rows[place - 1][0] === row[0];
      if (!again) bodies.push([]);
      let many = 1;
      while (!again && place + many < one.rows.length && one.rows[place + many][0] === row[0]) many += 1;
      bodies[bodies.length - 1].push(el("tr", { role: "row" }, again || alone ? null : el("th", { class: "project-name", scope: "rowgroup", role: "rowheader", rowspan: many > 1 ? many : null }, said(row[0])), cells(row, 1)));
    });
    const heads = alone ? one.head.slice(1) : one.head;
    if (one.rows.length > LONG && !alone) return long(data, one, heads, numeric, cells);
    return block(one.id, one.title, one.note, table(`table-${one.id}`, heads, alone ? new Set([...numeric].map((i) => i - 1)) : numeric, bodies, title), one.rows.length);
  }

  // A table of many rows that belong to projects.
  function long(data, one, heads, numeric, cells) {
    const names = [...new Set(one.rows.map((row) => row[0]))], own = heads.slice(1), moved = new Set([...numeric].map((i) => i - 1));
    const folds = names.map((name, place) => {
      const rows = one.rows.filter((row) => row[0] === name), id = `${one.id}-${place}`;
      return folded(id, name, [el("span", { class: "count" }, `(${rows.length})`), closed(data, one.rows.length)], one.rows.length, () => table(null, own, moved, rows.map((row) => el("tr", { role: "row" }, cells(row, 1))), id));
    });
    return block(one.id, one.title, one.note, [unprinted(data, one.rows.length), folds], one.rows.length);
  }

  // Many findings: folded by project, each with the number of every severity; the gravest come first.
  function findings(data, one, cells) {
    const names = [...new Set(one.rows.map((row) => row[1]))], heads = one.head.filter((_, i) => i !== 1);
    const groups = names.map((name, place) => {
      const own = one.rows.filter((row) => row[1] === name), kinds = [...new Set(own.map((row) => row[0][1]))], title = `findings-${place}`;
      const chips = kinds.map((kind) => {
        const same = own.filter((row) => row[0][1] === kind);
        return chip(kind, `${same.length} ${same[0][0][2]}`);
      });
      return folded(title, name, [chips, closed(data, one.rows.length)], one.rows.length, () => table(place ? null : "table-findings", heads, new Set(), own.map((row) => el("tr", { role: "row" }, cells(row, 0).filter((_, i) => i !== 1))), title));
    });
    return block(one.id, one.title, one.note, [unprinted(data, one.rows.length), groups], one.rows.length);
  }

  function sources(data) {
    const w = data.words;
    if (!data.page.used.length && !data.page.drawn.length) return null;
    return fold("sources", w.sources, data.page.used.length,
      el("ol", { class: "sources" }, data.page.used.map((number) => {
        const one = data.sources[number];
        return el("li", { id: `source-${number + 1}`, value: number + 1 },
          said(one.title), " ", one.press ? chip("press", w.press) : chip("official", one.kind),
          small(one.about.join(" · ")),
          one.link ? el("span", { class: "small" }, el("a", { href: one.link, rel: "noopener noreferrer", target: "_blank" }, said(one.url))) : small(one.url),
          small(one.note));
      })),
      data.page.drawn.length ? [el("h3", { id: "drawn" }, w.drawn_from),
        el("dl", { class: "drawn" }, data.page.drawn.map(([what, from]) => [el("dt", null, said(what)), el("dd", { class: "small" }, said(from))]))] : null);
  }

  // A table that is wider than the window can be scrolled by the keyboard; one that is not is no stop on the way.
  function scrolling() {
    const watch = new ResizeObserver((seen) => seen.forEach(({ target }) => {
      if (target.scrollWidth > target.clientWidth + 1) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }));
    document.querySelectorAll(".scroll").forEach((one) => watch.observe(one));
  }

  Object.assign(lsinfra, { phone, tables: { progress, disbursement, other, sources, scrolling, figureCell, reveal, held, LONG, PAPER } });
})();
