// Some hundred sections and more: they and their projects' lines on one canvas, where as many lines of their own would
// take a browser minutes. One path lies on the canvas, on the section that was reached by keyboard or picked; the arrows
// move it to the next.
(() => {
  const { BEYOND, COMPLETE, NO_DATA, decode, flat, look } = lsinfra;
  const CROWD = 300; // sections; more of them go on the canvas
  const REACH = 13; // pixels around a line in which it is touched
  const AWAY = 0.16; // as in layer.css
  const BEND = 2.5; // pixels: a smaller bend of a line so wide is not seen
  const PROJECT = 0, SECTION = 1, SECTION_EXACT = 2, PROJECT_EXACT = 3; // what is on the canvas, from below to above
  const WEIGHTS = [5, 8, 8, 5];
  const SCHEMES = ["(prefers-color-scheme: dark)", "(forced-colors: active)", "print"];

  // How a line is drawn, as one number: its class (-1: none of its own), whether it has a track, is beyond, is away.
  const coded = (level, tracked, beyond, away) => ((level + 1) << 3) | (tracked ? 4 : 0) | (beyond ? 2 : 0) | (away ? 1 : 0);
  const decoded = (code) => ({ level: (code >> 3) - 1, tracked: Boolean(code & 4), beyond: Boolean(code & 2), away: Boolean(code & 1) });
  const UNSEEN = -1;

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

    // strands: what is on the canvas, each with its kind and its flat lines, by kind; sections: the flat lines of each.
    hold(strands, sections) {
      this._strands = strands;
      this._sections = sections;
    },

    // codes: how each of the strands is drawn.
    style(codes) {
      this._codes = codes;
      this.draw();
    },

    _update() {
      if (this._map._animatingZoom && this._bounds) return;
      L.Renderer.prototype._update.call(this);
      const { min } = this._bounds, size = this._bounds.getSize(), sharp = L.Browser.retina || document.documentElement.classList.contains("printing") ? 2 : 1;
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

    // What is drawn, from below to above: a path that "begin" made, its look, whether it is away.
    layers(begin) {
      const { scale, x, y, width, height } = this._frame;
      const [west, north, east, south] = [(x - 10) / scale, (y - 10) / scale, (x + width + 10) / scale, (y + height + 10) / scale];
      // Of each kind: a path for every look, and one for the tracks of all, in which one line goes on where another ends.
      const groups = WEIGHTS.map(() => ({ shown: new Map(), tracks: new Map() }));
      const pathOf = (some, key) => some.get(key) || some.set(key, Object.assign(begin(), { x: NaN, y: NaN })).get(key);
      this._strands.forEach(({ kind, lines }, i) => {
        const code = this._codes[i];
        if (code === UNSEEN) return;
        const { tracked, away } = decoded(code), shown = pathOf(groups[kind].shown, code), track = tracked ? pathOf(groups[kind].tracks, away) : null;
        for (const { points, box } of lines) {
          if (box[2] < west || box[0] > east || box[3] < north || box[1] > south) continue;
          let px = points[0] * scale - x, py = points[1] * scale - y;
          shown.moveTo(px, py);
          if (track && (track.x !== points[0] || track.y !== points[1])) track.moveTo(px, py);
          for (let k = 2; k < points.length; k += 2) {
            const nx = points[k] * scale - x, ny = points[k + 1] * scale - y;
            if (k < points.length - 2 && Math.abs(nx - px) < BEND && Math.abs(ny - py) < BEND) continue;
            shown.lineTo(nx, ny);
            if (track) track.lineTo(nx, ny);
            px = nx;
            py = ny;
          }
          if (track) [track.x, track.y] = points.slice(-2);
        }
      });
      // The edges of all of a kind lie under the colours of all, so that no group cuts another's ends.
      return [true, false].flatMap((away) => groups.flatMap(({ shown, tracks }, kind) => {
        const weight = WEIGHTS[kind], path = tracks.get(away), found = path ? [{ away, path, color: "var(--edge)", weight: weight + 1.5 }, { away, path, color: "var(--track)", weight }] : [];
        for (const [code, own] of shown) {
          const drawn = decoded(code);
          if (drawn.away !== away) continue;
          if (drawn.level >= 0) found.push({ away, path: own, ...look(drawn.level, weight) });
          if (drawn.beyond) found.push({ away, path: own, ...BEYOND });
        }
        return found;
      }));
    },

    draw() {
      if (!this._frame || !this._codes || this._layer._fitting) return;
      const { width, height, sharp } = this._frame, pen = this._container.getContext("2d"), layers = this.layers(() => new Path2D());
      const paint = (which) => layers.filter(({ away }) => away === which).forEach(({ path, color, weight, dashArray, lineCap }) => {
        Object.assign(pen, { strokeStyle: this._colour(color), lineWidth: weight, lineCap: lineCap || "butt", lineJoin: "round" });
        pen.setLineDash(dashArray ? dashArray.split(" ").map(Number) : []);
        pen.stroke(path);
      });
      pen.setTransform(sharp, 0, 0, sharp, 0, 0);
      pen.clearRect(0, 0, width, height);
      // What is away is dimmed as a whole, however many lines lie on each other.
      if (layers.some(({ away }) => away)) {
        paint(true);
        Object.assign(pen, { globalCompositeOperation: "destination-in", globalAlpha: AWAY });
        pen.fillRect(0, 0, width, height);
        Object.assign(pen, { globalCompositeOperation: "source-over", globalAlpha: 1 });
      }
      paint(false);
    },

    // The section nearest to a point of the layer, -1 where none is within reach.
    at(point) {
      const { scale } = this._frame, reach = REACH / scale, [x, y] = [point.x, point.y].map((one, i) => (one + (i ? this._map.getPixelOrigin().y : this._map.getPixelOrigin().x)) / scale);
      let found = -1, least = reach * reach;
      this._sections.forEach((lines, number) => lines.forEach(({ points, box: [left, top, right, bottom] }) => {
        if (x < left - reach || x > right + reach || y < top - reach || y > bottom + reach) return;
        const far = distance(points, x, y);
        if (far < least) [found, least] = [number, far];
      }));
      return found;
    },
  });

  // A section of a crowd, in the place of lines of its own.
  class Member {
    constructor(layer, number, exact) {
      Object.assign(this, { layer, number, exact, away: false });
    }

    get lines() {
      return this.layer._data.sections[this.number][4].map(decode);
    }

    get hit() {
      return this;
    }

    getElement() {
      return this.layer._here === this.number ? this.layer._walker.getElement() : null;
    }

    closestLayerPoint(point) {
      return this.layer._crowd.at(point) === this.number ? { distance: 0 } : null;
    }

    content() {
      return this.layer._told(this.number)();
    }

    at() {
      return this.layer._inView(this.lines);
    }
  }

  const crowding = {
    // The canvas of a crowd, before anything is drawn; nothing where the sections are few.
    _gather(data) {
      if (data.sections.length <= CROWD) return;
      const map = this._map, pane = "lsinfra-crowd";
      if (!map.getPane(pane)) Object.assign(map.createPane(pane).style, { zIndex: 410, pointerEvents: "none" });
      this._crowd = new Canvas();
      this._crowd._layer = this;
      this._crowd.addTo(this);
    },

    // The sections of a crowd; null where they are few.
    _crowded(data) {
      if (!this._crowd) return null;
      this._walker = this._hitLine([]);
      this._active(this._walker, "", () => this.show("section", this._here));
      this._map.on("click", this._touched, this);
      return data.sections.map((section, number) => (section[4].length ? new Member(this, number, this._stretches(1, number, section[6], 8)) : null));
    },

    // What is on the canvas, from below to above.
    _strands() {
      const data = this._data, flats = (lines) => lines.map((line) => flat(this._map, line)), sections = data.sections.map((section) => flats(section[4]));
      const exact = (kind, all) => all.flatMap((drawn, number) => (drawn ? drawn.exact.map((span) => ({ kind, number, span, lines: flats(span.held) })) : []));
      this._crowd.hold([
        ...this._projects.flatMap((drawn, number) => (drawn ? [{ kind: PROJECT, number, lines: drawn.flats }] : [])),
        ...sections.flatMap((lines, number) => (lines.length ? [{ kind: SECTION, number, lines }] : [])),
        ...exact(SECTION_EXACT, this._sections), ...exact(PROJECT_EXACT, this._projects),
      ], sections);
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
      if (!this._crowd._strands) this._strands();
      const code = {
        [PROJECT]: (number) => coded(this._level("project", number), true, false, this._projects[number].away),
        [SECTION]: (number) => {
          const section = this._data.sections[number], { level, own, exact } = this._look(section, number);
          return own || section[8] ? coded(!own || exact || level === NO_DATA ? -1 : level, own, section[8], this._sections[number].away) : UNSEEN;
        },
        // Whether they are seen at the present stop is known when their sections and projects are.
        [SECTION_EXACT]: (number, span) => (span.visible ? coded(COMPLETE, false, false, this._sections[number].away) : UNSEEN),
        [PROJECT_EXACT]: (number, span) => (span.visible ? coded(COMPLETE, false, false, this._projects[number].away) : UNSEEN),
      };
      this._crowd.style(this._crowd._strands.map(({ kind, number, span }) => code[kind](number, span)));
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
