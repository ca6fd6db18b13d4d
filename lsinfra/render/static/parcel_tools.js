// Beside the map of parcels: the search for a parcel or a chainage, the legend that is the filter as well.
(() => {
  const { el, fill, written } = lsinfra;
  const { STATES, swatch, stagesOf, stateSample, longestSample, link } = lsinfra.parts;

  // --- looking for a parcel or a Km ------------------------------------------------------------------------------

  const KM = /^km\s*(\d{1,4})(?:\s*\+\s*(\d{1,3}))?$/;

  // The parcels with a text in their ids, of those that are asked for: the same first, then those that begin with it.
  function matching(data, query) {
    const ids = data.parcels.ids.map((id) => id.toLowerCase());
    const rank = (i) => (ids[i] === query ? 0 : ids[i].startsWith(query) ? 1 : 2);
    const found = [...ids.keys()].filter((i) => ids[i].includes(query) && lsinfra.shown.matches(i));
    return found.sort((a, b) => rank(a) - rank(b) || a - b);
  }

  // Show a place on the line; what is to be said where no line has it.
  function goTo(w, m) {
    const layer = lsinfra.shown;
    const line = layer.lines.findIndex((one) => one.m && one.m[0] <= m && m <= one.m[one.m.length - 1]);
    if (line < 0) return fill(w.km_outside, { km: written(m) });
    layer.tell(line, m, layer.count ? layer.closest : null);
    return "";
  }

  // The box, and what is to be done when other parcels are asked for.
  lsinfra.searchBox = (data) => {
    const w = data.words;
    const told = el("p", { class: "told", role: "status" });
    const input = el("input", {
      type: "search",
      "aria-label": w.find,
      placeholder: data.parcels.ids.length ? w.find_hint : w.find_km,
      autocomplete: "off",
      spellcheck: "false",
      enterkeyhint: "search",
    });
    let last = "";
    let found = [];
    let place = -1;

    // The match after (by: 1) or before (-1) the one that is shown. How many there are would be a count of parcels.
    function step(query, by) {
      if (query !== last) [last, place, found] = [query, -1, matching(data, query)];
      if (!found.length) return fill(w.nothing, { query: input.value.trim() });
      place = (place + by + found.length) % found.length;
      lsinfra.shown.show(found[place]);
      return found.length > 1 ? fill(w.found, { place: place + 1 }) : "";
    }
    function look(by) {
      const query = input.value.trim().toLowerCase();
      const km = KM.exec(query);
      if (km) told.textContent = goTo(w, Number(km[1]) * 1000 + Number(km[2] || 0));
      else told.textContent = query ? step(query, by) : "";
    }
    function whole() {
      lsinfra.shown.map.closePopup();
      lsinfra.shown.pick(-1);
      lsinfra.shown.fit();
    }
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      look(event.shiftKey ? -1 : 1);
    });
    const made = el(
      "div",
      { class: "tools", role: "search" },
      el("div", { class: "find" }, input),
      el("button", { type: "button", class: "go", onclick: () => look(1) }, w.find_go),
      el("button", { type: "button", class: "go", onclick: whole }, w.whole),
      told,
    );
    const again = () => {
      last = "";
    };
    return { made, again };
  };

  // --- filter and legend -----------------------------------------------------------------------------------------

  // The table of the stages: a box for each, its count and area of the unit that is chosen, at last of all stages.
  function stageTable(data, boxes) {
    const w = data.words;
    const there = stagesOf(data);
    const counted = data.legend.some((one) => one.some(([count]) => count));
    const numbers = () => [counted ? el("td", { class: "n" }) : null, el("td", { class: "n" })];
    const cells = [...there, data.stages.length].map(numbers);
    const head = (text) => el("th", { scope: "col", class: "n" }, text);
    const heads = [el("th", { scope: "col" }, w.stage), counted ? head(w.count) : null, head(`${w.area} (ha)`)];
    const stageRow = (stage, i) => {
      const label = el("label", null, boxes[i], swatch(stage), el("span", null, data.stages[stage]));
      return el("tr", null, el("th", { scope: "row" }, label), cells[i]);
    };
    const sum = el("tr", { class: "sum" }, el("th", { scope: "row" }, w.total), cells[there.length]);
    const made = el(
      "table",
      { class: "stages" },
      el("thead", null, el("tr", null, heads)),
      el("tbody", null, there.map(stageRow), sum),
    );
    function show(unit) {
      [...there, data.stages.length].forEach((stage, i) => {
        data.legend[unit + 1][stage].forEach((text, column) => {
          if (cells[i][column]) cells[i][column].textContent = text || "–";
        });
      });
    }
    return { made, show };
  }

  function routeKey(data) {
    const w = data.words;
    if (!data.stretches.length) return null;
    const states = STATES.map((state, i) => el("li", null, stateSample(i), w[state]));
    const longest = data.longest ? el("li", null, longestSample(), w.longest_key) : null;
    return [el("h3", null, w.line), el("ul", { class: "route-key" }, states, longest)];
  }

  function howToRead(data) {
    const w = data.words;
    const drawn = data.parcels.ids.length > 0;
    const long = data.stretches.length > 0;
    const said = [];
    if (drawn && long) said.push(w.how_to_read);
    if (!drawn) said.push(data.bins.length ? w.how_to_read_bins : w.how_to_read_boxes);
    if (long) said.push(w.how_short);
    if (drawn && data.longest) said.push(w.how_blockers);
    return el("p", { class: "sub" }, said.join(" "));
  }

  // Legend and filter; ``changed`` is called after another choice.
  lsinfra.stagePanel = (data, changed) => {
    const w = data.words;
    const there = stagesOf(data);
    const drawn = data.parcels.ids.length > 0;
    const box = (stage) => el("input", { type: "checkbox", checked: true, value: stage, onchange: set });
    const boxes = drawn ? there.map(box) : [];
    const options = data.units.map((name, i) => el("option", { value: i }, name));
    const choice = el("select", { id: "unit", onchange: set }, el("option", { value: -1 }, w.all_units), options);
    const told = el("p", { class: "aloud", role: "status" });
    const table = stageTable(data, boxes);
    const back = link(w.show_all, all, { hidden: true });

    function set() {
      const unit = Number(choice.value);
      const chosen = drawn ? there.filter((_, i) => boxes[i].checked) : there;
      const every = chosen.length === there.length;
      table.show(unit);
      // A stage that was taken away by hand; one without parcels was never there.
      if (lsinfra.shown) lsinfra.shown.filter(every ? [...data.stages.keys()] : chosen, unit);
      back.hidden = unit < 0 && every;
      told.textContent = fill(w.filtered, {
        stages: chosen.map((stage) => data.stages[stage]).join(", ") || "–",
        unit: unit < 0 ? w.all_units : data.units[unit],
      });
      changed();
    }
    function all() {
      for (const one of boxes) one.checked = true;
      choice.value = -1;
      set();
      choice.focus();
    }
    const units = el("p", { class: "choose" }, el("label", { for: "unit" }, w.unit), " ", choice);
    const sketched = data.lines.some((line) => !line.metres.length);
    const made = el(
      "article",
      { class: "project" },
      el("h2", null, w.by_stage),
      data.units.length > 1 ? units : null,
      table.made,
      el("p", { class: "links" }, back),
      told,
      routeKey(data),
      sketched ? el("p", { class: "sub" }, w.sketch) : null,
      howToRead(data),
    );
    set();
    return made;
  };
})();
