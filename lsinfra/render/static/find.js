// Looking for a project, a unit, a place or a Km, and what the map answers in words.
(() => {
  const { el, said, fill, along, written, point, middle, decode } = lsinfra;
  const MOST = 8; // answers in the list
  const NAMED = 3; // routes named in one sentence

  // Small letters without marks, so that "loc binh" finds Lộc Bình.
  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d").toLowerCase().replace(/\s+/g, " ").trim();
  // National roads, provincial roads and expressways as people write them: QL4B, ĐT.226, CT01.
  const spelt = (text) => fold(text).replace(/quoc lo (?=\d)/g, "ql").replace(/(duong tinh|tinh lo) (?=\d)/g, "dt").replace(/thanh pho (?=\w)/g, "tp ").replace(/thi xa (?=\w)/g, "tx ").replace(/thi tran (?=\w)/g, "tt ").replace(/\b(ql|dt|ct)[ .]+(?=\d)/g, "$1");
  const KM = /(?:^|\s)(?:km\s*(\d{1,4})(?:\s*\+\s*(\d{1,3}))?|(\d{1,4})\s*\+\s*(\d{3}))$/;

  function index(layer, data) {
    const w = data.words, items = [], levels = { district: w.also_district, commune: w.also_commune, province: w.also_province }, { names = [], level } = data.units || {};
    const add = (kind, text, sub, go, more = "") => items.push({ kind, text, sub, go, key: spelt(`${text} ${more}`) });
    data.projects.forEach((one, number) => add(w.project, one.title, "", () => layer.find("project", number), `${one.id} ${one.name}`));
    // "huyện Lộc Bình" and "đoạn Đình Lập" are as good as the bare names.
    data.sections.forEach((one, number) => add(w.section, one[1], data.projects[one[0]].name, () => layer.find("section", number), `${w.section} ${levels[one[12]] || ""}`));
    // Of a project with several.
    layer._chains.forEach((route) => { if (layer._chains.filter((one) => one.projects[0] === route.projects[0]).length > 1) add(w.route, route.title, data.projects[route.projects[0]].name, () => layer.find("project", route.projects[0])); });
    data.places.forEach(([title, , lat, lon]) => add(w.place, title, "", () => layer.goTo(lat, lon, title)));
    names.forEach(([name, lat, lon]) => add(w.unit, name, "", () => layer.goTo(lat, lon, name), levels[level]));
    data.quiet.forEach((one, number) => add(one[0] ? w.finished : w.proposed, one[1], one[2], () => layer.goToWork(number)));
    return items;
  }

  // Every word must be found; names that begin so come first, in the order of the index.
  function named(items, query) {
    const wanted = spelt(query).split(" ").filter(Boolean), first = wanted.join(" "), own = fold(query);
    if (!wanted.length) return [];
    const found = items.filter((item) => wanted.every((word) => item.key.includes(word)));
    const rank = (item) => (fold(item.text).startsWith(own) ? 0 : item.key.startsWith(first) ? 1 : item.key.includes(` ${first}`) ? 2 : 3);
    return found.map((item, i) => [rank(item), i, item]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, , item]) => item);
  }

  // A chainage on the routes that have it, and in words where it cannot be placed: a Km is only where it was published.
  function chainage(layer, data, query) {
    const w = data.words, match = KM.exec(fold(query));
    if (!match) return null;
    const m = Number(match[1] || match[3]) * 1000 + Number((match[2] || match[4] || "0").padEnd(3, "0"));
    if (match[2] && match[2].length < 3) return { items: [], note: fill(w.km_digits, { found: match[0].trim() }) };
    const wanted = spelt(fold(query).slice(0, match.index)).split(" ").filter(Boolean);
    const keyed = (route) => spelt([route.id, route.title, ...route.projects.flatMap((number) => [data.projects[number].id, data.projects[number].title])].join(" "));
    const routes = layer._chains.filter((route) => wanted.every((word) => keyed(route).includes(word)));
    if (!routes.length) return { items: [], note: fill(w.km_no_route, { name: query.trim() }) };
    const items = [], outside = [], unknown = [];
    for (const route of routes) {
      const { points } = route, inside = points.length && points[0][2] <= m && m <= points[points.length - 1][2];
      if (!points.length) unknown.push(route.title);
      else if (!inside) outside.push(`${route.title} (${route.range})`);
      else items.push({ kind: w.chainage, text: written(m), sub: route.title, go: () => layer.goToKm(route, m) });
    }
    const list = (titles) => titles.slice(0, NAMED).join("; ") + (titles.length > NAMED ? "…" : "");
    const note = [outside.length ? fill(w.km_outside, { km: written(m), routes: list(outside) }) : "", unknown.length ? fill(w.km_unknown, { routes: list(unknown) }) : ""];
    return { items, note: note.filter(Boolean).join(" ") };
  }

  const finding = {
    // A project or a section: on the map where it is drawn, else its card or its row.
    find(kind, number) {
      if (this.show(kind, number)) return this._into();
      this.pick(kind, number);
      const lit = (this._lit.picked || []).find(Boolean);
      this._tools.say(this._data.words.not_drawn);
      if (lit) lit.scrollIntoView({ block: "center" });
    },

    goTo(lat, lon, text) {
      const at = point([lat, lon]);
      this._shut();
      this.pick();
      this._pinned(at, text);
      this._map.setView(at, Math.max(this._map.getZoom(), 11.5));
      this._layout();
      this._into();
    },

    // A proposal or a finished work: its place, or the middle of its line.
    goToWork(number) {
      const spot = this._data.spots.find((one) => one[2].includes(number)), at = spot ? point(spot) : middle(this._data.quiet[number][3].map(decode));
      this._map.setView(at, Math.max(this._map.getZoom(), spot ? 11.5 : 0), { animate: false });
      this._works(at, [number], { getElement: () => this._map.getContainer() });
      this._into();
    },

    // The map in the window, and all of a popup that is open.
    _into() {
      this._map.getContainer().parentElement.scrollIntoView({ block: "nearest" });
    },

    // The point of a chainage, with what is known of the section it is in.
    goToKm(route, m) {
      const w = this._data.words, { at } = along(route.points, m), map = this._map, text = `${written(m)}, ${route.title}`;
      this._shut();
      map.setView(at, Math.max(map.getZoom(), 11.5), { animate: false });
      const here = map.latLngToLayerPoint(at);
      const held = (drawn) => { const near = drawn && drawn.hit.closestLayerPoint(here); return near && near.distance < 2; };
      const section = this._data.sections.findIndex((one, number) => route.projects.includes(one[0]) && held(this._sections[number]));
      const [kind, number] = section < 0 ? ["project", route.projects[0]] : ["section", section];
      this._pinned(at, written(m));
      this._pin.of = [kind, number];
      const about = [`${text}.`, w.km_published, route.off].filter(Boolean).join(" ");
      this.show(kind, number, true, at, about);
      this._tools.say(about);
      this._into();
    },
  };

  // The tools of the map: a box to look for something, the filter, and what is to be said of either.
  function tools(layer, map, data) {
    const w = data.words, communes = (data.units || {}).level === "commune", under = map.getContainer().parentElement.classList.contains("map-box");
    const told = el("p", { class: "told", role: "status" }), say = (text) => { told.textContent = text; map.invalidateSize({ pan: false }); };
    const list = el("ul", { role: "listbox", id: "lsinfra-found", "aria-label": w.search, hidden: true });
    const input = el("input", { type: "text", role: "combobox", "aria-label": w.search, placeholder: communes ? w.search_for : w.search_few, "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "lsinfra-found", autocomplete: "off", autocapitalize: "off", spellcheck: "false", enterkeyhint: "search" });
    let items = null, shown = [], active = -1;

    function open() {
      items ||= index(layer, data);
      const query = input.value, km = chainage(layer, data, query), all = km && km.items.length ? km.items : named(items, query);
      shown = all.slice(0, MOST);
      list.replaceChildren(...shown.map((item, i) => el("li", { role: "option", id: `lsinfra-found-${i}`, "aria-selected": "false", onclick: () => choose(i) },
        said(item.text), el("span", { class: "kind" }, item.kind, item.sub ? [" · ", said(item.sub)] : null))));
      say(km ? km.note : query.trim() && !all.length ? `${fill(w.nothing_found, { query: query.trim() })}${communes ? "" : ` ${w.no_units}`}` : all.length > MOST ? fill(w.more_found, { count: all.length, shown: MOST }) : "");
      list.hidden = !shown.length;
      input.setAttribute("aria-expanded", String(!list.hidden));
      move(-1);
    }

    function close() {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      move(-1);
    }

    function move(to) {
      active = to;
      [...list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === to)));
      if (to < 0) input.removeAttribute("aria-activedescendant");
      else {
        input.setAttribute("aria-activedescendant", `lsinfra-found-${to}`);
        list.children[to].scrollIntoView({ block: "nearest" });
      }
    }

    function choose(i) {
      const item = shown[i];
      input.value = item.kind === w.chainage ? `${item.sub} ${item.text}` : item.text;
      close();
      say("");
      item.go();
    }

    input.addEventListener("input", open);
    input.addEventListener("blur", close);
    list.addEventListener("mousedown", (event) => event.preventDefault());
    input.addEventListener("keydown", (event) => {
      const down = event.key === "ArrowDown", many = shown.length;
      if (down || event.key === "ArrowUp") {
        if (list.hidden) open();
        else if (many) move(down ? (active + 1) % many : (active <= 0 ? many : active) - 1);
      } else if (event.key === "Enter" && !list.hidden) choose(Math.max(active, 0));
      else if (event.key === "Enter") open();
      else if (event.key === "Escape" && (!list.hidden || input.value)) {
        if (list.hidden) { input.value = ""; say(""); } else close();
      } else return;
      event.preventDefault();
      event.stopPropagation();
    });

    const made = el("div", { class: "tools", role: "search" }, el("div", { class: "find" }, input, list), lsinfra.filters(layer, data, say), told);
    let control = null;
    if (under) map.getContainer().before(made);
    else {
      control = L.control({ position: "topright" });
      L.DomEvent.disableClickPropagation(made);
      L.DomEvent.disableScrollPropagation(made);
      control.onAdd = () => made;
      control.addTo(map);
    }
    return { say, under, remove: () => (control ? control.remove() : made.remove()) };
  }

  Object.assign(lsinfra, { finding, tools, fold });
})();
