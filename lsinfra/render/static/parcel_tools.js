// Beside the map of parcels: the search for a parcel or a chainage, the legend that is the filter as well.
(() => {
  const { el, said, fill, written } = lsinfra;
  const { STATES, lower, swatch, stagesOf, stateSample, longestSample, link } = lsinfra.parts;

  // --- looking for a parcel or a Km ------------------------------------------------------------------------------

  const KM = /^km\s*(\d{1,4})(?:\s*\+\s*(\d{1,3}))?$/;

  const bare = (text) => text.replace(/[^\p{L}\p{N}]/gu, "");

  // Every parcel that can be found from here: on this page by its place, on the page of a section by its address.
  function parcelsOf(data) {
    const one = (id, more) => ({ id, key: id.normalize("NFC").toLowerCase(), ...more });
    const here = data.parcels.ids.map((id, row) => one(id, { row }));
    const there = data.parts.flatMap((part) => part.ids.map((id) => one(id, { part })));
    return [...here, ...there];
  }

  // Those with a text in their ids: the same first, then those that begin with it; where there are none, without regard
  // to blanks and signs.
  function matching(all, query) {
    const among = (key, asked) => {
      const rank = (one) => (key(one) === asked ? 0 : key(one).startsWith(asked) ? 1 : 2);
      // A sort keeps the order of those that are alike.
      return asked ? all.filter((one) => key(one).includes(asked)).sort((a, b) => rank(a) - rank(b)) : [];
    };
    const found = among((one) => one.key, query);
    return found.length ? found : among((one) => bare(one.key), bare(query));
  }

  // Show a place on the line; what is to be said where no line has it.
  function goTo(data, m) {
    const w = data.words;
    const layer = lsinfra.shown;
    const km = written(m);
    if (data.unmeasured) return fill(w.km_unmeasured, { km, reason: lower(data.unmeasured) });
    const line = layer.lines.findIndex((one) => one.m && one.m[0] <= m && m <= one.m[one.m.length - 1]);
    if (line < 0) return fill(layer.lines.every((one) => one.m) ? w.km_outside : w.km_outside_surveyed, { km });
    layer.tell(line, m, layer.count ? layer.closest : null);
    return "";
  }

  // What is said where nothing is found: why, and where to look.
  function missed(data, query, hidden) {
    const w = data.words;
    if (hidden) return fill(w.hidden, { query, all: w.show_all });
    if (data.section) {
      const [[, href]] = data.nav;
      const link_ = el("a", { href: `${href}#q/${encodeURIComponent(query)}` }, w.find_whole);
      return [fill(w.nothing_here, { query }), " ", link_];
    }
    const known = data.parcels.ids.length || data.parts.some((part) => part.ids.length);
    return known ? fill(w.nothing, { query }) : fill(w.no_index, { table: w.sections });
  }

  // The way to a parcel that another page draws.
  function away(data, { id, part }) {
    const href = `${part.href}#p/${encodeURIComponent(id)}`;
    const name = fill(data.words.open_section, { where: part.name });
    return [`${data.words.parcel} `, said(id), ": ", el("a", { href }, name), ". "];
  }

  // The box, and what is to be done when other parcels are asked for (``again``) or an address asks for one (``ask``).
  lsinfra.searchBox = (data) => {
    const w = data.words;
    const told = el("p", { class: "told", role: "status" });
    const input = el("input", {
      type: "search",
      "aria-label": data.unmeasured ? w.find_id : w.find,
      placeholder: data.unmeasured ? w.find_id : w.find_hint,
      autocomplete: "off",
      spellcheck: "false",
      enterkeyhint: "search",
    });
    let all = null; // made when it is first asked for
    let last = "";
    let found = [];
    let hidden = false; // whether the filter keeps away what was looked for
    let exact = false; // whether there is one of just this id
    let place = -1;

    function search(query) {
      all ||= parcelsOf(data);
      const every = matching(all, query);
      const same = every.filter((one) => bare(one.key) === bare(query));
      const asked = (some) => some.filter((one) => one.part || lsinfra.shown.matches(one.row));
      exact = same.length > 0;
      hidden = exact ? !asked(same).length : every.length > 0 && !asked(every).length;
      [last, place, found] = [query, -1, hidden ? [] : asked(every)];
    }
    // The match after (by: 1) or before (-1) the one that is shown. How many there are would be a count of parcels.
    function step(query, by) {
      if (query !== last) search(query);
      if (!found.length) return missed(data, input.value.trim(), hidden);
      place = (place + by + found.length) % found.length;
      const one = found[place];
      if (!one.part) lsinfra.shown.show(one.row);
      const partly = exact ? "" : `${fill(w.partly, { query: input.value.trim() })} `;
      const more = found.length > 1 ? fill(w.found, { place: place + 1 }) : "";
      return [one.part ? away(data, one) : "", partly, more];
    }
    // What was shown before is no answer to what is asked now.
    function clear() {
      lsinfra.shown.map.closePopup();
      lsinfra.shown.pick(-1);
    }
    function look(by) {
      clear();
      const typed = input.value.trim().normalize("NFC").toLowerCase();
      const km = KM.exec(typed);
      const word = `${w.parcel.toLowerCase()} `;
      const query = typed.startsWith(word) ? typed.slice(word.length).trim() : typed;
      const answer = km ? goTo(data, Number(km[1]) * 1000 + Number(km[2] || 0)) : query ? step(query, by) : "";
      told.replaceChildren(...(answer ? [el("span", null, answer)] : []));
    }
    function ask(text) {
      input.value = text;
      look(1);
    }
    function whole() {
      clear();
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
    return { made, again, ask };
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
