// The layer of progress: lines, popups, controls, what the lines are coloured by.
(() => {
  const { C, COMPLETE, NO_DATA, COLORS, BEYOND, el, fill, chip, decode, flat, point, middle, look, quietColor, sectionPopup, projectPopup, worksPopup } = lsinfra;
  const NEAR = 150; // sections; with more of them their ends are not marked, and Tab goes to the first line only
  const HIT = 26; // pixels: no line is harder to touch than this
  const LACKING = 3; // projects named as without a figure

  // --- the layer -------------------------------------------------------------------------------------------------

  const ProgressLayer = L.FeatureGroup.extend({
    includes: [lsinfra.labelling, lsinfra.selecting, lsinfra.finding, lsinfra.crowding, lsinfra.controlling, lsinfra.obstructing || {}],

    onAdd(map) {
      L.FeatureGroup.prototype.onAdd.call(this, map);
      this._map = map;
      this.ready = lsinfra.data().then((data) => { if (!this._data) this._draw(map, data); });
      this.ready.catch(lsinfra.broken);
    },

    onRemove(map) {
      (this._controls || []).forEach((control) => control.remove());
      [this._weeks, this._tools].forEach((one) => one && one.remove());
      map.off("moveend resize", this._layout, this);
      this._disperse(map);
      this._offPage();
      this._controls = this._weeks = this._tools = this._pin = this._lit = this._data = null;
      this.clearLayers();
      L.FeatureGroup.prototype.onRemove.call(this, map);
    },

    _draw(map, data) {
      this._data = data;
      this.land = true;
      this.measure = null;
      this.stop = data.timeline.stops.length - 1;
      const container = map.getContainer();
      container.classList.add("lsinfra");
      if (!container.hasAttribute("aria-label")) Object.entries({ role: "group", "aria-label": data.words.map_keys }).forEach(([name, value]) => container.setAttribute(name, value));
      if (map.attributionControl) {
        // Leaflet's own prefix carries a flag, which an official page of a province must not.
        map.attributionControl.setPrefix("Leaflet");
        if (data.attribution) map.attributionControl.addAttribution(el("i", null, el("span", null, data.attribution)).innerHTML);
      }
      this._spans = new Map();
      data.timeline.exact.forEach((one) => this._spans.set(`${one[0]} ${one[1]}`, [...(this._spans.get(`${one[0]} ${one[1]}`) || []), one]));
      // A page of ours fits the map when its own head is there; nothing is laid out before that.
      this._fitting = Boolean(lsinfra.page || data.fit);
      this._gather(data);
      if (data.sections.length <= NEAR) lsinfra.closely(map);
      this._context(data);
      this._projects = data.projects.map((project, number) => this._project(data, project, number));
      this._names(data);
      this._sections = this._crowded(data) || data.sections.map((section, number) => this._section(data, section, number));
      this._exact(data);
      this._spots(data);
      if (data.obstacles.length) this._obstacles(data);
      this._tools = lsinfra.tools(this, map, data);
      this._controls = [this._zoom(map, data), this._switch(data), this._legend(data), this._assured(data), L.control.scale({ imperial: false, position: "bottomright" })];
      this._controls = this._controls.filter(Boolean);
      this._controls.forEach((control) => control.addTo(map));
      this._north(data);
      this._keys(map, container);
      this._style();
      this._weeks = lsinfra.weeks(this, map, data);
      map.on("moveend resize", this._layout, this);
      if (data.fit && !lsinfra.page) this.fit();
      else if (!lsinfra.page) this._layout();
      if (this._tools.under) this._onPage();
    },

    // The whole layer in view, clear of the legend where there is room beside it.
    fit() {
      this._fitting = true; // names are laid out once, when it is done
      this._map.invalidateSize({ animate: false });
      const [south, west, north, east] = this._data.bounds, wide = this._wide(), { x, y } = this._map.getSize();
      // A map that is hidden, or as small as its margins, has none: Leaflet would look for a zoom that is no number.
      const room = x > 200 && y > 160;
      const fitted = (right) => this._map.fitBounds([[south, west], [north, east]], { animate: false, paddingTopLeft: room ? [wide ? 70 : 16, wide ? 30 : 56] : [0, 0], paddingBottomRight: room ? [right, 44] : [0, 0] });
      fitted(wide ? 110 : 24);
      if (wide && this._hidden()) fitted(this._beside());
      this._fitting = false;
      if (this._crowd) this._crowd.draw();
      this._layout();
    },

    // Whether an open legend lies on a line.
    _hidden() {
      const legend = this._map.getContainer().querySelector(".legend[open]"), { x, y } = this._map.getSize();
      if (!legend) return false;
      const left = x - legend.offsetWidth - 24, bottom = legend.offsetTop + legend.offsetHeight + 12;
      return this._projects.some((one) => one && one.flats.some((line) => this._dots(line, x, y).some((at) => at[0] > left && at[1] < bottom)));
    },

    _wide() {
      return this._map.getSize().x > 640;
    },

    // Proposals, finished works and the border: there to find one's way, never measured.
    _context(data) {
      if (data.units.lines) L.polyline(data.units.lines.map(decode), { ...lsinfra.UNITS, interactive: false, className: "bounds" }).addTo(this);
      if (data.border.length) {
        const lines = data.border.map(decode);
        L.polyline(lines, { color: "var(--ground)", weight: 5, interactive: false }).addTo(this);
        L.polyline(lines, { ...lsinfra.BORDER, interactive: false }).addTo(this);
      }
      data.quiet.forEach((work, number) => work[3].forEach((line) => {
        const shape = L.polyline(decode(line), { color: quietColor(work), weight: 2.5, dashArray: work[0] ? null : "3 5", className: "quiet" });
        shape.addTo(this);
        this._active(shape, this._workName(work), (at) => this._works(at || middle(asLines(shape.getLatLngs())), [number], shape));
      }));
    },

    // Works that are points lie above the wide lines that take the clicks; those of one place have one marker.
    _spots(data) {
      const pane = "lsinfra-spots";
      if (!this._map.getPane(pane)) this._map.createPane(pane).style.zIndex = 450;
      data.spots.forEach(([lat, lon, works]) => {
        const at = point([lat, lon]), many = works.length > 1;
        // Where the map is too small to tell two places apart, one click tells of both.
        const near = () => data.spots.filter((other) => this._apart(at, point(other)) < HIT).flatMap((other) => other[2]);
        L.circleMarker(at, { pane, radius: many ? 6.5 : 5, color: quietColor(data.quiet[works[0]]), weight: 2.5, fillColor: "var(--ground)", fillOpacity: 1, interactive: false }).addTo(this);
        const hit = L.circleMarker(at, { pane, radius: HIT / 2, color: "var(--link)", weight: 3, opacity: 0, fillOpacity: 0, className: "quiet spot" }).addTo(this);
        this._active(hit, works.map((number) => this._workName(data.quiet[number])).join("; "), () => this._works(at, near(), hit));
      });
    },

    _works(at, numbers, shape) {
      this._open(at, worksPopup(this._data, numbers), shape);
      this.pick();
    },

    _workName(work) {
      const w = this._data.words;
      return `${work[0] ? w.finished : w.proposed}: ${work[1]}`;
    },

    // An edge around a line keeps its colour apart from the ground.
    _line(lines, color, weight) {
      return L.polyline(lines, { color, weight, lineCap: "butt", interactive: false }).addTo(this);
    },

    _project(data, project, number) {
      const lines = project.line.map(decode), flats = project.line.map((line) => flat(this._map, line));
      if (!lines.length) return null;
      const [casing, base, shown] = this._crowd ? [] : [this._line(lines, "var(--edge)", 6.5), this._line(lines, "var(--track)", 5), this._line(lines, "", 5)];
      const content = () => this._past(projectPopup(data, number, this), this._level("project", number));
      const hit = this._hit(lines, "project", number);
      return { lines, flats, casing, base, shown, hit, exact: [], label: this._projectLabel(project, lines, flats), content, at: () => this._inView(lines) };
    },

    _section(data, section, number) {
      const lines = section[4].map(decode);
      if (!lines.length) return null;
      const track = this._line(lines, "var(--edge)", 9.5), base = this._line(lines, "var(--track)", 8), shown = this._line(lines, "", 8);
      const beyond = section[8] ? L.polyline(lines, { ...BEYOND, interactive: false }).addTo(this) : null;
      const exact = this._stretches(1, number, section[6], 8);
      const content = this._told(number), hit = this._hit(lines, "section", number);
      if (data.sections.length <= NEAR) {
        lines.forEach((line) => [line[0], line[line.length - 1]].forEach((end) =>
          L.circleMarker(end, { radius: 2.5, color: "var(--edge)", weight: 1, fillColor: "var(--ground)", fillOpacity: 1, interactive: false }).addTo(this)));
        this._sectionLabel(section[1], hit, middle(lines));
      }
      return { track, base, shown, beyond, exact, hit, content, at: () => this._inView(lines) };
    },

    // What the popup of a section says.
    _told(number) {
      return () => this._past(sectionPopup(this._data, number, this), this._level("section", number));
    },

    // The middle of some lines, or of what is seen of them where that is out of sight.
    _inView(lines) {
      const view = this._map.getBounds(), at = middle(lines);
      return view.contains(at) ? at : lines.flat().find((one) => view.contains(one)) || at;
    },

    // A project's own published stretches lie on its line, above its sections.
    _exact(data) {
      data.projects.forEach((project, number) => {
        if (this._projects[number]) this._projects[number].exact = this._stretches(0, number, project.exact, 5);
      });
    },

    // The stretches of each span of stops; those of the page's own date stand with the project or the section.
    _stretches(kind, number, own, weight) {
      const stops = this._data.timeline.stops.length;
      return (this._spans.get(`${kind} ${number}`) || []).map(([, , first, after, lines]) => {
        const held = after === stops ? own : lines, draw = (line) => L.polyline(decode(line), { color: COLORS[COMPLETE], weight, lineCap: "butt", interactive: false }).addTo(this);
        return { first, after, visible: true, held, lines: this._crowd ? [] : held.map(draw) };
      });
    },

    _hit(lines, kind, number) {
      const hit = this._hitLine(lines);
      this._active(hit, "", (at) => {
        const section = this._under(at);
        if (section < 0) this.show(kind, number, true, at);
        else this.show("section", section, true, at);
      });
      return hit;
    },

    _hitLine(lines) {
      return L.polyline(lines, { color: "var(--link)", opacity: 0, weight: HIT, noClip: true, className: "hit" }).addTo(this);
    },

    // A shape that opens a popup by a click or by Enter, and can be reached by Tab and the arrows.
    _active(shape, name, open) {
      const path = shape.getElement();
      path.setAttribute("tabindex", this._data.sections.length > NEAR && this._reached ? "-1" : "0");
      this._reached = true;
      path.setAttribute("role", "button");
      path.setAttribute("aria-label", name);
      path.ownerSVGElement.setAttribute("role", "group"); // a drawing is an image to a screen reader, with nothing to press in it
      shape.on("click", (event) => {
        L.DomEvent.stop(event);
        open(event.latlng);
      });
      path.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return this._walk(event, path);
        event.preventDefault();
        event.stopPropagation();
        return open();
      });
    },

    _open(at, content, shape, focus = true) {
      const size = this._map.getSize(), wide = this._wide(), last = document.activeElement;
      this._opening = true; // the popup before closes, and what is picked stays
      // Where one came from is where one goes back to: the row, the list, or the line itself.
      this._asked = last && last !== document.body && !last.closest(".leaflet-popup") ? last : shape.getElement();
      this._popup = L.popup({ maxWidth: Math.min(380, size.x - 48), minWidth: Math.min(300, size.x - 60), maxHeight: Math.min(480, Math.max(160, size.y - (wide ? 150 : 170))), autoPanPaddingTopLeft: [12, wide ? 52 : 12], autoPanPaddingBottomRight: [this._beside(), wide ? 44 : 60] })
        .setLatLng(at).setContent(content).openOn(this._map);
      this._opening = false;
      const close = this._popup.getElement().querySelector(".leaflet-popup-close-button");
      close.setAttribute("aria-label", this._data.words.close);
      if (focus) content.focus({ preventScroll: true });
    },

    // A project or a section: picked everywhere, its popup open on the map; false where it is not drawn.
    show(kind, number, focus = true, at = null, about = "") {
      const drawn = (kind === "section" ? this._sections : this._projects)[number];
      if (!drawn) return false;
      if (kind === "section") this._walkTo(number);
      const content = drawn.content();
      if (about) content.querySelector("h3").after(el("p", { class: "hint" }, about));
      this._open(at || drawn.at(), content, drawn.hit, focus);
      this.pick(kind, number);
      return true;
    },

    // The width that an open legend takes from a popup, where both fit side by side.
    _beside() {
      const legend = this._map.getContainer().querySelector(".legend[open]"), taken = legend ? legend.offsetWidth + 24 : 0;
      return this._map.getSize().x > taken + 480 ? Math.max(taken, 12) : 12;
    },

    _keys(map, container) {
      container.addEventListener("keydown", (event) => {
        if (event.key !== "Escape") return;
        if (this._popup && this._popup.isOpen()) this._popup.close();
        else if (this.picked || this._pin) this.pick();
        else return;
        event.stopPropagation();
        this._layout();
      });
      // On a small map a popup needs the room of the controls.
      map.on("popupopen popupclose", (event) => container.classList.toggle("popup-open", event.type === "popupopen"));
      map.on("popupclose", (event) => {
        if (event.popup !== this._popup || this._opening) return;
        const inside = event.popup.getElement().contains(document.activeElement);
        if (inside && this._asked && this._asked.isConnected) this._asked.focus({ preventScroll: true });
        if (!this._changing) this.pick();
      });
    },

    // --- colours -------------------------------------------------------------------------------------------------

    // "land" by whatever was published, a measure by its place, or "money".
    mode(name) {
      this.land = name !== "money";
      this.measure = name === "land" || !this.land ? null : Number(name);
      this._restyle();
      this._layout();
      if (this._weeks) this._weeks.say();
    },

    // The map of another stop; what its popup says is not of that day any more.
    go(stop) {
      if (stop === this.stop) return;
      this.stop = stop;
      this._restyle();
      this._tell();
      clearTimeout(this._later);
      this._later = setTimeout(() => this._layout(true), 300);
    },

    // What is picked stays so, though its popup is gone.
    _restyle() {
      this._shut();
      this._style();
    },

    // The class of a project or a section at the present stop.
    _level(kind, number) {
      if (kind === "section" && this.land) return this._code("sections", number);
      const project = kind === "section" ? this._data.sections[number][0] : number;
      return this.land ? this._code("projects", project) : Number(this._data.timeline.money[project][this.stop]);
    },

    // A sign of the timeline at a stop, by the measure that is shown; "whole": whether it is the project's.
    _code(name, number, stop = this.stop) {
      const line = this._data.timeline, by = this.measure === null ? line : line.by[this.measure];
      const codes = by ? by[name][number] || (by[name][number] === 0 ? line[name][number] : "") : "";
      return codes ? Number(codes[stop]) : name === "whole" ? 0 : NO_DATA;
    },

    _past(content, level) {
      const hint = lsinfra.hint(this._data, this.stop, level);
      if (hint) content.querySelector("h3").after(hint);
      return content;
    },

    _style() {
      const data = this._data;
      if (this._barriers) this._stand();
      data.projects.forEach((project, number) => { if (this._projects[number]) this._styleProject(project, number); });
      if (this._crowd) this._styleCrowd();
      else data.sections.forEach((section, number) => { if (this._sections[number]) this._styleSection(section, number); });
      const w = data.words, what = this.what();
      this._legendTitle.textContent = !this.land ? w.legend_money : this.measure === null ? w.legend_land : `${w.legend_land} (${this._unit()})`;
      this._dashes.textContent = this.land ? w.dash_land : w.dash_money;
      const none = data.projects.filter((_, number) => !this._head(number).head.length).map((one) => one.name);
      this._lacking.textContent = none.length ? fill(w.lacking, { what, projects: none.slice(0, LACKING).join("; ") + (none.length > LACKING ? `; ${fill(w.more_projects, { count: none.length - LACKING })}` : "") }) : "";
    },

    // What the map is coloured by.
    what() {
      const w = this._data.words;
      return !this.land ? w.by_money : this.measure === null ? w.handed_over : fill(w.counted, { unit: this._unit() });
    },

    _unit() {
      const w = this._data.words;
      return [w.ha, w.km, w.households, w.parcels][this.measure];
    },

    // Only what differs from what is drawn is drawn again: a step touches few lines of many.
    _redraw(drawn, part, style) {
      const said = JSON.stringify(style), known = (drawn.styles ||= {});
      if (known[part] === said) return;
      known[part] = said;
      drawn[part].setStyle(style);
    },

    _name(drawn, text) {
      if (drawn.name === text) return;
      drawn.name = text;
      drawn.hit.getElement().setAttribute("aria-label", text);
    },

    // Whether any stretch is drawn where it is; each only at the stops at which it was known.
    _show(drawn) {
      let any = false;
      for (const span of drawn.exact) {
        const visible = this.land && span.first <= this.stop && this.stop < span.after;
        if (visible !== span.visible) span.lines.forEach((line) => line.setStyle({ opacity: visible ? 1 : 0 }));
        span.visible = visible;
        any ||= visible;
      }
      return any;
    },

    _styleProject(project, number) {
      const w = this._data.words, drawn = this._projects[number], box = drawn.label.box;
      const { head, marks, plan } = this._head(number);
      if (drawn.shown) this._redraw(drawn, "shown", look(this._level("project", number), 5));
      this._show(drawn);
      this._name(drawn, `${project.title}: ${this._spoken(head, marks)}`);
      const [share, figure, when, stale] = head;
      const put = (name, text, ...classes) => Object.assign(box.querySelector(`.${name}`), { textContent: text, className: [name, ...classes].join(" ") });
      put("figures", share || figure || (this.measure === null ? w.no_rate : w.no_figure), share ? "" : "none");
      put("amount", share ? figure : "");
      put("plan", plan);
      // The word for the sign of an old figure is in the legend and in the line's spoken name.
      put("when", when || "", stale ? "stale-date" : "");
      box.querySelector(".marks").replaceChildren(...marks.map(([kind, text]) => chip(kind, text)));
    },

    // The texts of a project at the present stop.
    _head(number) {
      return lsinfra.headAt(this._data, number, this);
    },

    // Whether the map shows the page's own date.
    _now() {
      return this.stop === this._data.timeline.stops.length - 1;
    },

    // The class of a section, whether it is the whole project's figure, is drawn at all, has stretches of its own.
    _look(section, number) {
      const level = this._code("sections", number), whole = this._code("whole", number) === 1, exact = this._show(this._sections[number]);
      // A figure of the whole project is on the project's own line; the section only keeps its place to click.
      return { level, whole, exact, own: this.land && !whole && !section[8] && (exact || level !== NO_DATA) };
    },

    _styleSection(section, number) {
      const drawn = this._sections[number], { level, whole, exact, own } = this._look(section, number), opacity = own ? 1 : 0;
      this._redraw(drawn, "shown", { ...look(level, 8), opacity: exact ? 0 : opacity });
      this._redraw(drawn, "track", { opacity });
      this._redraw(drawn, "base", { opacity });
      this._name(drawn, this._sectionName(section, number, level, whole));
    },

    _sectionName(section, number, level, whole) {
      return `${this._data.words.section} ${section[1]}, ${this._data.projects[section[0]].title}: ${this._sectionSaid(section, number, level, whole)}`;
    },

    // What a section's line says aloud; on the map of an earlier day its class, for its figure is of the page's date.
    _sectionSaid(section, number, level, whole) {
      const data = this._data, w = data.words, { head, marks } = this._head(section[0]);
      if (section[8]) return w.beyond;
      if (!this.land || (whole && this._now())) return `${w.whole_project}: ${this._spoken(head, marks)}`;
      if (!this._now()) return whole ? `${w.whole_project}: ${lsinfra.className(w, level)}` : lsinfra.className(w, level);
      const { row } = lsinfra.colouring(data, number, this);
      return row ? this._spoken([row[C.SHARE] || row[C.STATED], row[C.FIGURE], row[C.DATE], row[C.STALE]], lsinfra.doubted(data, row)) : this._spoken([], []);
    },

    // A figure with its share, its date and what is to be known about it, for a screen reader.
    _spoken(head, marks) {
      const w = this._data.words;
      if (!head.length) return this._now() ? w.not_published : this.land ? w.no_whole_yet : w.class7;
      const [share, figure, when, stale] = head;
      return [figure, share, when, stale ? w.old : "", ...marks.map(([, text]) => text)].filter(Boolean).join(", ");
    },
  });

  const asLines = (latlngs) => (Array.isArray(latlngs[0]) ? latlngs : [latlngs]).map((line) => line.map((at) => [at.lat, at.lng]));

  lsinfra.layer = () => (lsinfra.drawn = new ProgressLayer());

  // On a map alone this says that it is drawn; a page with more around it says so itself.
  document.addEventListener("DOMContentLoaded", async () => {
    if (!lsinfra.drawn || lsinfra.page) return;
    try {
      await lsinfra.drawn.ready;
      if (lsinfra.drawn._addressed) lsinfra.drawn.follow();
      document.documentElement.dataset.ready = "true";
    } catch (error) { lsinfra.broken(error); }
  });
})();
