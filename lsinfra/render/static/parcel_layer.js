// The layer of a Leaflet map with the parcels of a project, their route and the bins of it: what is painted in which
// order, what is at a place, what is brought into view.
(() => {
  const { ZOOM, WORLD, EQUATOR_M, STEPS, east, south, points, shapes, chain, place, cut } = lsinfra.ground;
  const { every, written, ParcelCanvas, LOOKS, LINES, ORDER, CLEARED, UNCLEARED, UNREGISTERED } = lsinfra;
  const CHUNK = 400; // parcels whose paths are made and left away together
  const SEEN = 3; // px that a common parcel must have before it is drawn by itself
  const NUMBERED = 60; // px that a parcel must have for its number
  const REACH = 14; // px around a line in which it is touched
  const SHORTEST = 3; // px: a stretch that is not handed over is never drawn shorter than this
  const TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200],
    TICK_ROOM = 74; // km; px between two of them
  const BAR = 56; // px of the longest bar across the line

  class Parcels {
    constructor(map, data) {
      const {
        lines,
        stretches,
        bins,
        bounds: [low, west, high, right],
      } = data;
      Object.assign(this, {
        map,
        data,
        stages: new Set(data.stages.map((_, i) => i)),
        unit: -1,
        picked: -1,
        lit: null,
      });
      this.corner = [Math.floor(east(west)), Math.floor(south(high))];
      this.held = shapes(data.parcels, this.corner);
      this.lines = lines.map((line) => chain(line, this.corner));
      this.borders = data.borders.map((line) => points(line, this.corner));
      this.stretches = stretches.map(([line, state, from, to]) => ({
        line,
        state,
        from,
        to,
        path: cut(this.lines[line], from, to),
      }));
      this.bins = bins.map((bin) => ({ ...bin, path: cut(this.lines[bin.line], bin.from, bin.to) }));
      // Where no line is, only the ground of the pages of parcels can be shown.
      this.boxes = data.parts
        .filter((one) => one.line < 0)
        .map(({ box }) => [
          east(box[1]) - this.corner[0],
          south(box[2]) - this.corner[1],
          east(box[3]) - this.corner[0],
          south(box[0]) - this.corner[1],
        ]);
      this.blockers = new Set(
        data.longest
          ? data.longest.ends.flatMap((end) => end.parcels.map((one) => one.row)).filter((row) => row >= 0)
          : [],
      );
      this.metres = (EQUATOR_M * Math.cos(((low + high) / 2) * (Math.PI / 180))) / WORLD; // of one pixel at zoom 18
      this.across = east(right) - east(west) > south(low) - south(high);
      this._chunk();
      Object.assign(map.createPane("parcels").style, { zIndex: 350, pointerEvents: "none" });
      this.canvas = new ParcelCanvas();
      Object.assign(this.canvas, { _owner: this, _corner: this.corner });
      this.canvas.addTo(map);
      map.on("click", (event) => this._touched(event.latlng));
      map.on("mousemove", (event) => {
        map.getContainer().style.cursor = this._near() && this.at(event.latlng) >= 0 ? "pointer" : "";
      });
    }

    get count() {
      return this.held.count;
    }

    // Whether a parcel is of what was asked for; one across a border is of both units.
    matches(i) {
      const { parcels } = this.data;
      return (
        this.stages.has(every(parcels.stages, i)) &&
        (this.unit < 0 || this.data.groups[every(parcels.units, i)].includes(this.unit))
      );
    }

    get filtered() {
      return this.unit >= 0 || this.stages.size < this.data.stages.length;
    }

    // Another unit is brought into view, so that the map is not empty; the whole when none is chosen any more.
    filter(stages, unit) {
      const other = unit !== this.unit;
      Object.assign(this, { stages: new Set(stages), unit });
      this._chunks.forEach((chunk) => {
        chunk.paths = null;
      });
      if (other && this.count) this._fitMatching();
      this.canvas.draw();
    }

    _fitMatching() {
      if (this.unit < 0) return void this.fit();
      const { boxes } = this.held,
        box = [Infinity, Infinity, -Infinity, -Infinity];
      for (let i = 0; i < this.count; i++)
        if (this.matches(i))
          for (let side = 0; side < 4; side++)
            box[side] = Math[side < 2 ? "min" : "max"](box[side], boxes[4 * i + side]);
      if (box[0] < box[2]) this._view(box, [34, 34]);
    }

    _view([left, top, right, bottom], padding) {
      this.map.fitBounds([this._latlng(left, bottom), this._latlng(right, top)], {
        animate: false,
        maxZoom: ZOOM,
        padding,
      });
    }

    // --- painting ------------------------------------------------------------------------------------------------

    _chunk() {
      const { boxes, count } = this.held;
      this._chunks = [];
      for (let from = 0; from < count; from += CHUNK) {
        const to = Math.min(count, from + CHUNK),
          box = [Infinity, Infinity, -Infinity, -Infinity];
        for (let i = from; i < to; i++)
          for (let side = 0; side < 4; side++)
            box[side] = Math[side < 2 ? "min" : "max"](box[side], boxes[4 * i + side]);
        this._chunks.push({ from, to, box, paths: null });
      }
    }

    _trace(path, i) {
      const { xy, first, starts } = this.held;
      for (let ring = first[i]; ring < first[i + 1]; ring++) {
        path.moveTo(xy[starts[ring]], xy[starts[ring] + 1]);
        for (let at = starts[ring] + 2; at < starts[ring + 1]; at += 2) path.lineTo(xy[at], xy[at + 1]);
        path.closePath();
      }
    }

    _paths(chunk) {
      if (chunk.paths) return chunk.paths;
      const paths = LOOKS.map(() => null),
        add = (name, i) => this._trace((paths[name] ||= new Path2D()), i);
      for (let i = chunk.from; i < chunk.to; i++) add(this.matches(i) ? every(this.data.parcels.stages, i) : "rest", i);
      return (chunk.paths = paths);
    }

    // Whether parcels are large enough on the screen to be drawn one by one.
    _near() {
      return (
        this.count > 0 && (this.data.typical_m / this.metres) * this.map.getZoomScale(this.map.getZoom(), ZOOM) >= SEEN
      );
    }

    _paint(pen, frame, canvas) {
      const { k, dx, dy, width, height, sharp } = frame,
        near = this._near(),
        colour = (name) => canvas._colour(name);
      const within = ([left, top, right, bottom]) =>
        right * k + dx > -20 && left * k + dx < width + 20 && bottom * k + dy > -20 && top * k + dy < height + 20;
      const world = () => pen.setTransform(sharp * k, 0, 0, sharp * k, sharp * dx, sharp * dy),
        screen = () => pen.setTransform(sharp, 0, 0, sharp, 0, 0);
      const draw = (flat, name, weight, dash = [], cap = "butt") => {
        Object.assign(pen, { strokeStyle: colour(name), lineWidth: weight, lineCap: cap, lineJoin: "round" });
        pen.setLineDash(dash);
        pen.beginPath();
        pen.moveTo(flat[0] * k + dx, flat[1] * k + dy);
        for (let i = 2; i < flat.length; i += 2) pen.lineTo(flat[i] * k + dx, flat[i + 1] * k + dy);
        pen.stroke();
      };
      this.borders.forEach((line) => draw(line, "--edge", 1, [1, 3]));
      this.boxes.forEach(([left, top, right, bottom]) =>
        draw([left, top, right, top, right, bottom, left, bottom, left, top], "--link", 1.5),
      );
      if (!near) this._route(near, draw, colour, pen, frame);
      // From afar the line says it all; parcels by themselves only where some were asked for, or where there is no line.
      if (near || this.filtered || !this.stretches.length) {
        world();
        pen.setLineDash([]);
        const seen = this._chunks.filter((chunk) => within(chunk.box)).map((chunk) => this._paths(chunk));
        const each = (name, use) =>
          seen.forEach((paths) => {
            if (paths[name]) use(paths[name]);
          });
        Object.assign(pen, { strokeStyle: colour("--strong"), lineWidth: 0.7 / k, lineJoin: "round" });
        if (near) each("rest", (path) => pen.stroke(path));
        ORDER.forEach((stage) => {
          pen.fillStyle = near ? canvas._fill(pen, stage, k) : colour(LOOKS[stage].colour);
          Object.assign(
            pen,
            near
              ? { strokeStyle: colour("--edge"), lineWidth: 0.8 / k }
              : { strokeStyle: colour(LOOKS[stage].colour), lineWidth: 5 / k },
          );
          each(stage, (path) => {
            pen.fill(path, "evenodd");
            pen.stroke(path);
          });
        });
        if (near)
          this._outline(
            pen,
            [...this.blockers].filter((i) => this.matches(i)),
            colour("--doubt-edge"),
            2.5 / k,
          );
        screen();
      }
      if (near) this._route(near, draw, colour, pen, frame);
      if (this.picked >= 0) {
        world();
        this._outline(pen, [this.picked], colour("--ground"), 6 / k);
        this._outline(pen, [this.picked], colour("--link"), 3.5 / k);
        screen();
      }
      if (this.lit) draw(this.lit, "--link", 4);
      this._names(pen, frame, colour, near, within);
    }

    _outline(pen, some, colour, weight) {
      const path = new Path2D();
      some.forEach((i) => this._trace(path, i));
      Object.assign(pen, { strokeStyle: colour, lineWidth: weight, lineJoin: "round" });
      pen.setLineDash([]);
      pen.stroke(path);
    }

    // The line by its stretches, over it the longest one; bars across it where parcels are too many.
    _route(near, draw, colour, pen, { k, dx, dy }) {
      const weight = near ? 3 : 7,
        faint = this.filtered && !near,
        { longest } = this.data;
      pen.globalAlpha = faint ? 0.25 : 1;
      this.lines.forEach(({ flat, m }) => {
        if (m) draw(flat, near ? "--ground" : "--edge", weight + 2);
        if (m) draw(flat, "--track", weight);
        else draw(flat, "--line", 2, [6, 4]);
      });
      if (longest && !near) {
        const path = (this._longest ||= cut(this.lines[longest.line], longest.from, longest.to));
        draw(path, "--ink", weight + 7);
        draw(path, "--ground", weight + 3);
      }
      [CLEARED, UNREGISTERED, UNCLEARED].forEach((state) =>
        this.stretches.forEach((one) => {
          if (one.state === state)
            draw(state === UNCLEARED ? this._seen(one, k) : one.path, LINES[state].colour, weight, LINES[state].dash);
        }),
      );
      pen.globalAlpha = 1;
      if (!near && this.data.large) this._bars(colour, pen, { k, dx, dy }, weight);
    }

    // A bar for each bin, all of them to one side: down where the route runs across the map, to the right where it runs down.
    _bars(colour, pen, { k, dx, dy }, weight) {
      const most = Math.max(...this.bins.map((bin) => bin.total)),
        { across } = this;
      pen.setLineDash([]);
      this.bins.forEach((bin) => {
        const [ax, ay] = bin.path,
          [bx, by] = bin.path.slice(-2),
          { x, y } = place(this.lines[bin.line], (bin.from + bin.to) / 2);
        const thick = Math.min(16, Math.max(2, 0.7 * k * Math.abs(across ? bx - ax : by - ay))),
          at = [x * k + dx, y * k + dy];
        let far = weight + 5;
        ORDER.forEach((stage) => {
          const long = (BAR * bin.areas[stage]) / most,
            from = far;
          if (!long) return;
          far += long;
          const bar = across
            ? [at[0] - thick / 2, at[1] + from, thick, long]
            : [at[0] + from, at[1] - thick / 2, long, thick];
          // As in the legend: solid is only what is handed over.
          pen.fillStyle = this.canvas._fill(pen, stage, 1);
          pen.fillRect(...bar);
          Object.assign(pen, { strokeStyle: colour(LOOKS[stage].colour), lineWidth: 0.8 });
          pen.strokeRect(...bar);
        });
      });
    }

    // A stretch at least as long as can be seen.
    _seen({ path, line, from, to }, k) {
      const wanted = (SHORTEST * this.metres) / k,
        { m } = this.lines[line];
      if (to - from >= wanted) return path;
      const middle = (from + to) / 2;
      return cut(this.lines[line], Math.max(m[0], middle - wanted / 2), Math.min(m[m.length - 1], middle + wanted / 2));
    }

    // Km along the line, the names of the units.
    _names(pen, { k, dx, dy, width, height }, colour, near, within) {
      Object.assign(pen, {
        font: '600 12px system-ui, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif',
        lineJoin: "round",
        textAlign: "center",
        textBaseline: "middle",
      });
      pen.setLineDash([]);
      const taken = [],
        say = (text, x, y, ink, weight = 3.5) => {
          const half = pen.measureText(text).width / 2 + 5;
          if (
            x < half ||
            y < 10 ||
            x > width - half ||
            y > height - 10 ||
            taken.some(([a, b, c]) => Math.abs(y - b) < 17 && Math.abs(x - a) < half + c)
          )
            return false;
          taken.push([x, y, half]);
          Object.assign(pen, { strokeStyle: colour("--map"), fillStyle: colour(ink), lineWidth: weight });
          pen.strokeText(text, x, y);
          pen.fillText(text, x, y);
          return true;
        };
      const step = 1000 * (TICKS.find((km) => (km * 1000 * k) / this.metres >= TICK_ROOM) || TICKS[TICKS.length - 1]);
      this.lines.forEach((line) => {
        if (!line.m) return;
        const first = line.m[0],
          last = line.m[line.m.length - 1],
          marks = [];
        for (let m = Math.ceil(first / step) * step; m <= last; m += step) marks.push(m);
        (marks.length > 1 ? marks : [first, ...marks, last]).forEach((m) => {
          const at = place(line, m),
            x = at.x * k + dx,
            y = at.y * k + dy;
          if (x < -40 || y < -40 || x > width + 40 || y > height + 40) return;
          const next = 2 * Math.min(at.low + 1, line.m.length - 1),
            [tx, ty] = [line.flat[next] - line.flat[2 * at.low], line.flat[next + 1] - line.flat[2 * at.low + 1]],
            long = Math.hypot(tx, ty) || 1;
          // On the side of the line where no bar is.
          const flip = this.data.large && (this.across ? -tx : ty) > 0 ? -1 : 1,
            [nx, ny] = [(flip * ty) / long, (-flip * tx) / long];
          if (!say(written(m), x + nx * 34, y + ny * 18, "--ink")) return;
          Object.assign(pen, { strokeStyle: colour("--ink"), lineWidth: 1.5 });
          pen.beginPath();
          pen.moveTo(x, y);
          pen.lineTo(x + nx * 10, y + ny * 10);
          pen.stroke();
        });
      });
      pen.font = pen.font.replace("600", "400");
      if (near)
        this._numbers(
          pen,
          within,
          (x) => x * k + dx,
          (y) => y * k + dy,
          say,
        );
      this.data.names.forEach(([name, lat, lon]) =>
        say(
          name,
          (east(lon / STEPS) - this.corner[0]) * k + dx,
          (south(lat / STEPS) - this.corner[1]) * k + dy + (this.data.large ? BAR + 36 : 34),
          "--faint",
        ),
      );
    }

    // The number of each parcel that has the room for it.
    _numbers(pen, within, atX, atY, say) {
      const { boxes } = this.held,
        { ids } = this.data.parcels,
        room = (i) => atX(boxes[4 * i + 2]) - atX(boxes[4 * i]);
      this._chunks
        .filter((chunk) => within(chunk.box))
        .forEach(({ from, to }) => {
          for (let i = from; i < to; i++) {
            if (room(i) < NUMBERED || ids[i].length * 7 > room(i) || !this.matches(i)) continue;
            say(
              ids[i],
              (atX(boxes[4 * i]) + atX(boxes[4 * i + 2])) / 2,
              (atY(boxes[4 * i + 1]) + atY(boxes[4 * i + 3])) / 2,
              "--ink",
            );
          }
        });
    }

    // --- asking ----------------------------------------------------------------------------------------------------

    _flat({ lat, lng }) {
      return [east(lng) - this.corner[0], south(lat) - this.corner[1]];
    }

    _latlng(x, y) {
      const share = 0.5 - (y + this.corner[1]) / WORLD;
      return L.latLng(
        (Math.atan(Math.sinh(2 * Math.PI * share)) * 180) / Math.PI,
        ((x + this.corner[0]) / WORLD - 0.5) * 360,
      );
    }

    // The parcel at a place, -1 for none; of those that overlap one that was asked for.
    at(latlng) {
      const [x, y] = this._flat(latlng),
        { xy, first, starts, boxes } = this.held;
      let found = -1;
      for (const { from, to, box } of this._chunks) {
        if (x < box[0] || x > box[2] || y < box[1] || y > box[3]) continue;
        for (let i = from; i < to; i++) {
          if (x < boxes[4 * i] || x > boxes[4 * i + 2] || y < boxes[4 * i + 1] || y > boxes[4 * i + 3]) continue;
          let inside = false;
          for (let ring = first[i]; ring < first[i + 1]; ring++) {
            for (let a = starts[ring], b = starts[ring + 1] - 2; a < starts[ring + 1]; b = a, a += 2) {
              if (
                xy[a + 1] > y !== xy[b + 1] > y &&
                x < ((xy[b] - xy[a]) * (y - xy[a + 1])) / (xy[b + 1] - xy[a + 1]) + xy[a]
              )
                inside = !inside;
            }
          }
          if (inside && this.matches(i)) return i;
          if (inside) found = i;
        }
      }
      return found;
    }

    // The nearest place on a line within reach: which line, at which chainage; null for none.
    on(latlng) {
      const [x, y] = this._flat(latlng),
        k = this.map.getZoomScale(this.map.getZoom(), ZOOM);
      let least = (REACH / k) ** 2,
        found = null;
      this.lines.forEach(({ flat, m }, line) => {
        for (let i = 2; m && i < flat.length; i += 2) {
          const ax = flat[i - 2],
            ay = flat[i - 1],
            px = flat[i] - ax,
            py = flat[i + 1] - ay;
          const share = Math.min(1, Math.max(0, ((x - ax) * px + (y - ay) * py) / (px * px + py * py || 1)));
          const far = (x - ax - share * px) ** 2 + (y - ay - share * py) ** 2;
          if (far < least) [least, found] = [far, { line, m: m[i / 2 - 1] + share * (m[i / 2] - m[i / 2 - 1]) }];
        }
      });
      return found;
    }

    _touched(latlng) {
      const parcel = this._near() ? this.at(latlng) : -1;
      if (parcel >= 0) return this.show(parcel, false);
      const place = this.on(latlng);
      return place ? this.tell(place.line, place.m) : this.pick(-1);
    }

    pick(i) {
      this.picked = i;
      this.lit = null;
      this.canvas.draw();
    }

    // What is told of a parcel is made by the page (lsinfra.parcelCard), as is that of a place on the line.
    show(i, move = true) {
      const [left, top, right, bottom] = this.held.boxes.slice(4 * i, 4 * i + 4),
        low = this._latlng(left, bottom),
        high = this._latlng(right, top);
      if (move) this.map.fitBounds([low, high], { animate: false, maxZoom: ZOOM, padding: [80, 80] });
      this._open([(low.lat + high.lat) / 2, (low.lng + high.lng) / 2], lsinfra.parcelCard(this, i));
      this.pick(i);
    }

    tell(line, m, zoom = null) {
      const { x, y } = place(this.lines[line], m),
        at = this._latlng(x, y);
      if (zoom !== null) this.map.setView(at, Math.max(zoom, this.map.getZoom()), { animate: false });
      this._open(at, lsinfra.placeCard(this, line, m));
    }

    // A stretch of a line, all of it in view.
    stretch(line, from, to) {
      const path = cut(this.lines[line], from, to),
        box = [Infinity, Infinity, -Infinity, -Infinity];
      path.forEach((one, i) => {
        box[i % 2] = Math.min(box[i % 2], one);
        box[2 + (i % 2)] = Math.max(box[2 + (i % 2)], one);
      });
      this.map.closePopup();
      this._view(box, [40, 40]);
      this.pick(-1);
      this.lit = path;
      this.canvas.draw();
    }

    _open(at, content) {
      const last = document.activeElement,
        { x, y } = this.map.getSize();
      this._asked = last && last !== document.body && !last.closest(".leaflet-popup") ? last : this.map.getContainer();
      this._popup = L.popup({
        minWidth: Math.min(260, x - 60),
        maxWidth: Math.min(340, x - 48),
        maxHeight: Math.max(160, y - 130),
        autoPanPadding: [14, 14],
      })
        .setLatLng(at)
        .setContent(content)
        .openOn(this.map);
      this._popup.on("remove", () => {
        if (this._popup.getElement().contains(document.activeElement) && this._asked.isConnected)
          this._asked.focus({ preventScroll: true });
      });
      this._popup
        .getElement()
        .querySelector(".leaflet-popup-close-button")
        .setAttribute("aria-label", this.data.words.close);
      content.focus({ preventScroll: true });
    }

    // The zoom at which parcels are drawn one by one.
    get closest() {
      return Math.min(ZOOM, Math.ceil(ZOOM + Math.log2((SEEN * this.metres) / this.data.typical_m)) + 1);
    }

    fit() {
      const [low, west, high, right] = this.data.bounds;
      this.map.invalidateSize({ animate: false });
      this.map.fitBounds(
        [
          [low, west],
          [high, right],
        ],
        { animate: false, padding: [34, 34] },
      );
    }
  }

  lsinfra.Parcels = Parcels;
})();
