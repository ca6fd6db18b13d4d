// Paper: one A3 sheet (map, headline, table), then everything else on A4. While it prints, the screen wears the styles
// of paper, so that the map and the charts are measured as they will be printed.
(() => {
  const { C, CONFLICT, HANDED_OVER, el, said, chip, bar, fill } = lsinfra;
  const NAME = 110; // characters of a title that go to the foot of a page
  const LINES = 60; // of the table on the sheet; more have no room
  const FEW = 3; // parts of a table that are not worth its heads
  const LOWEST = 380; // px that the map keeps; what stands over it gives way
  const SMALLER = 0.8; // how small the text may be before lines are left away
  let worn = [], moved = [], opened = [], links = [], wheres = [], aside = [], view = null, sheet = null, traced = null, scrolled = 0, focused = null;

  // Rules of the screen and of small windows rest, those of paper hold.
  function wear() {
    for (const one of document.styleSheets) for (const rule of one.cssRules) {
      const media = rule instanceof CSSMediaRule && rule.media.mediaText;
      if (!media || !/screen|print|max-width/.test(media)) continue;
      worn.push([rule, media]);
      rule.media.mediaText = media === "print" ? "all" : "not all";
    }
  }

  function move(node, into) {
    if (!node) return;
    moved.push([node, node.parentNode, node.nextSibling]);
    into.append(node);
  }

  // The legend as it is, laid out beside itself: on paper nothing is folded.
  function key(w) {
    const legend = document.querySelector("#map .legend");
    if (!legend) return null;
    const copy = (name) => [...legend.querySelectorAll(name)].map((one) => one.cloneNode(true));
    const [shares, others] = copy("ul");
    const lacking = document.querySelector("#map .lacking").textContent;
    return el("div", { class: "paper-key" }, el("div", null, copy(":scope > b"), shares), others,
      el("div", null, lacking ? el("p", null, lacking) : null, copy(".how p").filter((one) => one.textContent !== w.about_weeks)));
  }

  // The map of an earlier day says so, for every figure beside it is of the page's own date.
  function week(data) {
    const stops = data.timeline.stops, [at, last] = [stops[lsinfra.drawn.stop], stops[stops.length - 1]];
    return at === last ? null : el("p", { class: "paper-week" }, fill(data.words.paper_week, { day: at[0], last: last[0] }) + lsinfra.bounds(data, lsinfra.drawn.stop));
  }

  // What is handed over: each project, its sections, those without a figure in one line. Of what has no room the lines
  // without a change or a doubt give way first, from below: "least" holds them in that order.
  function table(data) {
    const w = data.words, { figureCell } = lsinfra.tables, own = new Map(), since = data.page.since, doubted = new Set(data.doubted || []);
    data.rows.forEach((row, number) => {
      const of = `${row[C.PROJECT]} ${row[C.SECTION]}`;
      if (row[C.STAGE] === HANDED_OVER) own.set(of, [...(own.get(of) || []), number]);
    });
    const parts = data.projects.map(() => []), told = ([project, ...numbers]) => own.get(`${project} ${numbers[0]}`) || [];
    data.sections.forEach((section, number) => { if (!section[8]) parts[section[0]].push(number); });
    const all = parts.flatMap((some, project) => {
      const silent = some.filter((number) => !told([project, number]).length);
      return [[project, -1], ...some.filter((number) => !silent.includes(number)).map((number) => [project, number]), ...(silent.length ? [[project, ...silent]] : [])];
    });
    const moved = (number) => {
      const change = since && since.land[number];
      return change && since.kinds[change[0]][0] !== "confirmed" && change[1];
    };
    const weight = (one) => { const rows = told(one); return rows.some((number) => moved(number) || doubted.has(number) || data.rows[number][C.CHECK] === CONFLICT) ? 0 : rows.length ? 1 : 2; };
    const ranked = all.map((one, place) => [weight(one), place]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, place]) => place), kept = new Set(ranked.slice(0, LINES));
    const made = new Map([...kept].sort((a, b) => a - b).map((place) => {
      const [project, ...numbers] = all[place], whole = numbers[0] < 0;
      const name = (i) => el("th", { scope: "row", class: whole ? "whole" : "part" }, i ? null : said(whole ? data.projects[project].name : numbers.map((number) => data.sections[number][1]).join(", ")));
      const found = told(all[place]);
      return [place, el("tbody", null, found.length ? found.map((number, i) => {
        const row = data.rows[number], source = data.sources[row[C.SOURCE]], change = moved(number);
        return el("tr", null, name(i), figureCell(data, null, "rows", number, row),
          el("td", null, el("div", { class: "paper-share" }, el("b", null, row[C.SHARE] || "–"), bar(row), row[C.CHECK] === CONFLICT ? chip("doubt", w.conflict) : null, change ? chip(since.kinds[since.land[number][0]][0], change) : null)),
          el("td", null, lsinfra.dated(data, row), " ", source ? lsinfra.reference(data, row[C.SOURCE]) : w.unknown_source, " ", source && source.press ? chip("press", w.press) : null));
      }) : el("tr", null, name(0), el("td", { class: "none", colspan: 3 }, whole ? w.no_whole_yet : w.not_published)))];
    }));
    const heads = [w.scope, w.paper_land, w.share, w.observed].map((text) => el("th", { scope: "col" }, text));
    const count = (places) => places.reduce((sum, place) => sum + Math.max(all[place].length - 1, 1), 0);
    const least = ranked.slice(0, LINES).reverse().map((place) => [made.get(place), count([place])]);
    return { left: count(ranked.slice(LINES)), least, box: el("section", { class: "paper-table" }, el("table", { class: "data" }, el("thead", null, el("tr", null, heads)), [...made.values()]), el("p", { class: "sub" })) };
  }

  // The sources that the sheet itself refers to, all of them.
  function sources(data, list) {
    const numbers = [...new Set([...sheet.querySelectorAll('a.ref[href^="#source-"]')].map((one) => Number(one.hash.slice(8)) - 1))].sort((a, b) => a - b);
    list.replaceChildren(...numbers.map((number) => {
      const one = data.sources[number];
      return el("li", { value: number + 1 }, said(one.title), el("span", { class: "small inline" }, ` ${one.about.join(" · ")}`));
    }));
  }

  // What leads to a later page says which part it is in.
  function leads(data) {
    const w = data.words;
    wheres = [...sheet.querySelectorAll('a[href^="#"]:not(.ref)')].flatMap((link) => {
      const block = document.getElementById(link.hash.slice(1));
      if (!block || sheet.contains(block)) return [];
      const head = block.querySelector("h2"), made = el("span", { class: "paper-where" }, ` (${block.classList.contains("block") && head && !link.closest("td") ? fill(w.paper_in, { part: head.textContent }) : w.paper_on})`);
      link.after(made);
      return [made];
    });
  }

  function build(data) {
    const w = data.words, side = el("div", { class: "paper-side" }), map = el("div", { class: "paper-map" });
    sheet = el("section", { id: "sheet" });
    document.body.prepend(sheet);
    move(document.querySelector(".top"), sheet);
    // The map is about as broad as what it shows; the rest is for figures.
    const [south, west, north, east] = data.bounds, broad = ((east - west) * Math.cos((south * Math.PI) / 180)) / (north - south || 1);
    sheet.style.setProperty("--paper-map", `${Math.min(Math.max(Math.round(broad * 50), 40), 47)}%`);
    sheet.append(map, side);
    // Where nothing is drawn the figures have the whole sheet.
    sheet.classList.toggle("bare", !data.projects.some((one) => one.line.length) && !data.quiet.length && !data.spots.length);
    move(document.getElementById("map"), map);
    map.prepend(...[week(data)].filter(Boolean));
    map.append(...[key(w)].filter(Boolean));
    move(document.getElementById("summary"), side);
    const crowded = () => side.scrollHeight > side.clientHeight + 1, made = table(data), listed = el("div", { class: "paper-sources" }, el("ol"));
    // The page of one project has its stages in the place of the table, where they fit.
    if (data.page.above) move(document.getElementById("projects"), side);
    if (data.page.above && crowded()) back();
    leads(data);
    const low = () => (!sheet.classList.contains("bare") && document.getElementById("map").clientHeight < LOWEST) || sheet.scrollHeight > sheet.clientHeight + 1;
    if (!side.querySelector("#projects") && data.projects.length) side.append(made.box);
    sheet.append(listed);
    const cite = () => sources(data, listed.firstChild), over = () => crowded() || low();
    cite();
    const shrink = (least) => { for (let size = 0.95; over() && size > least; size -= 0.05) listed.style.zoom = side.style.zoom = size; };
    if (made.box.isConnected) {
      // A little smaller before anything is left away; what is left away is counted.
      const line = made.box.querySelector("p"), words = data.rows.length > lsinfra.tables.PAPER ? w.paper_left : fill(w.paper_more, { count: "{count}", part: w.table_land });
      const say = (left) => { line.textContent = left ? fill(words, { count: left }) : ""; };
      say(made.left);
      if (!made.left) shrink(SMALLER);
      if (over()) listed.style.zoom = side.style.zoom = 1;
      for (const [body, count] of made.least) {
        if (!over()) break;
        body.remove();
        made.left += count;
        say(made.left);
        cite();
      }
      // What is left of a long table tells less than the lines above it, which are the worst.
      if (made.left && made.box.querySelectorAll("tbody").length < FEW) made.box.remove();
      cite();
    }
    // Names of two hundred letters: smaller before anything is cut.
    shrink(0.5);
  }

  function back() {
    const [node, parent, next] = moved.pop();
    parent.insertBefore(node, next);
  }

  function on(data) {
    if (sheet) return;
    scrolled = window.scrollY;
    focused = document.activeElement;
    // Of many projects only the headline stands open, on paper as on the screen.
    opened = [...document.querySelectorAll("details.fold:not([open]), .block details.folded:not([open], .unprinted)")];
    opened.forEach((one) => {
      if (one.fill) one.fill();
      one.open = true;
    });
    document.documentElement.classList.add("printing");
    // Where another page lies is no use on paper; a reference within this one leads there in a PDF as well.
    links = [...document.querySelectorAll("a[href]")].map((one) => [one, one.getAttribute("href")]).filter(([, href]) => !/^(#|https?:)/.test(href));
    links.forEach(([one]) => one.removeAttribute("href"));
    wear();
    build(data);
  }

  // A canvas is printed with a ground of its own, which hides what lies under it: on paper its lines are lines.
  function trace(crowd) {
    const canvas = crowd._container, { width, height } = crowd._frame, svg = (tag, attributes) => {
      const one = document.createElementNS("http://www.w3.org/2000/svg", tag);
      Object.entries(attributes).forEach(([name, value]) => one.setAttribute(name, value));
      return one;
    };
    if (traced) traced.remove();
    traced = svg("svg", { width, height });
    crowd._colours.clear(); // those of a dark screen are not those of paper
    crowd.layers(() => {
      const path = { d: "", moveTo: (x, y) => { path.d += `M${x.toFixed(1)} ${y.toFixed(1)}`; }, lineTo: (x, y) => { path.d += `L${x.toFixed(1)} ${y.toFixed(1)}`; } };
      return path;
    }).forEach(({ path, color, weight, dashArray, lineCap }) => traced.append(svg("path", { d: path.d, fill: "none", stroke: crowd._colour(color), "stroke-width": weight, "stroke-linecap": lineCap || "butt", "stroke-linejoin": "round", "stroke-dasharray": dashArray || "none" })));
    Object.assign(traced.style, { position: "absolute", transform: canvas.style.transform });
    canvas.after(traced);
  }

  // When everything else has changed for paper as well, the map is drawn in the room that it has there.
  function fit() {
    sheet.classList.add("fitted");
    // Without a route there is no map, and nothing to fit.
    if (sheet.classList.contains("bare")) return;
    const { drawn } = lsinfra, map = drawn._map, [south, west, north, east] = drawn._data.bounds;
    if (!view) view = [map.getCenter(), map.getZoom()];
    const { zoomSnap } = map.options;
    map.options.zoomSnap = 0; // on paper nobody steps from zoom to zoom
    map.invalidateSize({ animate: false }).fitBounds([[south, west], [north, east]], { animate: false, paddingTopLeft: [60, 24], paddingBottomRight: [60, 70] });
    map.options.zoomSnap = zoomSnap;
    // What a filter has put aside is drawn on paper like everything else, with its names.
    aside = drawn._projects.filter((one) => one && one.label.out).map((one) => one.label);
    aside.forEach((label) => { label.out = false; });
    drawn._layout();
    if (drawn._crowd) trace(drawn._crowd);
  }

  function off() {
    if (!sheet) return;
    while (moved.length) back();
    sheet.remove();
    sheet = null;
    worn.forEach(([rule, media]) => { rule.media.mediaText = media; });
    links.forEach(([one, href]) => one.setAttribute("href", href));
    wheres.forEach((one) => one.remove());
    worn = links = wheres = [];
    opened.forEach((one) => { one.open = false; });
    document.documentElement.classList.remove("printing");
    aside.forEach((label) => { label.out = true; });
    aside = [];
    if (view) {
      lsinfra.drawn._map.invalidateSize({ animate: false }).setView(...view, { animate: false });
      lsinfra.drawn._layout();
    }
    view = null;
    if (traced) {
      traced.remove();
      traced = null;
      lsinfra.drawn._crowd._colours.clear();
      lsinfra.drawn._crowd.draw();
    }
    window.scrollTo(0, scrolled);
    if (focused) focused.focus({ preventScroll: true });
  }

  // The foot of every page, in margin boxes: a text in a style sheet's own quotes.
  const quoted = (text) => `"${[...text].map((one) => (/["\\\p{Cc}]/u.test(one) ? `\\${one.codePointAt(0).toString(16)} ` : one)).join("")}"`;

  // The button, and what is to be done before and after; a picture of the sheet is paper from the start.
  function paper(data) {
    paper.data = data;
    const root = document.documentElement.style, name = [...data.page.title];
    root.setProperty("--paper-page", quoted(`${data.words.paper_page} `));
    root.setProperty("--paper-title", quoted(`${name.length > NAME ? `${name.slice(0, NAME).join("")}…` : data.page.title} · ${data.page.as_of}`));
    document.getElementById("nav").append(el("button", { type: "button", onclick: () => window.print() }, data.words.print));
    window.addEventListener("beforeprint", fit);
    if (!data.page.picture) return;
    document.documentElement.classList.add("picture");
    window.dispatchEvent(new Event("beforeprint"));
  }

  // Before the charts and the weeks hear of it, and after them.
  const early = (event, call) => window.addEventListener(event, () => lsinfra.paper.data && call(lsinfra.paper.data));
  early("beforeprint", on);
  early("afterprint", off);
  lsinfra.paper = paper;
})();
