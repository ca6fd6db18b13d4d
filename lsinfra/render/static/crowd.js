// Some hundred sections and more: all on one canvas, where as many lines of their own would take a browser minutes. One
// path lies on the canvas, on the section that was reached by keyboard or picked; the arrows move it to the next.
(() => {
  const { BEYOND, NO_DATA, decode, look } = lsinfra;
  const CROWD = 300; // sections; more of them go on the canvas
  const REACH = 13; // pixels around a line in which it is touched
  const AWAY = 0.16; // as in layer.css
  const SCHEMES = ["(prefers-color-scheme: dark)", "(forced-colors: active)", "print"];

  // A line in pixels of the world at zoom 0, with the box around it.
  function flat(map, line) {
    const points = new Float64Array(2 * line.length), box = [Infinity, Infinity, -Infinity, -Infinity];
    line.forEach((at, i) => {
      const { x, y } = map.project(at, 0);
      points[2 * i] = x;
      points[2 * i + 1] = y;
      box[0] = Math.min(box[0], x);
      box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x);
      box[3] = Math.max(box[3], y);
    });
    return { points, box };
  }

  // The square of the distance of (x, y) from the nearest of some joined points.
  function distance(points, x, y) {
    let least = Infinity;
    for (let i = 2; i < points.length; i += 2) {
      const ax = points[i - 2], ay = points[i - 1], dx = points[i] - ax, dy = points[i + 1] - ay;
      const share = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
      least = Math.min(least, (x - ax - share * dx) ** 2 + (y - ay - share * dy) ** 2);
    }
    return least;
  }

  const Canvas = L.Renderer.extend({
    options: { pane: "lsinfra-crowd" },

    _initContainer() {
      this._container = document.createElement("canvas");
      this._schemes = SCHEMES.map((query) => matchMedia(query));
      this._colours = new Map();
      this._again = () => {
        this._colours.clear();
        this.draw();
      };
      this._schemes.forEach((one) => one.addEventListener("change", this._again));
    },

    _destroyContainer() {
      this._schemes.forEach((one) => one.removeEventListener("change", this._again));
      this._container.remove();
      this._container = null;
    },

    // lines: of each section its lines in latitudes and longitudes.
    hold(map, lines) {
      this._lines = lines.map((some) => some.map((line) => flat(map, line)));
    },

    // styles: of each section null or its level (-1 for no colour of its own), whether it is beyond, whether away.
    style(styles) {
      this._styles = styles;
      this.draw();
    },

    _update() {
      if (this._map._animatingZoom && this._bounds) return;
      L.Renderer.prototype._update.call(this);
      const { min } = this._bounds, size = this._bounds.getSize(), sharp = L.Browser.retina ? 2 : 1;
      L.DomUtil.setPosition(this._container, min);
      Object.assign(this._container, { width: sharp * size.x, height: sharp * size.y });
      Object.assign(this._container.style, { width: `${size.x}px`, height: `${size.y}px` });
      const origin = this._map.getPixelOrigin().add(min);
      this._frame = { scale: this._map.getZoomScale(this._map.getZoom(), 0), x: origin.x, y: origin.y, width: size.x, height: size.y, sharp };
      this.draw();
    },

    // A canvas knows no variables of the style sheet: what they stand for, asked once for each scheme.
    _colour(text) {
      if (!this._colours.has(text)) this._colours.set(text, getComputedStyle(this._map.getContainer()).getPropertyValue(text.slice(4, -1)).trim());
      return this._colours.get(text);
    },

    draw() {
      if (!this._frame || !this._styles) return;
      const { scale, x, y, width, height, sharp } = this._frame, pen = this._container.getContext("2d");
      const seen = ([left, top, right, bottom]) => right * scale - x > -10 && left * scale - x < width + 10 && bottom * scale - y > -10 && top * scale - y < height + 10;
      const groups = new Map();
      this._styles.forEach((style, number) => {
        if (!style) return;
        const lines = this._lines[number].filter((line) => seen(line.box));
        if (!lines.length) return;
        const key = JSON.stringify(style);
        if (!groups.has(key)) groups.set(key, [style, []]);
        groups.get(key)[1].push(...lines);
      });
      const stroke = (lines, { color, weight, dashArray, lineCap }) => {
        pen.beginPath();
        for (const { points } of lines) {
          let px = points[0] * scale - x, py = points[1] * scale - y;
          pen.moveTo(px, py);
          for (let i = 2; i < points.length; i += 2) {
            const nx = points[i] * scale - x, ny = points[i + 1] * scale - y;
            // A bend of less than a pixel is not seen.
            if (i < points.length - 2 && Math.abs(nx - px) < 1 && Math.abs(ny - py) < 1) continue;
            pen.lineTo(nx, ny);
            [px, py] = [nx, ny];
          }
        }
        Object.assign(pen, { strokeStyle: this._colour(color), lineWidth: weight, lineCap: lineCap || "butt", lineJoin: "round" });
        pen.setLineDash(dashArray ? dashArray.split(" ").map(Number) : []);
        pen.stroke();
      };
      pen.setTransform(sharp, 0, 0, sharp, 0, 0);
      pen.clearRect(0, 0, width, height);
      // The edges of all lie under the colours of all, so that no group cuts another's ends.
      const all = [...groups.values()], alpha = (away) => { pen.globalAlpha = away ? AWAY : 1; };
      for (const [[, , away], lines] of all.filter(([[level]]) => level !== null)) {
        alpha(away);
        stroke(lines, { color: "var(--edge)", weight: 9.5 });
        stroke(lines, { color: "var(--track)", weight: 8 });
      }
      for (const [[level, beyond, away], lines] of all) {
        alpha(away);
        if (level !== null && level >= 0) stroke(lines, look(level, 8));
        if (beyond) stroke(lines, BEYOND);
      }
    },

    // The section nearest to a point of the layer, -1 where none is within reach.
    at(point) {
      const { scale } = this._frame, reach = REACH / scale, [x, y] = [point.x, point.y].map((one, i) => (one + (i ? this._map.getPixelOrigin().y : this._map.getPixelOrigin().x)) / scale);
      let found = -1, least = reach * reach;
      this._lines.forEach((lines, number) => lines.forEach(({ points, box: [left, top, right, bottom] }) => {
        if (x < left - reach || x > right + reach || y < top - reach || y > bottom + reach) return;
        const far = distance(points, x, y);
        if (far < least) [found, least] = [number, far];
      }));
      return found;
    },
  });

  const crowding = {
    // The sections of a crowd, in the place of lines of their own; null where they are few.
    _crowded(data) {
      if (data.sections.length <= CROWD) return null;
      const map = this._map, pane = "lsinfra-crowd";
      if (!map.getPane(pane)) Object.assign(map.createPane(pane).style, { zIndex: 410, pointerEvents: "none" });
      const lines = data.sections.map((section) => section[4].map(decode));
      this._crowd = new Canvas();
      this._crowd.hold(map, lines);
      this._crowd.addTo(this);
      this._walker = this._hitLine([]);
      this._active(this._walker, "", () => this.show("section", this._here));
      map.on("click", this._touched, this);
      return lines.map((some, number) => some.length && this._one(data, number, some));
    },

    _one(data, number, lines) {
      const element = () => (this._here === number ? this._walker.getElement() : null);
      const near = (point) => (this._crowd.at(point) === number ? { distance: 0 } : null);
      return { crowd: true, lines, exact: this._stretches(1, number, data.sections[number][6], 8), hit: { getElement: element, closestLayerPoint: near }, content: this._told(number), at: () => this._inView(lines) };
    },

    _touched(event) {
      const number = this._crowd.at(event.layerPoint);
      if (number >= 0) this.show("section", number, true, event.latlng);
    },

    // The section of a crowd at a place, -1 for none.
    _under(at) {
      return at && this._crowd ? this._crowd.at(this._map.latLngToLayerPoint(at)) : -1;
    },

    // Puts the path on a section.
    _walkTo(number) {
      if (!this._crowd || !this._sections[number] || this._here === number) return;
      this._here = number;
      this._walker.setLatLngs(this._sections[number].lines);
      this._nameWalker();
      this._light("picked", ...this._of());
    },

    _nameWalker() {
      const number = this._here, section = this._data.sections[number], { level, whole } = this._look(section, number);
      this._walker.getElement().setAttribute("aria-label", this._sectionName(section, number, level, whole));
    },

    // The next section by an arrow; false at either end, where the path before or after it follows.
    _stroll(step) {
      let number = this._here + step;
      while (number >= 0 && number < this._sections.length && !this._sections[number]) number += step;
      if (!this._sections[number]) return false;
      this._walkTo(number);
      return true;
    },

    _styleCrowd() {
      this._crowd.style(this._sections.map((drawn, number) => {
        if (!drawn) return null;
        const section = this._data.sections[number], { level, own, exact } = this._look(section, number), beyond = Boolean(section[8]);
        return own || beyond ? [own ? (exact || level === NO_DATA ? -1 : level) : null, beyond, Boolean(drawn.away)] : null;
      }));
      if (this._here === undefined) this._walkTo(this._sections.findIndex(Boolean));
      else this._nameWalker();
    },

    _disperse(map) {
      map.off("click", this._touched, this);
      this._crowd = this._walker = null;
      delete this._here;
    },
  };

  Object.assign(lsinfra, { crowding });
})();
