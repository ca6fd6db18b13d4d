// Names on the map. One pass lays them all out, what matters most first: each takes the best free one of some places
// beside its own, none lies on another or on a control, and what finds no room is left away until the map moves.
(() => {
  const { el, said } = lsinfra;
  const PRECISION = 100000;
  const LABELS = 200; // place names; with more of them none are tried
  const STEPS = [1, 5, 10], ROOM = 40; // km between two ticks: the first that leaves this many pixels
  const DOT = 5; // pixels from the middle of a place's dot to its edge
  const KINDS = { gate: 3, city: 3, town: 4 };
  const PIN = 0, PROJECT = 1, PLACE = 5, KM = 6, SECTION = 7, UNIT = 8; // the order in which they take their room

  const point = (pair) => [pair[0] / PRECISION, pair[1] / PRECISION];

  // The points of a line as ground.py writes it.
  function decode(steps) {
    const points = [];
    for (let i = 0, lat = 0, lon = 0; i < steps.length; i += 2) {
      lat += steps[i];
      lon += steps[i + 1];
      points.push([lat / PRECISION, lon / PRECISION]);
    }
    return points;
  }

  // The same line in pixels of the world at zoom 0, with the box around it; no object for each point.
  function flat(map, steps) {
    const { crs } = map.options, points = new Float64Array(steps.length), at = { lat: 0, lng: 0 }, box = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0, lat = 0, lon = 0; i < steps.length; i += 2) {
      lat += steps[i];
      lon += steps[i + 1];
      at.lat = lat / PRECISION;
      at.lng = lon / PRECISION;
      const { x, y } = crs.latLngToPoint(at, 0);
      points[i] = x;
      points[i + 1] = y;
      if (x < box[0]) box[0] = x;
      if (y < box[1]) box[1] = y;
      if (x > box[2]) box[2] = x;
      if (y > box[3]) box[3] = y;
    }
    return { points, box };
  }

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

  const written = (m) => `Km${Math.floor(m / 1000)}${m % 1000 ? `+${String(m % 1000).padStart(3, "0")}` : ""}`;

  // The vertices of a chain (ground.py): latitude, longitude, chainage in metres.
  function unchain(steps) {
    const points = [], at = [0, 0, 0];
    steps.forEach((step, i) => {
      at[i % 3] += step;
      if (i % 3 === 2) points.push([...point(at), at[2]]);
    });
    return points;
  }

  // Where a chainage lies on a chain, with the vertices around it.
  function along(points, m) {
    let i = 1;
    while (i < points.length - 1 && points[i][2] < m) i++;
    const a = points[i - 1], b = points[i], share = (m - a[2]) / (b[2] - a[2] || 1);
    return { at: [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])], a, b };
  }

  // The ticks of a chain for one step in metres: where each stands, how it lies across the line, its number. No zoom
  // changes them.
  function ticks(map, points, step) {
    const first = points[0][2], last = points[points.length - 1][2], every = new Set([first, last]);
    for (let m = Math.ceil(first / step) * step; m < last; m += step) every.add(m);
    return [...every].map((m) => {
      const { at, a, b } = along(points, m), from = map.project(a, 0), to = map.project(b, 0);
      const x = to.x - from.x, y = to.y - from.y, far = Math.hypot(x, y) || 1, [nx, ny] = [-y / far, x / far];
      return { rank: KM, at: L.latLng(at), nx, ny, text: written(m), tries: across(nx, ny, 10) };
    });
  }

  // Beside a point, the right side first; across a line on both of its sides.
  const beside = (w, h) => [[8, -h / 2], [-8 - w, -h / 2], [-w / 2, -h - 7], [-w / 2, 7], [6, -h - 3], [6, 3], [-6 - w, -h - 3], [-6 - w, 3]];
  const across = (nx, ny, off) => (w, h) => [1, -1].map((side) => [side * nx * (off + w / 2) - w / 2, side * ny * (off + h / 2) - h / 2]);
  const around = (w, h) => [[14, -h / 2], [-14 - w, -h / 2], [9, -h - 9], [9, 9], [-9 - w, -h - 9], [-9 - w, 9], [-w / 2, 24], [-w / 2, -24 - h], [34, -h / 2], [-34 - w, -h / 2], [-w / 2, 60], [-w / 2, -60 - h]];
  const within = (w, h) => [[-w / 2, -h / 2], [-w / 2, 10], [-w / 2, -10 - h]];

  // How many of some points lie in a box and 4 pixels around it; sums over the screen, so that asking costs nothing.
  let sums = new Int32Array(0);
  function counter(points, width, height) {
    const across = width + 2, room = across * (height + 2);
    if (sums.length === room) sums.fill(0);
    else sums = new Int32Array(room);
    for (const [x, y] of points) if (x >= 0 && y >= 0 && x <= width && y <= height) sums[(Math.floor(y) + 1) * across + Math.floor(x) + 1] += 1;
    for (let i = across + 1; i < sums.length; i++) if (i % across) sums[i] += sums[i - 1] + sums[i - across] - sums[i - across - 1];
    const within = (at, most) => Math.min(Math.max(Math.round(at), 0), most + 1);
    return ([left, top, right, bottom]) => {
      const [x0, x1] = [within(left - 4, width), within(right + 4, width)], [y0, y1] = [within(top - 4, height) * across, within(bottom + 4, height) * across];
      return sums[y1 + x1] - sums[y0 + x1] - sums[y1 + x0] + sums[y0 + x0];
    };
  }

  const labelling = {
    // A label: its anchor moves with the map, its box is put beside it.
    _label(rank, at, box, tries, held = box, into = this) {
      held.setAttribute("aria-hidden", "true"); // the lines say it, and the search; a heap of names tells nothing
      const marker = L.marker(at, { interactive: false, keyboard: false, zIndexOffset: rank === PROJECT ? 10000 : 0, icon: L.divIcon({ className: "label-anchor", html: held, iconSize: [0, 0] }) }).addTo(into);
      return { rank, at, box, tries, marker };
    },

    _names(data) {
      this._marks = L.layerGroup().addTo(this);
      this._labels = [];
      this._chains = data.routes.map(([id, title, projects, range, off, chain]) => ({ id, title, projects, range, off, points: unchain(chain), ticks: new Map() }));
      this._kmSizes = new Map();
      this._kms = new Set();
      if (data.places.length <= LABELS) {
        data.places.forEach(([title, kind, lat, lon]) => {
          const box = said(title), held = el("div", { class: `place ${kind}` }, el("i"), box);
          this._labels.push(this._label(KINDS[kind] || PLACE, point([lat, lon]), box, beside, held));
        });
      }
      ((data.units || {}).names || []).forEach(([name, lat, lon, width]) => {
        this._labels.push({ ...this._label(UNIT, point([lat, lon]), said(name, { class: "unit" }), within), span: () => this._apart(point([lat, lon]), point([lat, lon + width])) });
      });
    },

    _projectLabel(project, lines, flats) {
      const box = el("div", { class: "project-label" }, el("bdi", { class: "name", title: project.title }, project.name), el("span", { class: "figures" }), el("span", { class: "amount" }), el("span", { class: "plan" }), el("div", { class: "seen" }, el("span", { class: "when" }), el("span", { class: "marks" })));
      return { ...this._label(PROJECT, lines[0][0], box, around), flats };
    },

    // Its unit beside a section that is long enough on the screen.
    _sectionLabel(name, hit, at) {
      this._labels.push({ ...this._label(SECTION, at, said(name, { class: "part" }), beside), span: () => {
        const box = hit.getBounds();
        return this._apart(box.getSouthWest(), box.getNorthEast()) * 0.8;
      } });
    },

    // Pixels between two places at the present zoom.
    _apart(a, b) {
      return this._map.latLngToLayerPoint(a).distanceTo(this._map.latLngToLayerPoint(b));
    },

    // Ticks and numbers of the chainage that was published, closer the nearer one looks; a route without any has none.
    // All ticks are one path. A number is on the page only where it finds room.
    _ticks() {
      const map = this._map, view = map.getBounds().pad(0.02), scale = map.getZoomScale(map.getZoom(), 0), lines = [], numbers = [];
      for (const chain of this._chains) {
        const { points } = chain;
        if (!points.length) continue;
        chain.length ??= points.slice(1).reduce((sum, at, i) => sum + map.project(at, 0).distanceTo(map.project(points[i], 0)), 0);
        const span = points[points.length - 1][2] - points[0][2], step = 1000 * STEPS.find((km) => (km * 1000 * chain.length * scale) / span >= ROOM);
        if (!step) continue;
        if (!chain.ticks.has(step)) chain.ticks.set(step, ticks(map, points, step));
        for (const tick of chain.ticks.get(step)) {
          if (!view.contains(tick.at)) continue;
          const here = map.latLngToLayerPoint(tick.at), end = (side) => map.layerPointToLatLng([here.x + side * tick.nx * 8, here.y + side * tick.ny * 8]);
          lines.push([end(-1), end(1)]);
          numbers.push(tick);
        }
      }
      this._marks.clearLayers();
      if (lines.length) L.polyline(lines, { color: "var(--ink)", weight: 1.5, interactive: false, smoothFactor: 0, noClip: true, className: "tick" }).addTo(this._marks);
      return numbers;
    },

    // How large the number of a tick will be. All digits are of one width, so that one of each form is measured.
    _kmSize(text) {
      const form = text.replace(/\d/g, "0");
      if (!this._kmSizes.has(form)) {
        const box = el("span", { class: "km" }, form), held = el("div", { class: "label-anchor crowded" }, box);
        this._map.getPanes().markerPane.append(held);
        this._kmSizes.set(form, [box.offsetWidth, box.offsetHeight]);
        held.remove();
      }
      return this._kmSizes.get(form);
    },

    // The numbers that found room, each on the page as long as it has it.
    _putKms(shown) {
      this._kms.forEach((one) => {
        if (shown.has(one)) return;
        this.removeLayer(one.marker);
        one.marker = one.box = null;
      });
      this._kms = shown;
    },

    // While the weeks go by (stay) the projects' names keep their places, as long as they fit there.
    _layout(stay) {
      if (!this._data || this._fitting) return;
      const map = this._map, container = map.getContainer(), frame = container.getBoundingClientRect(), { x: width, y: height } = map.getSize();
      const projects = this._projects.filter(Boolean);
      const labels = [...(this._pin ? [this._pin.label] : []), ...projects.map((one) => one.label), ...this._labels, ...this._ticks()].sort((a, b) => a.rank - b.rank);
      const taken = [...container.querySelectorAll(".leaflet-control, .obstacle")].map((one) => one.getBoundingClientRect()).filter((box) => box.width)
        .map((box) => [box.left - frame.left, box.top - frame.top, box.right - frame.left, box.bottom - frame.top]);
      const hits = (a, b) => a[0] < b[2] + 3 && b[0] < a[2] + 3 && a[1] < b[3] + 1 && b[1] < a[3] + 1;
      const free = (box) => box[0] >= 0 && box[1] >= 0 && box[2] <= width && box[3] <= height && !taken.some((other) => hits(box, other));
      const dots = projects.map(({ label }) => label.flats.flatMap((line) => this._dots(line, width, height))), all = dots.flat(), kms = new Set();
      const spots = this._labels.filter((one) => one.rank <= PLACE).map((one) => map.latLngToContainerPoint(one.at)).flatMap(({ x, y }) => [[x, y], [x, y], [x, y]]);
      const hidden = counter(all.concat(spots), width, height);
      // Everything is measured before anything is moved: the browser lays the page out once with the amounts, once without.
      projects.forEach(({ label }) => label.box.classList.add("full"));
      projects.forEach(({ label }) => { label.full = [label.box.offsetWidth, label.box.offsetHeight]; });
      projects.forEach(({ label }) => label.box.classList.remove("full"));
      labels.forEach((one) => { one.size = one.rank === KM ? this._kmSize(one.text) : [one.box.offsetWidth, one.box.offsetHeight]; });
      const pinned = this._pin && this._pin.label.box.textContent; // its name stands there once
      for (const label of labels) {
        const [w, h] = label.size, boxed = (x, y) => [x, y, x + w, y + h];
        let best = null;
        const attempt = (x, y, extra) => label.tries(w, h).forEach(([dx, dy], i) => {
          if (best && best.cost <= i + extra) return;
          const box = boxed(x + dx, y + dy);
          if (!free(box)) return;
          const cost = 3 * hidden(box) + i + extra;
          if (!best || cost < best.cost) best = { dx, dy, box, cost, x, y };
        });
        if (label.rank === PROJECT) {
          const own = dots[projects.findIndex((one) => one.label === label)], kept = label.put && map.latLngToContainerPoint(label.marker.getLatLng());
          const box = kept && boxed(kept.x + label.put[0], kept.y + label.put[1]);
          if (stay === true && box && free(box)) best = { dx: label.put[0], dy: label.put[1], box, x: kept.x, y: kept.y };
          else if (!label.out) for (let i = 0; i < 11 && own.length; i++) {
            const [x, y] = own[Math.round((own.length - 1) * (0.5 + (i % 2 ? -1 : 1) * Math.ceil(i / 2) * 0.09))];
            attempt(x, y, 2 * i);
          }
          if (best) label.marker.setLatLng(map.containerPointToLatLng([best.x, best.y]));
        } else if ((!label.span || label.span() > w) && (label.rank === PIN || !label.box || label.box.textContent !== pinned)) {
          const { x, y } = map.latLngToContainerPoint(label.at), dot = [x - DOT, y - DOT, x + DOT, y + DOT];
          // The dot of a place stands and goes with its name, and takes room of its own.
          if (label.rank <= PLACE && label.rank !== PIN) {
            if (free(dot)) attempt(x, y, 0);
            if (best) taken.push(dot);
          } else if (x > -20 && y > -20 && x < width + 20 && y < height + 20) attempt(x, y, 0);
        }
        label.put = best && [best.dx, best.dy];
        if (best && label.rank === KM) {
          kms.add(label);
          if (!label.box) Object.assign(label, this._label(KM, label.at, el("span", { class: "km" }, label.text), label.tries));
        }
        if (label.box) label.box.classList.toggle("crowded", !best);
        if (!best) continue;
        Object.assign(label.box.style, { left: `${best.dx}px`, top: `${best.dy}px` });
        taken.push((label.taken = best.box));
      }
      projects.forEach(({ label }) => { if (label.put) this._enlarge(label, taken, free, hidden); });
      this._putKms(kms);
    },

    // The amount beside the share, where the room for it is left by all other names and no more of a line is hidden.
    _enlarge(label, taken, free, hidden) {
      const [w, h] = label.size, [full, high] = label.full, [left, top] = label.taken;
      taken.splice(taken.indexOf(label.taken), 1);
      const boxes = [0, w - full].flatMap((dx) => [0, h - high].map((dy) => [left + dx, top + dy, left + dx + full, top + dy + high]));
      const box = boxes.find((one) => free(one) && hidden(one) <= hidden(label.taken)), [x, y] = box || label.taken;
      label.box.classList.toggle("full", Boolean(box));
      Object.assign(label.box.style, { left: `${label.put[0] + x - left}px`, top: `${label.put[1] + y - top}px` });
      taken.push(box || label.taken);
    },

    // Points of a flat line that are on the screen, some ten pixels apart.
    _dots({ points, box: [left, top, right, bottom] }, width, height) {
      const map = this._map, scale = map.getZoomScale(map.getZoom(), 0), { x: ox, y: oy } = map.getPixelOrigin().subtract(map.layerPointToContainerPoint([0, 0])), dots = [];
      if (right * scale < ox || left * scale > ox + width || bottom * scale < oy || top * scale > oy + height) return dots;
      let ax = Math.round(points[0] * scale) - ox, ay = Math.round(points[1] * scale) - oy;
      for (let i = 2; i < points.length; i += 2) {
        const bx = Math.round(points[i] * scale) - ox, by = Math.round(points[i + 1] * scale) - oy, far = Math.hypot(bx - ax, by - ay);
        if (this._crowd && far < 6 && i < points.length - 2) continue; // of many lines fewer points are enough
        if (Math.max(ax, bx) >= 0 && Math.min(ax, bx) <= width && Math.max(ay, by) >= 0 && Math.min(ay, by) <= height) {
          const steps = Math.min(Math.ceil(far / 10), 3000) || 1;
          for (let step = 0; step <= steps; step++) {
            const x = ax + ((bx - ax) * step) / steps, y = ay + ((by - ay) * step) / steps;
            if (x >= 0 && y >= 0 && x <= width && y <= height) dots.push([x, y]);
          }
        }
        [ax, ay] = [bx, by];
      }
      return dots;
    },

    // A pin at a place that was looked for, with its name.
    _pinned(at, text) {
      this._unpin();
      const layer = L.layerGroup().addTo(this);
      L.circleMarker(at, { radius: 7, color: "var(--link)", weight: 3, fillColor: "var(--ground)", fillOpacity: 1, interactive: false }).addTo(layer);
      this._pin = { layer, label: this._label(PIN, at, said(text, { class: "pin" }), around, undefined, layer) };
    },

    _unpin() {
      if (this._pin) this.removeLayer(this._pin.layer);
      this._pin = null;
    },
  };

  Object.assign(lsinfra, { labelling, along, written, decode, flat, point, middle });
})();
