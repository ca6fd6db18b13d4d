// The canvas that parcels are drawn on, and how each stage and each state of the line looks on it.
(() => {
  const { ZOOM } = lsinfra.ground;
  const CLEARED = 0,
    UNCLEARED = 1,
    UNREGISTERED = 2;
  // Solid is only what is handed over. What is drawn in each tile of the others: a path and the side of the tile.
  const LOOKS = [
    { colour: "--c7", side: 6, path: "M2 3h2" },
    { colour: "--c0", side: 9, path: "M-1 1l2-2M0 9l9-9M8 10l2-2" },
    { colour: "--c1", side: 7, path: "M-1 6l2 2M0 0l7 7M6-1l2 2" },
    { colour: "--c2", side: 6, path: "M-1 1l2-2M0 6l6-6M5 7l2-2M-1 5l2 2M0 0l6 6M5-1l2 2" },
    { colour: "--c5", side: 0, path: "" },
    { colour: "--l4", side: 5, path: "M0 2.5h5" },
  ];
  const LINES = [
    { colour: "--c5", dash: [] },
    { colour: "--doubt-edge", dash: [9, 4] },
    { colour: "--c7", dash: [2, 6] },
  ];
  const TINT = 0.2;
  // What is least advanced is drawn last, so that it is not hidden where parcels are smaller than a pixel.
  const ORDER = [4, 5, 3, 2, 1, 0];

  const SCHEMES = ["(prefers-color-scheme: dark)", "(prefers-contrast: more)", "(forced-colors: active)", "print"];

  const ParcelCanvas = L.Renderer.extend({
    options: { pane: "parcels" },

    _initContainer() {
      this._container = document.createElement("canvas");
      this._container.setAttribute("aria-hidden", "true");
      this._schemes = SCHEMES.map((query) => matchMedia(query));
      this._colours = new Map();
      this._again = () => {
        this._colours.clear();
        this.draw();
      };
      this._schemes.forEach((one) => one.addEventListener("change", this._again));
    },

    _updatePaths() {},

    _update() {
      if (this._map._animatingZoom && this._bounds) return;
      L.Renderer.prototype._update.call(this);
      const { min } = this._bounds,
        size = this._bounds.getSize(),
        sharp = window.devicePixelRatio > 1 || matchMedia("print").matches ? 2 : 1;
      L.DomUtil.setPosition(this._container, min);
      Object.assign(this._container, { width: sharp * size.x, height: sharp * size.y });
      Object.assign(this._container.style, { width: `${size.x}px`, height: `${size.y}px` });
      const at = this._map.getPixelOrigin().add(min),
        zoom = this._map.getZoom(),
        k = this._map.getZoomScale(zoom, ZOOM),
        [x0, y0] = this._corner;
      this._frame = { k, dx: x0 * k - at.x, dy: y0 * k - at.y, width: size.x, height: size.y, sharp };
      this.draw();
    },

    // A canvas knows no variables of the style sheet: what they stand for, asked once for each scheme.
    _colour(name) {
      if (!this._colours.has(name))
        this._colours.set(name, getComputedStyle(this._map.getContainer()).getPropertyValue(name).trim());
      return this._colours.get(name);
    },

    // How a stage fills what is drawn at a scale; the tiles keep their size on the screen at every one.
    _fill(pen, stage, k) {
      const { colour, side, path } = LOOKS[stage];
      if (!side) return this._colour(colour);
      const key = `tile ${stage}`;
      if (!this._colours.has(key)) {
        const tile = Object.assign(document.createElement("canvas"), { width: 4 * side, height: 4 * side }),
          brush = tile.getContext("2d");
        brush.scale(4, 4);
        Object.assign(brush, {
          fillStyle: this._colour(colour),
          strokeStyle: this._colour(colour),
          globalAlpha: TINT,
          lineWidth: 1.3,
        });
        brush.fillRect(0, 0, side, side);
        brush.globalAlpha = 1;
        brush.stroke(new Path2D(path));
        this._colours.set(key, tile);
      }
      const made = pen.createPattern(this._colours.get(key), "repeat"),
        scale = 1 / (4 * k);
      made.setTransform(new DOMMatrix([scale, 0, 0, scale, 0, 0]));
      return made;
    },

    draw() {
      if (!this._frame || !this._owner._chunks) return;
      const pen = this._container.getContext("2d"),
        { width, height, sharp } = this._frame;
      pen.setTransform(sharp, 0, 0, sharp, 0, 0);
      pen.clearRect(0, 0, width, height);
      this._owner._paint(pen, this._frame, this);
    },
  });

  Object.assign(lsinfra, { ParcelCanvas, LOOKS, LINES, TINT, ORDER, CLEARED, UNCLEARED, UNREGISTERED });
})();
