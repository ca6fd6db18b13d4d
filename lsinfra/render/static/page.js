// The page around the map: headline cards, project cards, tables. Texts come ready from the data.
(() => {
  const { C, CONFLICT, el, said, fill, bar, chip, dated } = lsinfra;
  lsinfra.page = true;

  const put = (id, ...children) => document.getElementById(id).append(...children.flat(Infinity).filter(Boolean));

  function head(data) {
    const page = data.page;
    document.title = `${page.title} · ${page.as_of}`;
    const title = document.getElementById("title");
    title.replaceChildren(said(page.title));
    if (page.above) title.before(el("p", { class: "above" }, said(page.above)));
    put("as-of", page.as_of);
    if (page.above) document.querySelector("main").classList.add("one");
    put("nav", page.nav.map(([text, href]) => el("a", { href }, text)));
  }

  // --- cards -----------------------------------------------------------------------------------------------------

  function cards(data) {
    put("cards", data.page.cards.map((card) => el("article", { class: "card" },
      el("h2", null, card.title),
      card.note ? el("p", { class: "since-note" }, card.note) : null,
      card.none ? el("p", { class: "none" }, card.none) : null,
      card.lines.map((line) => el("div", { class: "line" },
        line.name ? el("p", { class: "name", title: line.name }, said(line.name)) : null,
        line.big || line.beside ? el("p", { class: line.name ? "figures" : "figures plain" }, line.big ? el("b", null, said(line.big)) : null, line.href ? el("a", { href: line.href }, line.beside) : said(line.beside)) : null,
        line.bar >= 0 ? cardBar(line) : null,
        el("p", { class: "sub" }, line.subs.map((sub) => said(sub, { class: "part" })), line.chips.map(([kind, text]) => chip(kind, text))),
        line.since ? since(...line.since) : null)),
      card.foot.length ? el("p", { class: "foot" }, el("a", { href: card.foot[1] }, card.foot[0])) : null)));
  }

  // What became of a headline since the earlier date: its word with a sign, and the difference.
  const since = (kind, word, difference) => el("p", { class: "sub since" }, kind ? chip(kind, word) : el("span", { class: "none" }, word), difference ? el("b", null, difference) : null);

  function cardBar(line) {
    const shown = el("span", { class: `bar c${line.class}`, "aria-hidden": "true" }, el("i"));
    shown.firstChild.style.width = `${line.bar / 10}%`;
    return shown;
  }

  function projects(data) {
    const w = data.words;
    put("projects", data.projects.map((project, number) => {
      const href = data.page.pages[number];
      return el("article", { class: "project", id: `project-${project.id}` },
        el("div", { class: "lead" }, el("h2", null, href ? el("a", { href }, said(project.title)) : said(project.title)),
          lsinfra.facts(data, project),
          el("h3", null, w.land), lsinfra.projectHead(data, project)),
        lsinfra.ladder(data, number, null),
        el("div", { class: "lead" }, el("h3", null, w.disbursement), lsinfra.money(data, number)),
        said(project.note, { class: "note" }),
        project.line.length ? el("p", { class: "links" }, el("button", { type: "button", onclick: () => show("project", number) }, w.see_map)) : el("p", { class: "none" }, w.not_drawn));
    }));
  }

  function show(kind, number) {
    if (!lsinfra.drawn.show(kind, number)) return;
    document.getElementById("map").scrollIntoView({ block: "nearest" });
  }

  // --- tables ----------------------------------------------------------------------------------------------------

  // A real table; on a phone each row becomes a block, and the roles keep it a table for a screen reader.
  function table(id, heads, numeric, rows, options = {}) {
    return el("table", { id, role: "table", class: "data" },
      options.caption ? el("caption", null, options.caption) : null,
      el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, heads.map((text, i) => el("th", { scope: "col", role: "columnheader", class: numeric.has(i) ? "n" : i === options.project ? "project-name" : null }, text)))),
      el("tbody", { role: "rowgroup" }, rows));
  }

  const cell = (label, attributes, ...children) => el("td", { role: "cell", "data-label": label, ...attributes }, ...children);

  function block(id, title, note, inner, count) {
    return fold(id, title, count, note ? el("p", { class: "about" }, note) : null,
      el("div", { class: "scroll", tabindex: "0", role: "region", "aria-labelledby": `${id}-title` }, inner));
  }

  // What is long, under its heading with the number of its rows: open on a screen and on paper, closed on a phone.
  const SHORT = 8; // rows of a table that stays on one sheet of paper
  const phone = window.matchMedia("screen and (max-width: 860px)");
  const fold = (id, title, count, ...inside) => el("section", { class: count > SHORT ? "block" : "block short", id },
    el("details", { class: "fold", open: !phone.matches }, el("summary", null, el("h2", { id: `${id}-title` }, title), count ? el("span", { class: "count" }, `(${count})`) : null), inside));
  const folds = () => [...document.querySelectorAll("details.fold")];

  // Where an address leads is opened first, be it a block or something inside of one.
  function unfold(hash) {
    const target = document.getElementById(decodeURIComponent(hash.slice(1))), block = target && target.closest(".block");
    if (!block) return;
    block.querySelectorAll(".fold").forEach((one) => { one.open = true; });
    target.scrollIntoView();
  }

  function folding() {
    phone.addEventListener("change", () => { if (!document.documentElement.classList.contains("printing")) folds().forEach((one) => { one.open = !phone.matches; }); });
    document.addEventListener("click", (event) => {
      const link = event.target.closest && event.target.closest('a[href^="#"]');
      if (link) unfold(link.hash);
    });
    window.addEventListener("hashchange", () => unfold(location.hash));
    unfold(location.hash);
  }

  // The change of a row since the earlier date; no column where none is compared.
  function changedCell(data, cells, number) {
    const told = data.page.since;
    if (!told) return null;
    const found = told[cells][number];
    if (!found) return cell(told.label, { class: "n" }, el("span", { class: "none" }, data.words.no_new));
    const [kind, difference, parts] = found;
    return cell(told.label, { class: "n changed" }, difference ? el("span", null, difference) : null, chip(...told.kinds[kind]), parts ? el("span", { class: "small" }, parts) : null);
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

  function progress(data) {
    const w = data.words;
    if (!data.rows.length) return block("land", w.table_land, "", el("p", { class: "none" }, w.land_not_published));
    const told = data.page.since ? [data.page.since.label] : [], sparks = data.page.sparks;
    const heads = [w.project, w.scope, w.stage, w.value, w.total, w.share, w.stated, ...told, ...(sparks ? [w.course] : []), w.observed, w.source];
    const numeric = new Set([3, 4, 5, 6, ...told.map(() => 7)]);
    let before = -1;
    const rows = data.rows.map((row, number) => {
      const again = row[C.PROJECT] === before, section = row[C.SECTION];
      before = row[C.PROJECT];
      const drawn = section >= 0 && data.sections[section][4].length;
      const scope = section < 0 ? w.whole_project : data.sections[section][1];
      const total = row[C.TOTAL] || w.not_published;
      return el("tr", { id: `row-${number}`, role: "row", "data-row": number, class: again ? "again" : "first" },
        cell(heads[0], { class: "project-name" }, said(data.projects[row[C.PROJECT]].title)),
        cell(heads[1], null, drawn ? el("button", { type: "button", title: w.see_map, onclick: () => show("section", section) }, said(scope)) : said(scope),
          section >= 0 && data.sections[section][9] ? el("span", { class: "small" }, data.sections[section][9]) : null,
          section >= 0 && data.sections[section][10] && data.rows.findIndex((one) => one[C.SECTION] === section) === number ? el("span", { class: "small" }, said(data.sections[section][10])) : null),
        cell(heads[2], null, data.stages[row[C.STAGE]]),
        cell(heads[3], { class: "n" }, row[C.VALUE]),
        cell(heads[4], { class: row[C.KIND] ? "n" : "n none" }, total, row[C.KIND] === 2 ? [" ", el("span", { class: "tag" }, w.implied)] : null),
        cell(heads[5], { class: "n" }, row[C.SHARE] ? el("span", null, row[C.SHARE]) : el("span", { class: "none" }, "–"), bar(row)),
        cell(heads[6], { class: "n" }, row[C.STATED] || el("span", { class: "none" }, "–"),
          row[C.CHECK] < 0 ? null : el("span", { class: row[C.CHECK] === CONFLICT ? "chip doubt" : "tag" }, data.checks[row[C.CHECK]])),
        changedCell(data, "land", number),
        sparks ? cell(w.course, null, spark(data, number)) : null,
        cell(w.observed, null, dated(data, row), row[C.AGE] ? el("span", { class: "small" }, row[C.AGE]) : null),
        cell(w.source, null, source(data, row), row[C.NOTE] ? el("span", { class: "small" }, said(row[C.NOTE])) : null, el("span", { class: "where" }, row[C.WHERE])));
    });
    const about = sparks ? `${w.about_land} ${w.about_course}` : w.about_land;
    return block("land", w.table_land, about, table("progress", heads, numeric, rows, { caption: data.page.as_of, project: 0 }), rows.length);
  }

  function source(data, row) {
    const known = data.sources[row[C.SOURCE]];
    if (!known) return el("span", { class: "none" }, data.words.unknown_source);
    return [lsinfra.reference(data, row[C.SOURCE]), " ", known.press ? chip("press", data.words.press) : el("span", { class: "small inline" }, known.kind)];
  }

  function disbursement(data) {
    const w = data.words;
    if (!data.money.length) return block("money", w.table_money, "", el("p", { class: "none" }, w.money_not_published));
    const told = data.page.since ? [data.page.since.label] : [];
    const heads = [w.project, w.plan, w.funding, w.disbursed, w.planned, w.share, w.stated, ...told, w.observed, w.source];
    const rows = data.money.map((row, place) => el("tr", { role: "row", class: place && data.money[place - 1][C.PROJECT] === row[C.PROJECT] ? "again" : "first" },
      cell(heads[0], { class: "project-name" }, said(data.projects[row[C.PROJECT]].title)),
      cell(heads[1], null, row[C.PLAN], row[C.CLOSES] ? el("span", { class: "small" }, row[C.CLOSES]) : null),
      cell(heads[2], null, row[C.FUNDING] || w.all_sources),
      cell(heads[3], { class: "n" }, row[C.VALUE]),
      cell(heads[4], { class: "n" }, row[C.TOTAL] || w.not_published, row[C.KIND] === 2 ? [" ", el("span", { class: "tag" }, w.implied)] : null),
      cell(heads[5], { class: "n" }, row[C.SHARE] || "–", bar(row)),
      cell(heads[6], { class: "n" }, row[C.STATED] || "–", row[C.CHECK] < 0 ? null : el("span", { class: row[C.CHECK] === CONFLICT ? "chip doubt" : "tag" }, data.checks[row[C.CHECK]])),
      changedCell(data, "money", place),
      cell(w.observed, null, dated(data, row), row[C.AGE] ? el("span", { class: "small" }, row[C.AGE]) : null),
      cell(w.source, null, source(data, row), row[C.NOTE] ? el("span", { class: "small" }, said(row[C.NOTE])) : null, el("span", { class: "where" }, row[C.WHERE]))));
    return block("money", w.table_money, w.about_money, table("disbursement", heads, new Set([3, 4, 5, 6, ...told.map(() => 7)]), rows, { project: 0 }), rows.length);
  }

  // A cell of the other tables: a text, or [kind, …] as content.py writes it.
  function shown(data, value) {
    if (typeof value === "string") return said(value);
    const [kind, ...rest] = value;
    if (kind === "chip") return chip(rest[0], rest[1]);
    if (kind === "src") return rest[0].map((number) => [lsinfra.reference(data, number), " ", data.sources[number].press ? chip("press", data.words.press) : null, " "]);
    if (kind === "where") return el("span", { class: "where" }, rest[0]);
    return said(rest[0]);
  }

  function other(data, one) {
    const numeric = new Set(one.head.map((_, i) => i).filter((i) => one.rows.some((row) => row[i][0] === "n" && Array.isArray(row[i]))));
    const w = data.words, grouped = one.head[0] === w.project;
    const rows = one.rows.map((row, place) => {
      const again = grouped && place > 0 && one.rows[place - 1][0] === row[0];
      return el("tr", { role: "row", class: again ? "again" : "first" }, row.map((value, i) => {
        const kind = numeric.has(i) ? "n" : i === one.wide ? "wide" : one.head[i] === w.project ? "project-name" : value.length <= 14 ? "short" : null;
        return cell(one.head[i], { class: kind }, shown(data, value));
      }));
    });
    return block(one.id, one.title, one.note, table(`table-${one.id}`, one.head, numeric, rows, { project: one.head.indexOf(w.project) }), rows.length);
  }

  function sources(data) {
    const w = data.words;
    if (!data.page.used.length && !data.page.drawn.length) return null;
    return fold("sources", w.sources, data.page.used.length,
      el("ol", { class: "sources" }, data.page.used.map((number) => {
        const one = data.sources[number];
        return el("li", { id: `source-${number + 1}`, value: number + 1 },
          said(one.title), " ", one.press ? chip("press", w.press) : chip("official", one.kind),
          one.about.length ? el("span", { class: "small" }, said(one.about.join(" · "))) : null,
          one.link ? el("span", { class: "small" }, el("a", { href: one.link, rel: "noopener noreferrer", target: "_blank" }, said(one.url))) : one.url ? el("span", { class: "small" }, said(one.url)) : null,
          one.note ? el("span", { class: "small" }, said(one.note)) : null);
      })),
      data.page.drawn.length ? [el("h3", { id: "drawn" }, w.drawn_from),
        el("dl", { class: "drawn" }, data.page.drawn.map(([what, from]) => [el("dt", null, said(what)), el("dd", { class: "small" }, said(from))]))] : null);
  }

  // On paper the map has a size of its own, fitted before the sheet is drawn: A4 upright holds it.
  let closed = [];
  function printing(on) {
    if (on) closed = folds().filter((one) => !one.open);
    closed.forEach((one) => { one.open = on; });
    document.documentElement.classList.toggle("printing", on);
    if (lsinfra.drawn) lsinfra.drawn.fit();
  }

  function dates(data) {
    const { title, note, rows } = data.dates;
    document.title = title;
    document.getElementById("title").replaceChildren(title);
    put("below", el("p", { class: "about" }, note),
      el("ol", { class: "date-list" }, rows.map(([text, href], i) => el("li", null, el("a", { href }, text), i ? null : chip("current", data.words.newest)))));
  }

  document.addEventListener("DOMContentLoaded", async () => {
    try {
      const data = await lsinfra.data();
      if (data.dates) dates(data);
      else {
        head(data);
        // The sources first, so that every reference finds where it leads; they stand last on the page.
        const last = sources(data);
        put("below", last);
        cards(data);
        projects(data);
        document.getElementById("below").prepend(...(data.charts ? lsinfra.charts(data, 0) : []), progress(data), disbursement(data), ...data.page.tables.map((one) => other(data, one)));
        await lsinfra.drawn.ready;
        // What stands above the map has its height only now.
        lsinfra.drawn.fit();
        folding();
        window.addEventListener("beforeprint", () => printing(true));
        window.addEventListener("afterprint", () => printing(false));
      }
      document.documentElement.dataset.ready = "true";
    } catch (error) { lsinfra.broken(error); }
  });
})();
