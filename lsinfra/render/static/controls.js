// The controls of the map: what it is coloured by, its legend, its scale and north, what must never be forgotten of it.
(() => {
  const { C, PARCELS, el, fill } = lsinfra;

  lsinfra.controlling = {
    _zoom(map, data) {
      if (map.zoomControl) return null;
      return L.control.zoom({ position: "topleft", zoomInTitle: data.words.zoom_in, zoomOutTitle: data.words.zoom_out });
    },

    _control(position, made) {
      const control = L.control({ position });
      control.onAdd = () => {
        L.DomEvent.disableClickPropagation(made);
        L.DomEvent.disableScrollPropagation(made);
        return made;
      };
      return control;
    },

    // What the map is coloured by, and under it who has no such figure.
    _switch(data) {
      const w = data.words, parcels = data.rows.some((row) => row[C.MEASURE] === PARCELS);
      const option = (value, text, name, checked) => el("label", null,
        el("input", { type: "radio", name: "lsinfra-mode", value, checked, "aria-label": name, onchange: () => this.mode(value) }), el("span", { title: name }, text));
      this._lacking = el("p", { class: "lacking", role: "status" });
      return this._control("topright", el("div", { class: "measures" }, el("fieldset", { class: "switch" },
        el("legend", null, w.show_on_map), option("land", w.land_short, w.land, true), option("0", w.ha, w.by_area), option("1", w.km, w.by_length),
        option("2", w.households, w.by_households), parcels ? option(String(PARCELS), w.parcels, w.by_parcels) : null, option("money", w.disbursement, w.disbursement)), this._lacking));
    },

    _legend(data) {
      const wide = this._wide(), { made, title } = lsinfra.legend(data, wide, this._map.getSize().y);
      this._legendTitle = title;
      made.addEventListener("toggle", () => this._layout());
      return this._control(wide ? "topright" : "bottomright", made);
    },

    // What must never be forgotten of the lines: that they are sketched, that their dashes are no places.
    _assured(data) {
      const w = data.words, [first] = data.schematic;
      this._dashes = el("span");
      return this._control("bottomleft", el("p", { class: "assured" },
        first === undefined ? null : el("span", null, first ? fill(w.sketched_some, { projects: data.schematic.join("; ") }) : w.sketched), this._dashes));
    },

    // North is up, on a map in this projection everywhere.
    _north(data) {
      const scale = this._map.getContainer().querySelector(".leaflet-control-scale");
      scale.append(el("span", { class: "north", role: "img", "aria-label": data.words.north_up }, data.words.north));
    },
  };
})();
