// The page around the map of parcels: its head, filter and legend, the strip along the route, the tables. Texts come
// ready from the data; only chainages of parcels, which are places and no figures, are written here.
(() => {
  const { el, said, fill, LOOKS, LINES, TINT, ORDER, UNCLEARED, every, written } = lsinfra;
  const NAMED = 12; // parcels at an end of the longest stretch that stand open
  const BARS = 96, BAND = 18, FOOT = 24, LABEL = 54; // px of the strip
  const PAPER = ["276mm", "118mm"]; // of the map on paper, as in parcels.css
  const SMALL = matchMedia("(max-width: 860px)");
  const STATES = ["cleared", "uncleared", "unregistered"];
  let layer = null, w = null;

  const low = (text) => text.charAt(0).toLowerCase() + text.slice(1);
  const put = (id, ...children) => document.getElementById(id).append(...children.flat(Infinity).filter(Boolean));
  function svg(tag, attributes, ...children) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    Object.entries(attributes).forEach(([name, value]) => { if (value !== null && value !== undefined) made.setAttribute(name, value); });
    made.append(...children.flat(Infinity).filter(Boolean));
    return made;
  }

  // --- looks -----------------------------------------------------------------------------------------------------

  let patterns = 0;
  // How a stage fills something of an SVG: its definition and its paint.
  function paint(stage) {
    const { colour, side, path } = LOOKS[stage], ink = `var(${colour})`;
    if (!side) return { defs: null, fill: ink };
    const id = `stage-${stage}-${patterns++}`;
    return { fill: `url(#${id})`, defs: svg("pattern", { id, width: side, height: side, patternUnits: "userSpaceOnUse" },
      svg("rect", { width: side, height: side, fill: "var(--map)" }), svg("rect", { width: side, height: side, fill: ink, "fill-opacity": TINT }),
      svg("path", { d: path, stroke: ink, "stroke-width": 1.3, fill: "none" })) };
  }
  function swatch(stage) {
    const { defs, fill: paint_ } = paint(stage);
    return svg("svg", { viewBox: "0 0 30 16", class: "swatch", "aria-hidden": "true" }, defs && svg("defs", {}, defs), svg("rect", { x: 0.5, y: 0.5, width: 29, height: 15, fill: paint_, stroke: "var(--edge)" }));
  }
  const stroke = (state, weight) => ({ stroke: `var(${LINES[state].colour})`, "stroke-width": weight, "stroke-dasharray": LINES[state].dash.join(" ") || null, fill: "none" });
  const sample = (...styles) => svg("svg", { viewBox: "0 0 44 12", class: "sample", "aria-hidden": "true" }, styles.map((style) => svg("path", { d: "M0 6H44", ...style })));
  const casing = [{ stroke: "var(--edge)", "stroke-width": 9 }, { stroke: "var(--track)", "stroke-width": 7 }];

  // --- the head --------------------------------------------------------------------------------------------------

  const see = (text, name, go) => el("button", { type: "button", class: "see", "aria-label": name || null, onclick: () => { go(); document.getElementById("map").scrollIntoView({ block: "nearest" }); } }, text);

  function end(data, one) {
    const last = one.parcels.length - 1, listed = one.parcels.map((parcel, i) => el("li", null,
      parcel.href ? el("a", { href: parcel.href }, said(parcel.id)) : see(said(parcel.id), `${w.parcel} ${parcel.id}`, () => layer.show(parcel.row)),
      el("span", { class: "small inline" }, ` (${low(data.stages[parcel.stage])})`), i < last ? "; " : null));
    return el("div", { class: "end" }, el("dt", null, one.name), el("dd", null, one.text, " ", listed.length ? el("ul", { class: "blockers" }, listed.slice(0, NAMED)) : null,
      listed.length > NAMED ? el("details", null, el("summary", null, fill(w.more_blockers, { count: listed.length - NAMED })), el("ul", { class: "blockers" }, listed.slice(NAMED))) : null));
  }

  function summary(data) {
    const found = data.longest;
    const figures = el("div", { class: "cards" }, data.head.map((one) => el("div", { class: "fig" },
      el("p", { class: "what" }, one.name), one.big ? el("p", { class: "big" }, el("b", null, one.big), el("span", null, one.text)) : el("p", { class: "none" }, one.text),
      one.about ? el("p", { class: "sub" }, one.about) : null)));
    if (data.section) return [figures];
    const first = el("div", { class: "longest" }, el("h2", { class: "what" }, w.longest),
      found ? [el("p", { class: "big" }, el("b", null, `${found.length} km`), el("span", null, found.where, found.route ? [" · ", said(found.route)] : null), " ", see(w.see, "", () => layer.stretch(found.line, found.from, found.to))),
        el("dl", null, found.ends.map((one) => end(data, one)))] : el("p", { class: "none" }, data.none));
    return [first, figures];
  }

  // --- cards on the map ------------------------------------------------------------------------------------------

  const card = (name, ...inside) => el("div", { class: "card-pop", role: "dialog", tabindex: "-1", "aria-label": name }, ...inside);

  // Every interval of a parcel: line, from, to.
  function spots({ parcels }, i) {
    const line = every(parcels.lines, i), first = line < 0 ? [] : [[line, parcels.starts[i], parcels.starts[i] + parcels.lengths[i]]];
    return [...first, ...parcels.more.filter((one) => one[0] === i).map((one) => one.slice(1))];
  }

  lsinfra.parcelCard = (shown, i) => {
    const { data } = shown, { parcels } = data, stage = every(parcels.stages, i), day = every(parcels.days, i), along = spots(data, i);
    const units = data.groups[every(parcels.units, i)].map((unit) => data.units[unit]);
    const ends = data.longest ? data.longest.ends.filter((one) => one.parcels.some((parcel) => parcel.row === i)) : [];
    const step = (text, by) => { const next = neighbour(shown, i, by); return el("button", { type: "button", class: "see", disabled: next < 0, onclick: () => shown.show(next) }, text); };
    return card(`${w.parcel} ${parcels.ids[i]}`, el("h3", null, w.parcel, " ", said(parcels.ids[i])),
      el("p", { class: "stage" }, swatch(stage), el("b", null, data.stages[stage]), day >= 0 && data.days[day] ? ` (${fill(w.since, { day: data.days[day] })})` : null),
      el("dl", { class: "facts" },
        el("dt", null, w.area), el("dd", null, `${parcels.areas[i]} m²`),
        el("dt", null, w.chainage), el("dd", null, along.length ? along.map(([line, from, to], n) => [n ? "; " : null, `${written(from)} – ${written(to)}`, data.lines.length > 1 ? [" · ", said(data.lines[line].route)] : null]) : w.off_route),
        el("dt", null, w.unit), el("dd", null, units.map((unit, n) => [n ? "; " : null, said(unit)]))),
      ends.map((one) => el("p", { class: "hint" }, fill(w.blocks, { end: low(one.name) }))),
      el("p", { class: "links" }, step(w.previous, -1), step(w.next, 1)));
  };

  // A place on the line: its stretch, its bin, and the way to the parcels there.
  lsinfra.placeCard = (shown, line, m) => {
    const { data } = shown, stretch = data.stretches.find(([of, , from, to]) => of === line && from <= m && m <= to), bin = data.bins.find((one) => one.line === line && one.from <= m && m <= one.to);
    const pages = data.parts.filter((one) => one.line === line && one.from <= m && m <= one.to);
    return card(written(m), el("h3", null, written(m), data.lines.length > 1 ? [" · ", said(data.lines[line].route)] : null),
      stretch ? el("p", { class: "stage" }, sample(...casing, stroke(stretch[1], 7)), el("b", null, w[STATES[stretch[1]]])) : null,
      stretch ? el("p", null, `${stretch[4]} (${stretch[5]} m)`) : null,
      bin ? [el("h4", null, fill(w.in_bin, { where: bin.where })), el("ul", { class: "areas" }, ORDER.filter((stage) => bin.texts[stage]).map((stage) => el("li", null, swatch(stage), `${data.stages[stage]}: ${bin.texts[stage]} ha`)))] : null,
      pages.map((one) => el("p", { class: "links" }, el("a", { href: one.href }, fill(w.open_section, { where: one.name })))),
      shown.count ? el("p", { class: "links" }, el("button", { type: "button", class: "see", onclick: () => shown.tell(line, m, shown.closest) }, w.closer)) : null);
  };

  function neighbour(shown, i, by) {
    let next = i + by;
    while (next >= 0 && next < shown.count && !shown.matches(next)) next += by;
    return next < shown.count ? next : -1;
  }

  // --- looking for a parcel or a Km ------------------------------------------------------------------------------

  const KM = /^km\s*(\d{1,4})(?:\s*\+\s*(\d{1,3}))?$/;

  function tools(data) {
    const told = el("p", { class: "told", role: "status" }), tell = (text) => { told.textContent = text; };
    const input = el("input", { type: "search", "aria-label": w.find, placeholder: data.parcels.ids.length ? w.find_hint : w.find_km, autocomplete: "off", spellcheck: "false", enterkeyhint: "search" });
    let last = "", found = [], place = -1;
    function look(by) {
      const query = input.value.trim().toLowerCase(), km = KM.exec(query);
      if (!query) return tell("");
      if (km) {
        const m = Number(km[1]) * 1000 + Number(km[2] || 0), line = layer.lines.findIndex((one) => one.m && one.m[0] <= m && m <= one.m[one.m.length - 1]);
        tell(line < 0 ? fill(w.km_outside, { km: written(m) }) : "");
        return line < 0 ? null : layer.tell(line, m, layer.count ? layer.closest : null);
      }
      if (query !== last) {
        const ids = data.parcels.ids.map((id) => id.toLowerCase()), rank = (i) => (ids[i] === query ? 0 : ids[i].startsWith(query) ? 1 : 2);
        [last, place] = [query, -1];
        found = [...ids.keys()].filter((i) => ids[i].includes(query) && layer.matches(i)).map((i) => [rank(i), i]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, i]) => i);
      }
      if (!found.length) return tell(fill(w.nothing, { query: input.value.trim() }));
      place = (place + by + found.length) % found.length;
      tell(found.length > 1 ? fill(w.found, { count: found.length, place: place + 1 }) : "");
      return layer.show(found[place]);
    }
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      look(event.shiftKey ? -1 : 1);
    });
    const again = () => { last = ""; };
    const made = el("div", { class: "tools", role: "search" }, el("div", { class: "find" }, input), el("button", { type: "button", class: "go", onclick: () => look(1) }, w.find_go), el("button", { type: "button", class: "go", onclick: () => { layer.map.closePopup(); layer.pick(-1); layer.fit(); } }, w.whole), told);
    return { made, again };
  }

  // --- filter and legend -----------------------------------------------------------------------------------------

  function panel(data, changed) {
    const there = data.stages.map((_, stage) => stage).filter((stage) => data.legend[0][stage][1]), counted = data.legend.some((one) => one.some(([count]) => count));
    const boxes = there.map((stage) => el("input", { type: "checkbox", checked: true, value: stage, id: `stage-${stage}`, onchange: () => set() }));
    const cells = [...there, data.stages.length].map(() => [el("td", { class: "n" }), el("td", { class: "n" })]);
    const choice = el("select", { id: "unit", onchange: () => set() }, el("option", { value: -1 }, w.all_units), data.units.map((name, i) => el("option", { value: i }, name)));
    const told = el("p", { class: "aloud", role: "status" }), drawn = data.parcels.ids.length > 0;
    const back = el("button", { type: "button", class: "see", hidden: true, onclick: () => { boxes.forEach((box) => { box.checked = true; }); choice.value = -1; set(); choice.focus(); } }, w.show_all);
    function set() {
      const unit = Number(choice.value), chosen = boxes.filter((box) => box.checked).map((box) => Number(box.value)), row = data.legend[unit + 1];
      [...there, data.stages.length].forEach((stage, i) => row[stage].forEach((text, column) => { cells[i][column].textContent = text || "–"; }));
      // A stage that was taken away by hand; one without parcels was never there.
      const stages = chosen.length === there.length ? data.stages.map((_, stage) => stage) : chosen;
      if (layer) layer.filter(stages, unit);
      back.hidden = unit < 0 && chosen.length === there.length;
      told.textContent = fill(w.filtered, { stages: chosen.map((stage) => data.stages[stage]).join(", ") || "–", unit: unit < 0 ? w.all_units : data.units[unit] });
      changed();
    }
    const head = (text) => el("th", { scope: "col", class: "n" }, text);
    const made = el("article", { class: "project" }, el("h2", null, w.by_stage),
      data.units.length > 1 ? el("p", { class: "choose" }, el("label", { for: "unit" }, w.unit), " ", choice) : null,
      el("table", { class: "stages" }, el("thead", null, el("tr", null, el("th", { scope: "col" }, w.stage), counted ? head(w.count) : null, head(`${w.area} (ha)`))),
        el("tbody", null, there.map((stage, i) => el("tr", null, el("th", { scope: "row" }, el("label", null, drawn ? boxes[i] : null, swatch(stage), el("span", null, data.stages[stage]))), counted ? cells[i][0] : null, cells[i][1])),
          el("tr", { class: "sum" }, el("th", { scope: "row" }, w.total), counted ? cells[there.length][0] : null, cells[there.length][1]))),
      el("p", { class: "links" }, back), told,
      data.stretches.length ? [el("h3", null, w.line), el("ul", { class: "route-key" }, STATES.map((state, i) => el("li", null, sample(...casing, stroke(i, 7)), w[state])),
        data.longest ? el("li", null, sample({ stroke: "var(--ink)", "stroke-width": 12 }, { stroke: "var(--ground)", "stroke-width": 8 }, stroke(0, 5)), w.longest_key) : null)] : null,
      data.lines.some((line) => !line.metres.length) ? el("p", { class: "sub" }, w.sketch) : null,
      el("p", { class: "sub" }, [drawn ? (data.stretches.length ? w.how_to_read : "") : data.bins.length ? w.how_to_read_bins : w.how_to_read_boxes, data.stretches.length ? w.how_short : "", drawn && data.longest ? w.how_blockers : ""].filter(Boolean).join(" ")));
    set();
    return made;
  }

  // --- along the route -------------------------------------------------------------------------------------------

  const TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500];

  function strip(data, line, width) {
    const own = data.bins.filter((bin) => bin.line === line), parts = data.stretches.filter((one) => one[0] === line), [low, high] = [own[0].from, own[own.length - 1].to];
    const left = LABEL, right = 8, x = (m) => left + ((Math.min(Math.max(m, low), high) - low) / (high - low)) * (width - left - right), most = Math.max(...own.map((bin) => bin.total), 1), foot = 22 + BARS;
    const paints = LOOKS.map((_, stage) => paint(stage)), go = (from, to) => () => { layer.stretch(line, from, to); document.getElementById("map").scrollIntoView({ block: "nearest" }); };
    const text = (at, y, label, more = {}) => svg("text", { x: at, y, ...more }, label);
    const bars = own.map((bin) => {
      let y = foot;
      const made = svg("g", {}, ORDER.map((stage) => {
        const tall = (BARS * bin.areas[stage]) / most;
        if (!tall) return null;
        y -= tall;
        return svg("rect", { x: x(bin.from) + 0.5, y, width: Math.max(0.5, x(bin.to) - x(bin.from) - 1), height: tall, fill: paints[stage].fill, stroke: "var(--edge)", "stroke-width": 0.4, "data-stage": stage }, svg("title", {}, `${bin.where}: ${data.stages[stage]} ${bin.texts[stage]} ha`));
      }));
      made.addEventListener("click", go(bin.from, bin.to));
      return made;
    });
    const top = foot + 8, band = [0, 2, 1].flatMap((state) => parts.filter((one) => one[1] === state).map(([, , from, to, name, long]) => {
      const a = x(from), wide = Math.max(x(to) - a, state === UNCLEARED ? 1.5 : 0.2);
      const made = svg("rect", { x: a, y: top, width: wide, height: BAND, class: `state s${state}` }, svg("title", {}, `${name}: ${w[STATES[state]]}, ${long} m`));
      made.addEventListener("click", go(from, to));
      return made;
    }));
    const best = data.longest && data.longest.line === line ? data.longest : null, a = best && x(best.from), b = best && x(best.to);
    const step = 1000 * TICKS.find((km) => (km * 1000 * (width - left - right)) / (high - low) >= 64), marks = [];
    for (let m = Math.ceil(low / step) * step; m <= high; m += step) marks.push(m);
    const base = top + BAND, room = (at, label) => Math.min(Math.max(at, label.length * 3.4), width - label.length * 3.4);
    return svg("svg", { viewBox: `0 0 ${width} ${base + FOOT}`, role: "img", "aria-label": `${w.strip}. ${w.strip_aloud}` }, svg("defs", {}, paints.map(({ defs }) => defs)),
      text(left - 6, 22 + 9, `${(own.find((bin) => bin.total === most) || { sum: 0 }).sum} ha`, { "text-anchor": "end" }), text(left - 6, foot, "0 ha", { "text-anchor": "end" }),
      svg("path", { class: "grid", d: `M${left} 22H${width - right}M${left} ${foot}H${width - right}` }), bars, band,
      best ? [svg("path", { class: "bracket", d: `M${a} ${top - 2}V13H${b}V${top - 2}` }), text(room((a + b) / 2, `${best.length} km`), 10, `${best.length} km`, { "text-anchor": "middle", class: "strong" })] : null,
      marks.map((m) => [svg("path", { class: "axis", d: `M${x(m)} ${base}v5` }), text(room(x(m), written(m)), base + 18, written(m), { "text-anchor": "middle" })]));
  }

  function strips(data) {
    const lines = [...new Set(data.stretches.map((one) => one[0]))];
    if (!lines.length) return null;
    const panels = lines.map((line) => {
      const box = el("div", { class: "chart" });
      let width = 0;
      new ResizeObserver(([one]) => {
        const now = Math.round(one.contentRect.width);
        if (now < 120 || now === width) return;
        width = now;
        box.replaceChildren(strip(data, line, now));
      }).observe(box);
      return el("figure", { class: "panel" }, lines.length > 1 ? el("figcaption", null, said(data.lines[line].route)) : null, box);
    });
    return el("section", { class: "block charts", id: "strip" }, el("h2", null, w.strip), el("p", { class: "about" }, fill(w.strip_about, { step: data.bin })), panels);
  }

  // --- tables ----------------------------------------------------------------------------------------------------

  // A block that is folded; its table is made when it is opened.
  function folded(id, title, count, about, make, open) {
    const fold = el("details", { class: "fold" }, el("summary", null, el("h2", null, title), count ? el("span", { class: "count" }, `(${count})`) : null)), fill_ = () => fold.append(...[about ? el("p", { class: "about" }, about) : null, el("div", { class: "scroll" }, make())].filter(Boolean));
    if (open) { fill_(); fold.open = true; } else fold.addEventListener("toggle", fill_, { once: true });
    return el("section", { class: "block", id }, fold);
  }
  const table = (caption, heads, rows) => el("table", { class: "data" }, el("caption", { class: "aloud" }, caption), el("thead", null, el("tr", null, heads.map(([text, n]) => el("th", { scope: "col", class: n ? "n" : null }, text)))),
    el("tbody", null, rows.map((cells) => el("tr", null, cells.map((cell, i) => (i ? el("td", { class: heads[i][1] ? "n" : null, "data-label": heads[i][0] }, cell) : el("th", { scope: "row" }, cell)))))));

  function tables(data) {
    const several = data.lines.length > 1, there = data.stages.map((_, stage) => stage).filter((stage) => data.legend[0][stage][1]), amount = ([count, area]) => (area ? [area, count ? el("span", { class: "small" }, /\d/.test(count) ? fill(w.counted, { count }) : w.not_counted) : null] : "–");
    const route = (line) => (several ? [[said(data.lines[line].route)]] : []), routeHead = several ? [[w.route]] : [];
    return [
      data.parts.length ? folded("sections", w.sections, data.parts.length, w.sections_about, () => table(w.sections, [[w.section], ...routeHead, [w.count, true], [w.handed_over_of, true]],
        data.parts.map((one) => [el("a", { href: one.href }, one.name), ...(several ? [[one.line < 0 ? "–" : said(data.lines[one.line].route)]] : []), one.count, one.done])), true) : null,
      strips(data),
      folded("units", w.by_unit, 0, w.by_unit_about, () => table(w.by_unit, [[w.unit], ...there.map((stage) => [`${data.stages[stage]} (ha)`, true]), [`${w.total} (ha)`, true]],
        [...data.units.map((name, i) => [said(name), i + 1]), [el("b", null, w.whole_project), 0]].map(([name, i]) => [name, ...there.map((stage) => amount(data.legend[i][stage])), amount(data.legend[i][data.stages.length])])), !SMALL.matches),
      data.stretches.length ? folded("stretches", w.stretches, data.stretches.length, w.stretches_about, () => table(w.stretches, [[w.chainage], ...routeHead, [w.state], [`${w.length} (m)`, true], [w.map]],
        data.stretches.map(([line, state, from, to, name, long]) => [name, ...route(line), el("span", { class: `state-word s${state}` }, sample(...casing, stroke(state, 7)), w[STATES[state]]), long, see(w.see, `${w.see}: ${name}`, () => layer.stretch(line, from, to))]))) : null,
      data.bins.length ? folded("bins", fill(w.by_bin, { step: data.bin }), data.bins.length, w.by_bin_about, () => table(w.by_stage, [[w.chainage], ...routeHead, ...there.map((stage) => [`${data.stages[stage]} (ha)`, true])],
        data.bins.map((bin) => [see(bin.where, "", () => layer.stretch(bin.line, bin.from, bin.to)), ...route(bin.line), ...there.map((stage) => bin.texts[stage] || "–")]))) : null,
      el("section", { class: "block", id: "notes" }, el("h2", null, w.notes), el("ul", { class: "notes" }, data.notes.map((text) => el("li", null, said(text))))),
    ];
  }

  // --- the whole -------------------------------------------------------------------------------------------------

  function map(data) {
    const quiet = matchMedia("(prefers-reduced-motion: reduce)").matches ? { zoomAnimation: false, inertia: false } : {};
    const made = L.map("map_parcels", { zoomControl: false, fadeAnimation: false, zoomSnap: 0.25, zoomDelta: 1, maxZoom: 20, scrollWheelZoom: !L.Browser.mobile, ...quiet }), container = made.getContainer();
    container.classList.add("lsinfra");
    container.setAttribute("role", "group");
    container.setAttribute("aria-label", w.map_keys);
    made.attributionControl.remove();
    L.control.zoom({ position: "topleft", zoomInTitle: w.zoom_in, zoomOutTitle: w.zoom_out }).addTo(made);
    L.control.scale({ imperial: false, position: "bottomright" }).addTo(made);
    container.querySelector(".leaflet-control-scale").append(el("span", { class: "north", role: "img", "aria-label": w.north_up }, w.north));
    // On a small map a popup needs the room of the controls.
    made.on("popupopen popupclose", (event) => container.classList.toggle("popup-open", event.type === "popupopen"));
    container.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      made.closePopup();
      layer.pick(-1);
    });
    return made;
  }

  // The address of a parcel: #Thửa's id after a stroke.
  function follow(data) {
    let id = location.hash.slice(1);
    if (!id.startsWith("p/")) return;
    try { id = decodeURIComponent(id.slice(2)); } catch { return; }
    const i = data.parcels.ids.indexOf(id);
    if (i >= 0) layer.show(i);
  }

  document.addEventListener("DOMContentLoaded", async () => {
    try {
      const data = await lsinfra.data();
      w = data.words;
      const found = tools(data);
      document.title = `${data.title} · ${data.as_of}`;
      document.body.classList.add("parcels");
      const title = document.getElementById("title");
      title.replaceChildren(said(data.title));
      title.before(el("p", { class: "above" }, w.above, data.project ? [" · ", said(data.project)] : null, data.section ? [" · ", data.section] : null));
      put("as-of", data.as_of);
      put("nav", data.nav.map(([text, href]) => el("a", { href }, text)));
      put("summary", summary(data));
      put("projects", panel(data, found.again));
      document.getElementById("map_parcels").before(found.made);
      const drawn = map(data);
      drawn.fitBounds([[data.bounds[0], data.bounds[1]], [data.bounds[2], data.bounds[3]]], { animate: false, padding: [34, 34] });
      layer = lsinfra.shown = new lsinfra.Parcels(drawn, data);
      document.documentElement.dataset.mapped = "true";
      put("below", tables(data));
      follow(data);
      window.addEventListener("hashchange", () => follow(data));
      const sheet = drawn.getContainer().style, sized = (width, height) => { Object.assign(sheet, { width, height, flex: width && "none" }); layer.fit(); };
      window.addEventListener("beforeprint", () => sized(...PAPER));
      window.addEventListener("afterprint", () => sized("", ""));
      document.documentElement.dataset.ready = "true";
    } catch (error) { lsinfra.broken(error); }
  });
})();
