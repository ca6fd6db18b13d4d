// The layer of progress: lines, labels, legend, the switch between land clearance and disbursement.
(() => {
  const { C, COMPLETE, NO_DATA, COLORS, BEYOND, el, said, look, quietColor, sectionPopup, projectPopup, worksPopup } = lsinfra;
  const PRECISION = 100000;
  const MANY = 150; // sections; with more of them their ends are not marked
  const LABELS = 200; // place names; with more of them none are tried

  function decode(steps) {
    const points = [];
    for (let i = 0, lat = 0, lon = 0; i < steps.length; i += 2) {
      lat += steps[i];
      lon += steps[i + 1];
      points.push([lat / PRECISION, lon / PRECISION]);
    }
    return points;
  }
  const point = (pair) => [pair[0] / PRECISION, pair[1] / PRECISION];

  // A place on the longest of some lines, by default its middle, where its name and its popup go.
  function middle(lines, share = 0.5) {
    const length = (line) => line.slice(1).reduce((sum, at, i) => sum + Math.hypot(at[0] - line[i][0], at[1] - line[i][1]), 0);
    const line = lines.reduce((best, other) => (length(other) > length(best) ? other : best));
    let left = length(line) * share;
    for (let i = 1; i < line.length; i++) {
      const [a, b] = [line[i - 1], line[i]], step = Math.hypot(b[0] - a[0], b[1] - a[1]);
      if (step >= left && step > 0) return [a[0] + ((b[0] - a[0]) * left) / step, a[1] + ((b[1] - a[1]) * left) / step];
      left -= step;
    }
    return line[0];
  }

  // --- the layer -------------------------------------------------------------------------------------------------

  const ProgressLayer = L.FeatureGroup.extend({
    onAdd(map) {
      L.FeatureGroup.prototype.onAdd.call(this, map);
      this._map = map;
      this.ready = lsinfra.data().then((data) => { if (!this._data) this._draw(map, data); });
      this.ready.catch(lsinfra.broken);
    },

    onRemove(map) {
      (this._controls || []).forEach((control) => control.remove());
      if (this._weeks) this._weeks.remove();
      this._controls = this._weeks = this._data = null;
      this.clearLayers();
      L.FeatureGroup.prototype.onRemove.call(this, map);
    },

    _draw(map, data) {
      this._data = data;
      this.land = true;
      this.stop = data.timeline.stops.length - 1;
      this._labels = [];
      const container = map.getContainer();
      container.classList.add("lsinfra");
      if (map.attributionControl) {
        // Leaflet's own prefix carries a flag, which an official page of a province must not.
        map.attributionControl.setPrefix("Leaflet");
        if (data.attribution) map.attributionControl.addAttribution(el("i", null, el("span", null, data.attribution)).innerHTML);
      }
      this._context(data);
      this._projects = data.projects.map((project, number) => this._project(data, project, number));
      this._sections = data.sections.map((section, number) => this._section(data, section, number));
      this._exact(data);
      this._spots(data);
      this._places(data);
      this._controls = [this._zoom(map, data), this._switch(data), this._legend(data), L.control.scale({ imperial: false, position: "bottomright" })];
      this._controls.forEach((control) => control && control.addTo(map));
      this._controls = this._controls.filter(Boolean);
      map.on("zoomend moveend resize", this._declutter, this);
      this._keys(map, container);
      this._style();
      this._weeks = lsinfra.weeks(this, map, data);
      if (data.fit) this.fit();
      this._declutter();
    },

    // The whole layer in view, clear of the legend where there is room beside it.
    fit() {
      const [south, west, north, east] = this._data.bounds, wide = this._map.getSize().x > 640;
      this._map.invalidateSize();
      this._map.fitBounds([[south, west], [north, east]], { animate: false, paddingTopLeft: [wide ? 70 : 16, wide ? 30 : 56], paddingBottomRight: [wide ? 110 : 60, 40] });
    },

    _zoom(map, data) {
      if (map.zoomControl) return null;
      return L.control.zoom({ position: "topleft", zoomInTitle: data.words.zoom_in, zoomOutTitle: data.words.zoom_out });
    },

    // Proposals, finished works and the border: there to find one's way, never measured.
    _context(data) {
      if (data.border.length) {
        const lines = data.border.map(decode);
        L.polyline(lines, { color: "#fff", weight: 5, interactive: false }).addTo(this);
        L.polyline(lines, { color: "#9aa1ab", weight: 1.5, dashArray: "10 3 2 3", interactive: false }).addTo(this);
      }
      data.quiet.forEach((work, number) => work[3].forEach((line) => {
        const shape = L.polyline(decode(line), { color: quietColor(work), weight: 2.5, dashArray: work[0] ? null : "3 5", className: "quiet" });
        this._active(shape.addTo(this), this._workName(work), () => worksPopup(data, [number]));
      }));
    },

    // Works that are points lie above the wide lines that take the clicks; those of one place have one marker.
    _spots(data) {
      const pane = "lsinfra-spots";
      if (!this._map.getPane(pane)) this._map.createPane(pane).style.zIndex = 450;
      data.spots.forEach(([lat, lon, works]) => {
        const at = point([lat, lon]), many = works.length > 1;
        // Where the map is too small to tell two places apart, one click tells of both.
        const near = () => data.spots.filter((other) => this._apart(at, point(other)) < 12).flatMap((other) => other[2]);
        L.circleMarker(at, { pane, radius: many ? 6.5 : 5, color: quietColor(data.quiet[works[0]]), weight: 2.5, fillColor: "#fff", fillOpacity: 1, interactive: false }).addTo(this);
        const hit = L.circleMarker(at, { pane, radius: 10, color: "#0b5cad", weight: 3, opacity: 0, fillOpacity: 0, className: "quiet spot" }).addTo(this);
        this._active(hit, works.map((number) => this._workName(data.quiet[number])).join("; "), () => worksPopup(data, near()));
      });
    },

    // Pixels between two places at the present zoom.
    _apart(a, b) {
      return this._map.latLngToLayerPoint(a).distanceTo(this._map.latLngToLayerPoint(b));
    },

    _workName(work) {
      const w = this._data.words;
      return `${work[0] ? w.finished : w.proposed}: ${work[1]}`;
    },

    _project(data, project, number) {
      const lines = project.line.map(decode);
      if (!lines.length) return null;
      L.polyline(lines, { color: "#fff", weight: 9, interactive: false }).addTo(this);
      L.polyline(lines, { color: "#cfd5dc", weight: 5, lineCap: "butt", interactive: false }).addTo(this);
      const shown = L.polyline(lines, { weight: 5, lineCap: "butt", interactive: false }).addTo(this);
      const content = () => this._past(projectPopup(data, number, this), this._level("project", number));
      const hit = this._hit(lines, content);
      const at = middle(lines);
      const label = el("div", { class: "project-label" }, el("bdi", { class: "name" }, project.title), el("span", { class: "figures" }), el("span", { class: "plan" }), el("span", { class: "when" }));
      return { lines, shown, hit, label, marker: this._label(at, label, 10000), open: () => this._open(at, content(), hit) };
    },

    _section(data, section, number) {
      const lines = section[4].map(decode);
      if (!lines.length) return null;
      const track = L.polyline(lines, { color: "#fff", weight: 11, lineCap: "butt", interactive: false }).addTo(this);
      const base = L.polyline(lines, { color: "#cfd5dc", weight: 8, lineCap: "butt", interactive: false }).addTo(this);
      const shown = L.polyline(lines, { weight: 8, lineCap: "butt", interactive: false }).addTo(this);
      if (section[8]) L.polyline(lines, { ...BEYOND, interactive: false }).addTo(this);
      const exact = this._stretches(1, number, section[6], 8);
      if (data.sections.length <= MANY) {
        lines.forEach((line) => [line[0], line[line.length - 1]].forEach((end) =>
          L.circleMarker(end, { radius: 2.5, color: "#5a626d", weight: 1, fillColor: "#fff", fillOpacity: 1, interactive: false }).addTo(this)));
      }
      const content = () => this._past(sectionPopup(data, number, this), this._level("section", number));
      const hit = this._hit(lines, content);
      return { track, base, shown, exact, hit, open: () => this._open(middle(lines), content(), hit) };
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
      return this._data.timeline.exact.filter((one) => one[0] === kind && one[1] === number).map(([, , first, after, lines]) => ({
        first, after, visible: true,
        lines: (after === stops ? own : lines).map((line) => L.polyline(decode(line), { color: COLORS[COMPLETE], weight, lineCap: "butt", interactive: false }).addTo(this)),
      }));
    },

    _hit(lines, content) {
      const hit = L.polyline(lines, { color: "#0b5cad", opacity: 0, weight: 20, noClip: true, className: "hit" }).addTo(this);
      this._active(hit, "", content);
      return hit;
    },

    // A shape that opens a popup by a click or by Enter, and can be reached by Tab.
    _active(shape, name, content) {
      const path = shape.getElement();
      path.setAttribute("tabindex", "0");
      path.setAttribute("role", "button");
      path.setAttribute("aria-label", name);
      const at = () => (shape.getLatLngs ? middle(asLines(shape.getLatLngs())) : shape.getLatLng());
      shape.on("click", (event) => this._open(event.latlng || at(), content(), shape));
      path.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        event.stopPropagation();
        this._open(at(), content(), shape);
      });
    },

    _open(at, content, shape) {
      const size = this._map.getSize();
      this._asked = shape.getElement();
      this._popup = L.popup({ maxWidth: Math.min(380, size.x - 48), minWidth: Math.min(300, size.x - 60), maxHeight: Math.min(480, Math.max(180, size.y - 130)), autoPanPaddingTopLeft: [12, 52], autoPanPaddingBottomRight: [this._beside(), 12] })
        .setLatLng(at).setContent(content).openOn(this._map);
      const close = this._popup.getElement().querySelector(".leaflet-popup-close-button");
      close.setAttribute("aria-label", this._data.words.close);
      content.tabIndex = -1;
      content.focus({ preventScroll: true });
    },

    // The width that an open legend takes from a popup, where both fit side by side.
    _beside() {
      const legend = this._map.getContainer().querySelector(".legend[open]"), taken = legend ? legend.offsetWidth + 24 : 0;
      return this._map.getSize().x > taken + 480 ? Math.max(taken, 12) : 12;
    },

    _keys(map, container) {
      container.addEventListener("keydown", (event) => {
        if (event.key !== "Escape" || !this._popup || !this._popup.isOpen()) return;
        event.stopPropagation();
        this._popup.close();
      });
      // On a small map a popup needs the room of the controls.
      map.on("popupopen popupclose", (event) => container.classList.toggle("popup-open", event.type === "popupopen"));
      map.on("popupclose", (event) => {
        const inside = event.popup === this._popup && event.popup.getElement().contains(document.activeElement);
        if (inside && this._asked && this._asked.isConnected) this._asked.focus({ preventScroll: true });
      });
    },

    // --- colours -------------------------------------------------------------------------------------------------

    mode(name) {
      this.land = name === "clear";
      this._style();
      this._map.closePopup();
      this._declutter();
      if (this._weeks) this._weeks.say();
    },

    // The map of another stop; what its popup says is not of that day any more.
    go(stop) {
      if (stop === this.stop) return;
      this.stop = stop;
      this._map.closePopup();
      this._style();
      clearTimeout(this._later);
      this._later = setTimeout(() => this._declutter(true), 300);
    },

    // The class of a project or a section at the present stop.
    _level(kind, number) {
      const { sections, projects, money } = this._data.timeline;
      if (kind === "section" && this.land) return Number(sections[number][this.stop]);
      return Number((this.land ? projects : money)[kind === "section" ? this._data.sections[number][0] : number][this.stop]);
    },

    _past(content, level) {
      const hint = lsinfra.hint(this._data, this.stop, level);
      if (hint) content.querySelector("h3").after(hint);
      return content;
    },

    _style() {
      const data = this._data;
      data.projects.forEach((project, number) => { if (this._projects[number]) this._styleProject(project, number); });
      data.sections.forEach((section, number) => { if (this._sections[number]) this._styleSection(section, number); });
      if (this._legendTitle) this._legendTitle.textContent = this.land ? data.words.legend_land : data.words.legend_money;
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
      const data = this._data, w = data.words, drawn = this._projects[number];
      const { head, press, plan } = this._head(number);
      this._redraw(drawn, "shown", look(this._level("project", number), 5));
      this._show(drawn);
      this._name(drawn, `${project.title}: ${this._spoken(head, press)}`);
      const [share, figure, , , when, , stale] = head;
      const put = (name, text, ...classes) => Object.assign(drawn.label.querySelector(`.${name}`), { textContent: text, className: [name, ...classes].join(" ") });
      put("figures", share || figure || w.no_rate, share ? "" : "none");
      put("plan", plan);
      // The word for the sign of an old figure is in the legend and in the line's spoken name.
      put("when", when || "", stale ? "stale-date" : "");
    },

    // The texts of a project at the present stop.
    _head(number) {
      const data = this._data, project = data.projects[number];
      if (!this._now()) return lsinfra.headAt(data, number, this.stop, this.land);
      return this.land ? { head: project.head, plan: "" } : { head: this._paid(project), plan: project.money[1] };
    },

    // Whether the map shows the page's own date.
    _now() {
      return this.stop === this._data.timeline.stops.length - 1;
    },

    _styleSection(section, number) {
      const data = this._data, w = data.words, land = this.land, drawn = this._sections[number], project = data.projects[section[0]];
      const level = Number(data.timeline.sections[number][this.stop]), whole = data.timeline.whole[number][this.stop] === "1";
      const exact = this._show(drawn);
      // A figure of the whole project is on the project's own line; the section only keeps its place to click.
      const own = land && !whole && !section[8] && (exact || level !== NO_DATA), opacity = own ? 1 : 0;
      this._redraw(drawn, "shown", { ...look(level, 8), opacity: exact ? 0 : opacity });
      this._redraw(drawn, "track", { opacity });
      this._redraw(drawn, "base", { opacity });
      this._name(drawn, `${w.section} ${section[1]}, ${project.title}: ${this._sectionSaid(section, level, whole)}`);
    },

    // What a section's line says aloud; on the map of an earlier day its class, for its figure is of the page's date.
    _sectionSaid(section, level, whole) {
      const data = this._data, w = data.words;
      if (section[8]) return w.beyond;
      if (!this._now()) {
        if (this.land) return whole ? `${w.whole_project}: ${w[`class${level}`]}` : w[`class${level}`];
        const { head, press } = this._head(section[0]);
        return `${w.whole_project}: ${this._spoken(head, press)}`;
      }
      const row = section[5][2] < 0 ? null : data.rows[section[5][2]];
      const figure = this._spoken(this.land ? row && headOf(row) : this._paid(data.projects[section[0]]));
      return !this.land || whole ? `${w.whole_project}: ${figure}` : figure;
    },

    // The money of a project's latest plan year, as its headline is written; nothing where none was published.
    _paid(project) {
      const place = project.money[2][0];
      return place === undefined ? [] : headOf(this._data.money[place]);
    },

    // A figure with its share, its date and what is to be known about it, for a screen reader.
    _spoken(head, fromPress = false) {
      const data = this._data, w = data.words;
      if (!head || !head.length) return this._now() ? w.not_published : this.land ? w.no_whole_yet : w.class7;
      const [share, figure, , , when, , stale, sources] = head, press = fromPress || sources.some((number) => data.sources[number].press);
      return [figure, share, when, stale ? w.old : "", press ? w.press : ""].filter(Boolean).join(", ");
    },

    // --- controls ------------------------------------------------------------------------------------------------

    _control(position, made) {
      const control = L.control({ position });
      control.onAdd = () => {
        L.DomEvent.disableClickPropagation(made);
        L.DomEvent.disableScrollPropagation(made);
        return made;
      };
      return control;
    },

    _switch(data) {
      const w = data.words;
      const option = (value, text, checked) => el("label", null,
        el("input", { type: "radio", name: "lsinfra-mode", value, checked, onchange: () => this.mode(value) }), el("span", null, text));
      return this._control("topright", el("fieldset", { class: "switch" },
        el("legend", null, w.show_on_map), option("clear", w.land, true), option("money", w.disbursement, false)));
    },

    _legend(data) {
      const wide = this._map.getSize().x > 640, { made, title } = lsinfra.legend(data, wide);
      this._legendTitle = title;
      return this._control(wide ? "topright" : "bottomright", made);
    },

    // --- names on the map ----------------------------------------------------------------------------------------

    _label(at, content, above = 0) {
      return L.marker(at, { interactive: false, zIndexOffset: above, keyboard: false, icon: L.divIcon({ className: "label-anchor", html: content, iconSize: [0, 0] }) }).addTo(this);
    },

    _places(data) {
      if (data.places.length > LABELS) return;
      const ranks = { gate: 1, city: 1, town: 2, railway_station: 3, junction: 3 };
      data.places.forEach(([title, kind, lat, lon]) => {
        const at = point([lat, lon]), rank = ranks[kind] || 3;
        const content = el("div", { class: `place ${kind}` }, el("i"), said(title));
        this._label(at, content);
        this._labels.push({ content, rank });
      });
    },

    // Names of projects go where they hide least; names of places that would lie on them or on each other are left away.
    // While the weeks go by (stay) the projects' names keep their places, as long as they fit there.
    _declutter(stay) {
      if (!this._data) return;
      const map = this._map, frame = map.getContainer().getBoundingClientRect();
      const taken = [...map.getContainer().querySelectorAll(".leaflet-control")].map((control) => control.getBoundingClientRect());
      const hits = (a, b) => a.left < b.right + 3 && b.left < a.right + 3 && a.top < b.bottom + 1 && b.top < a.bottom + 1;
      const free = (box) => box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom
        && !taken.some((other) => hits(box, other));
      const dots = this._projects.filter(Boolean).flatMap(({ lines }) => lines.flatMap((line) => this._dots(line, frame)));
      for (const project of this._projects.filter(Boolean)) {
        const kept = project.label.getBoundingClientRect();
        if (stay === true && free(kept)) {
          taken.push(kept);
          continue;
        }
        const [width, height] = [project.label.offsetWidth, project.label.offsetHeight];
        let best = null;
        for (const share of [0.5, 0.35, 0.65, 0.2, 0.8, 0.05, 0.95]) {
          const at = middle(project.lines, share), pixel = map.latLngToContainerPoint(at);
          for (const [dx, dy] of [[14, -height / 2], [-14 - width, -height / 2], [9, -height - 9], [9, 9], [-9 - width, -height - 9], [-9 - width, 9], [-width / 2, 60], [-width / 2, -60 - height]]) {
            const left = frame.left + pixel.x + dx, top = frame.top + pixel.y + dy;
            const box = { left, top, right: left + width, bottom: top + height };
            const hidden = dots.filter(([x, y]) => x > left - 5 && x < box.right + 5 && y > top - 5 && y < box.bottom + 5).length;
            const cost = (free(box) ? 0 : 1000) + 3 * hidden + 20 * Math.abs(share - 0.5);
            if (!best || cost < best.cost) best = { at, dx, dy, box, cost };
          }
        }
        project.marker.setLatLng(best.at);
        project.label.style.left = `${best.dx}px`;
        project.label.style.top = `${best.dy}px`;
        taken.push(best.box);
      }
      for (const { content } of [...this._labels].sort((a, b) => a.rank - b.rank)) {
        const name = content.querySelector("bdi");
        content.classList.remove("crowded", "left");
        let box = name.getBoundingClientRect();
        if (!free(box)) {
          content.classList.add("left");
          box = name.getBoundingClientRect();
        }
        if (free(box)) taken.push(box);
        else content.classList.add("crowded");
      }
    },

    // Points of a line on the screen, some ten pixels apart.
    _dots(line, frame) {
      const pixels = line.map((at) => this._map.latLngToContainerPoint(at)), dots = [];
      for (let i = 1; i < pixels.length; i++) {
        const steps = Math.min(Math.ceil(pixels[i].distanceTo(pixels[i - 1]) / 10), 200) || 1;
        for (let step = 0; step <= steps; step++) {
          dots.push([frame.left + pixels[i - 1].x + ((pixels[i].x - pixels[i - 1].x) * step) / steps, frame.top + pixels[i - 1].y + ((pixels[i].y - pixels[i - 1].y) * step) / steps]);
        }
      }
      return dots;
    },

    // From the page: open the popup of a project or a section.
    show(kind, number) {
      const drawn = (kind === "section" ? this._sections : this._projects)[number];
      if (drawn) drawn.open();
      return Boolean(drawn);
    },
  });

  // A row in the order of a project's headline (payload.headline_texts).
  const headOf = (row) => [row[C.SHARE] || row[C.STATED], row[C.FIGURE], row[C.BAR], row[C.CLASS], row[C.DATE], -1, row[C.STALE], row[C.SOURCE] < 0 ? [] : [row[C.SOURCE]]];
  const asLines = (latlngs) => (Array.isArray(latlngs[0]) ? latlngs : [latlngs]).map((line) => line.map((at) => [at.lat, at.lng]));

  lsinfra.layer = () => (lsinfra.drawn = new ProgressLayer());

  // On a map alone this says that it is drawn; a page with more around it says so itself.
  document.addEventListener("DOMContentLoaded", async () => {
    if (!lsinfra.drawn || lsinfra.page) return;
    try {
      await lsinfra.drawn.ready;
      document.documentElement.dataset.ready = "true";
    } catch (error) { lsinfra.broken(error); }
  });
})();
