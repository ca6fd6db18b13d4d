// The head of a page: a line for each project or section, the worst gaps, what nobody reported.
(() => {
  const { el, said, chip } = lsinfra;
  const LINES = 4; // of the table; with more of them a phone shows the gaps first
  const link = ([text, href] = []) => (text ? el("a", { class: "more", href }, text) : null);
  const more = (given) => { const made = link(given); return made && el("p", null, made); };

  function figure(data, one) {
    const about = one.about ? [el("span", null, one.about)] : [];
    return el("div", { class: "fig" },
      el("p", { class: "figures" }, one.name ? said(one.name, { class: "of" }) : null, one.big ? el("b", null, one.big) : null, el("span", null, one.big || one.apart || !(one.row || one.copy) ? said(one.text) : el("b", { class: "only" }, one.text),
        one.row ? lsinfra.copyRow(data, ...one.row) : one.copy ? lsinfra.copier(data, one.copy, one.text) : null)),
      el("p", { class: "sub" }, about, el("span", { class: "when" }, one.date, one.sources.map((number) => [" ", lsinfra.reference(data, number)])), one.chips.map(([kind, text]) => chip(kind, text))));
  }

  const change = (one, rest) => el("div", { class: "fig" },
    el("p", { class: "figures" }, one.name ? said(one.name, { class: "of" }) : null, one.big ? el("b", null, one.big) : null, one.chip.length ? chip(...one.chip) : null, link(rest)),
    one.about.filter(Boolean).map((text) => el("p", { class: "sub" }, text)));

  function cell(data, label, one, lines) {
    const told = one.changes ? one.changes.map((each, i) => change(each, i === one.changes.length - 1 ? one.more : [])) : one.figures.map((each) => figure(data, each));
    return el("td", { role: "cell", class: told.length ? null : one.changes ? "blank same" : "blank", "data-label": label, rowspan: lines > 1 ? lines : null },
      told, one.none ? el("p", { class: "none" }, one.none) : null, one.changes ? null : more(one.more));
  }

  function look(data, told) {
    const columns = told.head.map((text) => el("th", { scope: "col", role: "columnheader" }, text));
    const of = (one) => Object.keys(one).length, once = told.lines.length > 1 && !of(told.lines[1].cells[2]);
    const rows = told.lines.map((line, place) => el("tr", { role: "row" },
      el("th", { scope: "row", role: "rowheader", title: line.title === line.name ? null : line.title }, line.href ? el("a", { href: line.href }, said(line.name)) : said(line.name), line.about ? el("span", { class: "small" }, line.about) : null),
      // Money is of the whole project: on its own page the first line's cell stands for all lines.
      line.cells.map((one, i) => (of(one) ? cell(data, told.short[i], one, once && !place && i === 2 ? told.lines.length : 1) : null))));
    return [
      el("table", { class: "look", role: "table" }, el("caption", { class: "aloud" }, `${data.page.title} – ${data.page.as_of}`),
        el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, columns)), el("tbody", { role: "rowgroup" }, rows)),
      el("p", { class: told.moved ? "against" : "against shown" }, told.against), more(told.more)];
  }

  function gaps(data, told) {
    const w = data.words, rows = told.lines.map((gap) => el("tr", { role: "row" },
      el("td", { role: "cell", class: "what" }, gap.place ? [said(gap.place, { class: "of", title: gap.place }), ": "] : null, said(gap.text), " ", gap.date || gap.sources.length ? el("span", { class: "when" }, gap.date, gap.sources.map((number) => [" ", lsinfra.reference(data, number)])) : null, gap.chips.map(([kind, text]) => chip(kind, text))),
      gap.beside.map(([label, text], i) => el("td", { role: "cell", "data-label": label || null }, label ? said(text, { class: /\d$/.test(text) ? "when" : null }) : el("span", { class: "none" }, text), i === gap.beside.length - 1 ? [gap.late.length ? chip(...gap.late) : null, lsinfra.passed(gap.due)] : null))));
    return el("section", { class: "gaps" }, el("h2", { id: "gaps-title" }, w.gaps),
      told.note ? el("p", { class: "sub" }, told.note) : null, told.none ? el("p", { class: "none" }, told.none) : null,
      rows.length ? el("table", { role: "table", "aria-labelledby": "gaps-title" },
        el("thead", { class: "aloud", role: "rowgroup" }, el("tr", { role: "row" }, told.head.map((text) => el("th", { scope: "col", role: "columnheader" }, text)))),
        el("tbody", { role: "rowgroup" }, rows)) : null,
      more(told.more));
  }

  const unknown = (data, lines) => el("section", { class: "unknown" }, el("h2", null, data.words.unknown),
    el("ul", null, lines.map(([text, href]) => el("li", null, href ? el("a", { href }, text) : said(text)))));

  lsinfra.summary = (data) => {
    const told = data.page.summary;
    document.getElementById("summary").classList.toggle("many", told.lines.length > LINES);
    return [told.lines.length ? look(data, told) : el("p", { class: "none" }, data.words.no_projects),
      el("div", { class: "pair" }, told.gaps.lines.length || told.gaps.none ? gaps(data, told.gaps) : null, told.unknown.length ? unknown(data, told.unknown) : null)];
  };
})();
