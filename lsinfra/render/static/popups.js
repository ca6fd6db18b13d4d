// What a popup says of a project, a section, a work; the cards of the page say the same.
(() => {
  const { C, HANDED_OVER, el, said, fill, bar, chip, dated, doubts, marks } = lsinfra;

  function reference(data, number) {
    const source = data.sources[number];
    if (!source) return null;
    const title = `${source.title} (${source.kind})`;
    const inside = document.getElementById(`source-${number + 1}`);
    return el(inside ? "a" : "span", { class: "ref", href: inside ? `#source-${number + 1}` : null, title }, `[${number + 1}]`);
  }

  // A button that copies a headline; the lines below stand too close for a finger, and have theirs in the tables.
  const copy = (data, kind, row) => (lsinfra.copyOf ? lsinfra.copyOf(data, kind, row) : null);

  // One line: whose figure, the figure, its share; its date, its source and what is doubtful. 100,00% says by itself that it is all.
  function figure(data, row, name, share, again) {
    return el("div", { class: "figure" },
      name ? el("span", { class: again ? "of again" : "of" }, said(name)) : null,
      el("span", { class: "value" }, row[C.FIGURE]),
      share ? el("span", { class: "share" }, share) : null,
      el("span", { class: "told" }, el("span", { class: "when" }, dated(data, row), " ", reference(data, row[C.SOURCE])), doubts(data, row)));
  }

  // The five stages of a project (section null) or a section, each with its figures or "not published".
  function ladder(data, project, section, most = 6) {
    const w = data.words, own = data.rows.filter((row) => row[C.PROJECT] === project && (section === null || row[C.SECTION] === section));
    return el("ol", { class: section === null ? "ladder lined" : "ladder" }, data.stages.map((stage, number) => {
      const rows = own.filter((row) => row[C.STAGE] === number);
      const sorted = section === null ? [...rows].sort((a, b) => (a[C.SECTION] < 0 ? 0 : 1) - (b[C.SECTION] < 0 ? 0 : 1)) : rows;
      const name = (row) => (section !== null ? "" : row[C.SECTION] < 0 ? w.whole_project : data.sections[row[C.SECTION]][1]);
      return el("li", { class: rows.length ? "known" : "unknown" },
        el("span", { class: "stage" }, stage),
        rows.length ? sorted.slice(0, most).map((row, place) => figure(data, row, name(row), row[C.SHARE], place && sorted[place - 1][C.SECTION] === row[C.SECTION])) : el("span", { class: "none" }, w.not_published),
        sorted.length > most ? el("div", { class: "none" }, `… ${sorted.length - most} ${w.more_in_table}`) : null);
    }));
  }

  // Money of a project: the latest plan year, all sources together first.
  function money(data, project) {
    const rows = data.projects[project].money[2].map((place) => data.money[place]);
    if (!rows.length) return el("p", { class: "none" }, data.words.money_not_published);
    return el("div", { class: "moneys" }, rows.map((row, place) => [
      place && rows[place - 1][C.PLAN] === row[C.PLAN] ? null : el("p", { class: "plan" }, row[C.PLAN]),
      figure(data, row, row[C.FUNDING] || data.words.all_sources, row[C.SHARE] || row[C.STATED])]));
  }

  function sourcesOf(data, rows) {
    const used = [...new Set(rows.map((row) => row[C.SOURCE]).filter((number) => number >= 0))].sort((a, b) => a - b);
    if (!used.length) return null;
    return el("ul", { class: "used" }, used.map((number) => {
      const source = data.sources[number];
      return el("li", null, `[${number + 1}] `, said(source.title), source.press ? [" ", chip("press", source.kind)] : ` · ${source.kind}`);
    }));
  }

  // The headline of a section, or of a project's money.
  function rowHead(data, kind, row, none) {
    if (!row) return el("p", { class: "none" }, none);
    const share = row[C.SHARE] || (kind === "money" ? row[C.STATED] : "");
    return [
      el("p", { class: "big" }, share ? el("b", null, share) : null, el("span", null, row[C.FIGURE], share ? "" : ` · ${data.words.no_total}`), copy(data, kind, row), bar(row)),
      el("p", { class: "dated" }, kind === "money" ? `${row[C.PLAN]} · ` : "", dated(data, row), " ", reference(data, row[C.SOURCE]), " ", marks(data, row))];
  }

  // The headline of a project: its own figure, or the sum of its sections; by a measure alone where one is given.
  function projectHead(data, project, found = project.head) {
    const w = data.words;
    if (!found.length) return el("p", { class: "none" }, w.no_whole);
    const [share, text, length, level, when, place, stale, sources] = found, row = place < 0 ? null : data.rows[place];
    const about = [when, stale ? w.old : "", share ? "" : w.no_total].filter(Boolean).join("; "), titles = sources.map((number) => data.sources[number].title).join("; ");
    const copySum = () => (lsinfra.copier ? lsinfra.copier(data, fill(w.copy_line, { what: `${project.title}, ${w.handed_over}`, figure: share ? `${text} (${share})` : text, date: about, source: titles || w.unknown_source }), text) : null);
    const line = el("span", { class: `bar c${level}`, "aria-hidden": "true" }, el("i"));
    line.firstChild.style.width = `${Math.max(length, 0) / 10}%`;
    return [
      el("p", { class: "big" }, share ? el("b", null, share) : null, el("span", null, text, share ? "" : ` · ${w.no_total}`), row ? copy(data, "rows", row) : copySum(), length < 0 ? null : line),
      el("p", { class: "dated" }, row ? [dated(data, row), " ", reference(data, row[C.SOURCE]), " ", marks(data, row)] : [stale ? el("span", { class: "stale-date" }, `${when} (${w.aged})`) : when, sources.map((number) => [" ", reference(data, number)])]),
    ];
  }

  // Kind, status, years, and the published length with its date and source.
  function facts(data, project) {
    const [length, when, source] = project.length;
    return el("p", { class: "sub" }, said(project.facts.join(" · ")),
      length ? [` · ${data.words.length} ${length}${when ? ` (${when})` : ""}\u00a0`, reference(data, source)] : null);
  }

  function traced(rows) {
    const lines = rows.map((row) => row[C.WHERE]).filter(Boolean);
    return lines.length ? el("p", { class: "where" }, [...new Set(lines)].slice(0, 4).join(" · ")) : null;
  }

  // Whether a stretch is drawn where it was published on the map that is shown: kind 0 a project's own, 1 a section's.
  const drawn = (data, kind, number, map) => map.land && data.timeline.exact.some(([of, one, first, after]) => of === kind && one === number && first <= map.stop && map.stop < after);

  // The figure that colours a section, by what the map is coloured by: its kind, its row, whether it is the project's.
  function colouring(data, number, map) {
    const [project, , , , , style] = data.sections[number], last = data.timeline.stops.length - 1;
    if (!map.land) return { kind: "money", row: data.money[data.projects[project].money[2][0]], whole: true };
    const whole = map._code("whole", number, last) === 1, of = whole ? -1 : number;
    return { kind: "rows", whole, row: map.measure === null ? data.rows[style[2]] : data.rows.find((row) => row[C.PROJECT] === project && row[C.SECTION] === of && row[C.STAGE] === HANDED_OVER && row[C.MEASURE] === map.measure) };
  }

  // What the headline of a popup counts: that which the map is coloured by.
  const counted = (map, whose) => {
    const what = map.what();
    return el("h4", null, whose ? `${whose}: ${what}` : what.charAt(0).toUpperCase() + what.slice(1));
  };

  // What a popup holds: the focus goes to it, and its name is said.
  const card = (name, ...inside) => el("article", { class: "card-pop", role: "dialog", tabindex: "-1", "aria-label": name }, ...inside);

  // Of the page's date, as all its figures; what it says of the map is of the map's own day and measure.
  function sectionPopup(data, number, map) {
    const [project, unit, extent, placed, , , , note, beyond, gone, since] = data.sections[number], w = data.words;
    const rows = data.rows.filter((row) => row[C.PROJECT] === project && row[C.SECTION] === number);
    const { kind, row, whole } = colouring(data, number, map), place = data.rows.indexOf(rows[0]);
    return card(`${w.section} ${unit}`,
      el("h3", null, w.section, " ", said(unit)),
      gone ? el("p", { class: "sub" }, gone) : null,
      since ? el("p", { class: "sub" }, said(since)) : null,
      el("p", { class: "sub" }, said(data.projects[project].title)),
      extent ? el("p", { class: "sub" }, `${extent} (${placed})`) : null,
      map.land && map._code("whole", number) === 1 ? el("p", { class: "hint" }, w.share_of_project) : null,
      // A figure that is not the section's own must not be read as if it were.
      beyond ? el("p", { class: "hint" }, w.beyond) : [counted(map, whole ? w.whole_project : ""), rowHead(data, kind, row, kind === "money" ? w.money_not_published : w.not_published)],
      whole && !beyond ? el("h4", null, w.section, " ", said(unit)) : null,
      drawn(data, 1, number, map) ? el("p", { class: "hint" }, w.exact_stretches) : null,
      ladder(data, project, number),
      said(note, { class: "note" }),
      sourcesOf(data, rows.concat(row && !beyond ? [row] : [])),
      traced(rows),
      links(data, project, rows.length ? `row-${place}` : ""));
  }

  function projectPopup(data, number, map) {
    const project = data.projects[number], w = data.words;
    const rows = data.rows.filter((row) => row[C.PROJECT] === number && row[C.SECTION] < 0);
    const paid = project.money[2].map((place) => data.money[place]);
    const doubts = (data.doubts || [])[number] || [], by = map.measure === null ? 0 : project.by[map.measure];
    return card(project.title,
      el("h3", null, said(project.title)),
      facts(data, project),
      counted(map, ""),
      map.land ? projectHead(data, project, by || project.head) : rowHead(data, "money", paid[0], w.money_not_published),
      drawn(data, 0, number, map) ? el("p", { class: "hint" }, w.exact_stretches) : null,
      ladder(data, number, null),
      map.land || paid.length ? [el("h4", null, w.disbursement), money(data, number)] : null,
      doubts.length ? el("h4", null, w.to_check) : null,
      doubts.length ? el("ul", { class: "used" }, doubts.map((doubt) => el("li", null, said(doubt)))) : null,
      sourcesOf(data, rows.concat(paid)),
      traced(rows.concat(paid)),
      links(data, number, ""));
  }

  function links(data, project, row) {
    const w = data.words, page = data.page;
    const shown = [
      row && (document.getElementById(row) || (lsinfra.tables && lsinfra.tables.held.has(row))) ? el("a", { href: `#${row}` }, w.see_table) : null,
      page && page.pages ? el("a", { href: page.pages[project] }, w.see_project) : null,
    ].filter(Boolean);
    return shown.length ? el("p", { class: "links" }, shown) : null;
  }

  // Proposals and finished works: one, or all that are at one place.
  function worksPopup(data, numbers) {
    const w = data.words;
    return card(numbers.map((number) => data.quiet[number][1]).join("; "),
      numbers.length > 1 ? el("p", { class: "sub" }, w.works_here) : null,
      numbers.map((number) => {
        const [finished, title, about, , note, sources] = data.quiet[number];
        return el("section", { class: "work" },
          el("h3", null, said(title)),
          el("p", { class: "sub" }, finished ? w.finished : w.proposed),
          el("p", { class: "sub" }, about),
          said(note, { class: "note" }),
          el("ul", { class: "used" }, sources.map((source) => el("li", null, `[${source + 1}] `, said(data.sources[source].title)))));
      }));
  }

  Object.assign(lsinfra, { sectionPopup, projectPopup, worksPopup, colouring, facts, ladder, money, reference, projectHead });
})();
