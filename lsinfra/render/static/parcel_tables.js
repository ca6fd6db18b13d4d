// The tables below the map of parcels.
(() => {
  const { el, said, fill } = lsinfra;
  const { STATES, stagesOf, stateSample, see } = lsinfra.parts;
  const SMALL = matchMedia("(max-width: 860px)");

  // A block that is folded; its table is made when it is opened.
  function folded(id, { title, count, about, open }, make) {
    const number = count ? el("span", { class: "count" }, `(${count})`) : null;
    const fold = el("details", { class: "fold" }, el("summary", null, el("h2", null, title), number));
    const unfold = () => fold.append(el("p", { class: "about" }, about), el("div", { class: "scroll" }, make()));
    if (open) {
      unfold();
      fold.open = true;
    } else {
      fold.addEventListener("toggle", unfold, { once: true });
    }
    return el("section", { class: "block", id }, fold);
  }

  // ``heads`` are texts, of numbers with true beside them; the first cell of a row is its name.
  function table(caption, heads, rows) {
    const numeric = (i) => (heads[i][1] ? "n" : null);
    const head = ([text], i) => el("th", { scope: "col", class: numeric(i) }, text);
    const cell = (inside, i) => el("td", { class: numeric(i), "data-label": heads[i][0] }, inside);
    const row = ([name, ...others]) =>
      el("tr", null, el("th", { scope: "row" }, name), others.map((inside, i) => cell(inside, i + 1)));
    return el(
      "table",
      { class: "data" },
      el("caption", { class: "aloud" }, caption),
      el("thead", null, el("tr", null, heads.map(head))),
      el("tbody", null, rows.map(row)),
    );
  }

  // The column of the route, where the project has several.
  const routeHead = (data) => (data.lines.length > 1 ? [[data.words.route]] : []);
  const route = (data, line) => (data.lines.length > 1 ? [line < 0 ? "–" : said(data.lines[line].route)] : []);

  const stageHeads = (data, stages) => stages.map((stage) => [`${data.stages[stage]} (ha)`, true]);

  // --- one after another -----------------------------------------------------------------------------------------

  function sections(data) {
    const w = data.words;
    const heads = [[w.section], ...routeHead(data), [w.handed_over_of, true]];
    const row = (one) => [el("a", { href: one.href }, one.name), ...route(data, one.line), one.done];
    const said_ = { title: w.sections, count: data.parts.length, about: w.sections_about, open: true };
    return folded("sections", said_, () => table(w.sections, heads, data.parts.map(row)));
  }

  function units(data) {
    const w = data.words;
    const heads = [[w.unit], ...stageHeads(data, stagesOf(data)), [`${w.total} (ha)`, true]];
    const counted = (count) => (/\d/.test(count) ? fill(w.counted, { count }) : w.not_counted);
    const amount = ([count, area]) =>
      area ? [area, count ? el("span", { class: "small" }, counted(count)) : null] : "–";
    // Of the legend the first is the whole of what the page is of.
    const sum = data.section ? w.whole_section : w.whole_project;
    const row = (name, place) =>
      [name, ...[...stagesOf(data), data.stages.length].map((stage) => amount(data.legend[place][stage]))];
    const rows = () => [...data.units.map((name, i) => row(said(name), i + 1)), row(el("b", null, sum), 0)];
    const about = data.section ? `${w.by_unit_about} ${w.by_unit_section}` : w.by_unit_about;
    const said_ = { title: w.by_unit, about, open: !SMALL.matches };
    return folded("units", said_, () => table(w.by_unit, heads, rows()));
  }

  function stretches(data) {
    const w = data.words;
    const heads = [[w.chainage], ...routeHead(data), [w.state], [`${w.length} (m)`, true], [w.map]];
    const row = ([line, state, from, to, name, long]) => {
      const land = el("span", { class: `state-word s${state}` }, stateSample(state), w[STATES[state]]);
      const go = see(w.see, `${w.see}: ${name}`, () => lsinfra.shown.stretch(line, from, to));
      return [name, ...route(data, line), land, long, go];
    };
    const said_ = { title: w.stretches, count: data.stretches.length, about: w.stretches_about };
    return folded("stretches", said_, () => table(w.stretches, heads, data.stretches.map(row)));
  }

  function bins(data) {
    const w = data.words;
    // On the page of a section those at its ends have parcels of others, and so stages that it has not.
    const stages = [...data.stages.keys()].filter((stage) => data.bins.some((bin) => bin.texts[stage]));
    const heads = [[w.chainage], ...routeHead(data), ...stageHeads(data, stages)];
    const row = (bin) => {
      const go = see(bin.where, "", () => lsinfra.shown.stretch(bin.line, bin.from, bin.to));
      return [go, ...route(data, bin.line), ...stages.map((stage) => bin.texts[stage] || "–")];
    };
    const title = fill(w.by_bin, { step: data.bin });
    const about = data.section ? `${w.by_bin_about} ${w.bins_edge}` : w.by_bin_about;
    const said_ = { title, count: data.bins.length, about };
    return folded("bins", said_, () => table(title, heads, data.bins.map(row)));
  }

  function notes(data) {
    const all = data.notes.map((text) => el("li", null, said(text)));
    const list = el("ul", { class: "notes" }, all);
    return el("section", { class: "block", id: "notes" }, el("h2", null, data.words.notes), list);
  }

  lsinfra.parcelTables = (data) => [
    data.parts.length ? sections(data) : null,
    lsinfra.strips(data),
    units(data),
    data.stretches.length ? stretches(data) : null,
    data.bins.length ? bins(data) : null,
    notes(data),
  ];
})();
