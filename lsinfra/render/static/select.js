// What is picked and what is filtered, lit in the map, the table and the cards alike; and the address that says so.
(() => {
  const { C, CONFLICT, HANDED_OVER, el, fill } = lsinfra;
  // What one may filter by: how far a place is (status.py), or what is to be said of a figure.
  const FILTERS = ["n", "p", "c", "t", "d", "doubt", "stale"];
  const filterName = (w, key) => ({ n: w.state_none, p: w.state_part, c: w.state_whole, t: w.class6, d: w.class7, doubt: w.state_doubt, stale: w.state_stale })[key];

  const marked = (element, name, on) => {
    if (!element) return;
    element.classList.toggle(name, on);
    if (name !== "picked") return;
    if (on) element.setAttribute("aria-current", "true");
    else element.removeAttribute("aria-current");
  };

  const selecting = {
    // Lights up a project or a section, wherever it stands; without a number nothing is lit any more.
    pick(kind, number) {
      this.picked = number === undefined ? null : [kind, number];
      if (kind === "section") this._walkTo(number);
      if (!this.picked || !this._pin || String(this._pin.of) !== String(this.picked)) this._unpin();
      this._light("picked", ...this._of());
      this._tell();
    },

    // Rows, sections and projects of what is picked.
    _of() {
      const data = this._data, [kind, number] = this.picked || [];
      if (kind === undefined) return [[], [], [], []];
      const own = (row) => (kind === "section" ? row[C.SECTION] === number : row[C.PROJECT] === number && row[C.SECTION] < 0);
      const rows = data.rows.flatMap((row, place) => (own(row) ? [place] : []));
      return kind === "section" ? [rows, [number], [], [data.sections[number][0]]] : [rows, [], [number], [number]];
    },

    // Marks rows of the table, lines of sections and projects, and project cards, and nothing else.
    _light(name, rows, sections, projects, cards) {
      const lit = [
        ...rows.map((place) => document.getElementById(`row-${place}`)),
        ...sections.map((number) => this._sections[number] && this._sections[number].hit.getElement()),
        ...projects.map((number) => this._projects[number] && this._projects[number].hit.getElement()),
        ...cards.map((number) => document.getElementById(`project-${this._data.projects[number].id}`)),
      ];
      this._lit ||= {};
      (this._lit[name] || []).forEach((one) => marked(one, name, false));
      lit.forEach((one) => marked(one, name, true));
      this._lit[name] = lit;
    },

    // Once more, when rows of the table have been made that were not there before.
    relight() {
      if (this.picked) this._light("picked", ...this._of());
      if (!this.filtered) return;
      const { rows, sections, projects } = this.found(this.filtered), cards = sections.map((number) => this._data.sections[number][0]);
      this._light("match", rows, sections, projects, [...new Set([...projects, ...cards])]);
    },

    // Arrows go from one line to the next, Home and End to the first and the last.
    _walk(event, path) {
      const all = [...this._map.getContainer().querySelectorAll("path[tabindex]")], at = all.indexOf(path);
      const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      if (this._walker && path === this._walker.getElement() && event.key.startsWith("Arrow") && this._stroll(to > at ? 1 : -1)) return;
      const next = all[(to + all.length) % all.length];
      if (all.some((one) => one.getAttribute("tabindex") === "-1")) {
        path.setAttribute("tabindex", "-1");
        next.setAttribute("tabindex", "0");
      }
      next.focus();
    },

    // --- the filter ----------------------------------------------------------------------------------------------

    // Rows, sections and projects that a filter finds; all are of the page's own date.
    found(key) {
      const data = this._data, [projects, sections] = data.states, doubted = new Set(data.doubted || []);
      const state = (row) => (row[C.SECTION] < 0 ? projects[row[C.PROJECT]] : sections[row[C.SECTION]]);
      const flags = { doubt: (row, place) => row[C.CHECK] === CONFLICT || doubted.has(place), stale: (row) => row[C.STALE] };
      const fits = flags[key] || ((row) => state(row) === key && (row[C.STAGE] === HANDED_OVER || key === "d"));
      const rows = data.rows.flatMap((row, place) => (fits(row, place) ? [place] : []));
      const places = (states, of) => [...states].flatMap((letter, number) => (letter === key ? [number] : []))
        .concat(flags[key] ? [...new Set(rows.map((place) => of(data.rows[place])).filter((number) => number >= 0))] : []);
      return {
        rows,
        sections: places(sections, (row) => row[C.SECTION]),
        projects: places(projects, (row) => (row[C.SECTION] < 0 ? row[C.PROJECT] : -1)),
      };
    },

    filter(key) {
      const data = this._data, found = key ? this.found(key) : { rows: [], sections: [], projects: [] };
      this.filtered = key;
      // The states are of the page's own date, and so is the map that shows them.
      if (key && this._weeks) this._weeks.go(data.timeline.stops.length - 1);
      const sections = new Set(found.sections), projects = new Set(found.projects);
      const cards = new Set([...projects, ...found.sections.map((number) => data.sections[number][0])]);
      this._light("match", found.rows, found.sections, found.projects, [...cards]);
      this._projects.forEach((drawn, number) => {
        if (!drawn) return;
        this._fade(drawn, key && !projects.has(number));
        drawn.label.out = Boolean(key) && !cards.has(number);
      });
      this._sections.forEach((drawn, number) => drawn && this._fade(drawn, key && !sections.has(number)));
      if (this._crowd) this._styleCrowd();
      this._layout();
      return found;
    },

    _fade(drawn, away) {
      drawn.away = Boolean(away);
      [drawn.casing, drawn.track, drawn.base, drawn.shown, drawn.beyond, ...drawn.exact.flatMap((span) => span.lines)].forEach((line) => line && line.getElement().classList.toggle("away", Boolean(away)));
    },

    // --- the address ---------------------------------------------------------------------------------------------

    // Project, section and week of the map, in the address: #ql4b/loc-binh/2024-W44. What is picked is a step to come
    // back from; the week, and that nothing is picked any more, are none.
    _tell() {
      if (!this._addressed) return;
      const data = this._data, [kind, number] = this.picked || [], stops = data.timeline.stops;
      const parts = kind === "section" ? [data.projects[data.sections[number][0]].id, data.sections[number][11]] : kind ? [data.projects[number].id] : [];
      const own = parts.join("/"), { closed } = history.state || {}, step = own && own !== this._own && !closed && !this._following;
      const state = { closed: !own && Boolean(this._own || closed) };
      if (this.stop < stops.length - 1) parts.push(stops[this.stop][3]);
      // A project whose id is that of a part of the page is told apart by the stroke after it.
      const path = parts.map(encodeURIComponent).join("/"), hash = path && document.getElementById(path) ? `#${path}/` : path && `#${path}`;
      this._own = own;
      if (hash === location.hash || (!hash && !this._ours)) return;
      this._ours = hash;
      history[step ? "pushState" : "replaceState"](state, "", hash || location.href.split("#")[0]);
    },

    // Shows what an address names; what it does not know it says. The anchors of the page stay what they are.
    follow() {
      const data = this._data, hash = plain(location.hash.slice(1)), last = data.timeline.stops.length - 1;
      if ((hash && document.getElementById(hash)) || location.hash === (this._ours || "")) return;
      const parts = hash.split("/").filter(Boolean), unknown = [];
      const named = parts.filter((part) => !/^\d{4}-W\d{2}$/.test(part)), weeks = parts.filter((part) => !named.includes(part));
      const project = data.projects.findIndex((one) => one.id === named[0]);
      const section = project < 0 || named.length < 2 ? -1 : data.sections.findIndex((one) => one[0] === project && one[11] === named[1]);
      unknown.push(...named.slice(project < 0 ? 0 : section < 0 ? 1 : 2));
      let stop = last;
      weeks.forEach((week, i) => {
        const at = i ? -1 : data.timeline.stops.findIndex((one) => one[3] === week);
        if (at < 0) unknown.push(week);
        else stop = at;
      });
      this._ours = location.hash;
      this._following = true;
      if (project >= 0 || unknown.length < parts.length || !hash) {
        if (this._weeks) this._weeks.go(stop);
        if (project < 0) this._shut();
        if (project < 0) this.pick();
        else this.show(section < 0 ? "project" : "section", section < 0 ? project : section, false);
        if (hash) this._into();
      }
      this._following = false;
      this._tools.say(unknown.length ? fill(data.words.unknown_link, { parts: unknown.map((part) => `“${part}”`).join(", ") }) : "");
    },

    // Closes a popup, and what is picked stays so.
    _shut() {
      this._changing = true;
      this._map.closePopup();
      this._changing = false;
    },

    // On a page of ours: rows of the table that pick, and the address.
    _onPage() {
      this._addressed = true;
      this._clicked = (event) => {
        const row = event.target.closest && event.target.closest("#progress tr[data-row]");
        if (!row || event.target.closest("a, button") || String(getSelection())) return;
        const [project, section] = this._data.rows[row.dataset.row];
        this._shut();
        if (section < 0) this.pick("project", project);
        else this.pick("section", section);
      };
      this._changed = () => this.follow();
      document.addEventListener("click", this._clicked);
      window.addEventListener("hashchange", this._changed);
    },

    _offPage() {
      document.removeEventListener("click", this._clicked);
      window.removeEventListener("hashchange", this._changed);
    },
  };

  function plain(text) {
    try { return decodeURIComponent(text); } catch { return text; }
  }

  // The filter: a list to choose from, how many it finds, and the way back.
  function filters(layer, data, say) {
    const w = data.words, count = (found) => found.sections.length + found.projects.length;
    const choice = el("select", { "aria-label": w.filter, onchange: () => set(choice.value) },
      el("option", { value: "" }, w.filter),
      FILTERS.map((key) => {
        const many = count(layer.found(key));
        return el("option", { value: key, disabled: !many }, `${filterName(w, key)} (${many})`);
      }));
    const back = el("button", { type: "button", class: "clear", hidden: true, onclick: () => { set(""); choice.focus(); } }, w.filter_off);
    const set = (key) => {
      const found = layer.filter(key);
      choice.value = key;
      back.hidden = !key;
      say(key ? fill(w.filter_found, { state: filterName(w, key), sections: found.sections.length, projects: found.projects.length }) : "");
    };
    return [choice, back];
  }

  Object.assign(lsinfra, { selecting, filters, plain });
})();
